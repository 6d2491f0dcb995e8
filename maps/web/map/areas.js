// Areas of register, paper, map and ground side by side, each with the limit that judges it, named.

import { h, table } from '../core/dom.js';
import { number } from '../core/format.js';
import { t } from '../core/page.js';

const EQUAL_M2 = 0.05;
const known = (value) => value !== null && value !== undefined;

/** The table of areas of a parcel with its two limits explained. */
export function areas(p) {
  const a = p.areas ?? {};
  const reference = a.register_m2 ?? a.printed_m2 ?? a.map_m2;
  const rows = [
    ['register', a.register_m2, null], ['printed', a.printed_m2, a.allowed_m2],
    ['map', a.map_m2, a.allowed_m2], ['measured', a.measured_m2, a.allowed_measured_m2 ?? a.allowed_m2],
  ].filter(([, value]) => known(value));
  const limits = [[a.allowed_m2, 'map.area.limit_map'], [a.allowed_measured_m2, 'map.area.limit_measured']].filter(([value]) => known(value));
  return [table([
    { title: t('map.area.source'), cell: ([key]) => t(`map.area.${key}`) },
    { title: 'm²', right: true, cell: ([, value]) => number(value, 1) },
    { title: t('map.area.difference'), right: true, cell: ([, value, limit]) => difference(value - reference, limit) },
    { title: t('map.area.allowed'), right: true, cell: ([, value, limit]) => (value === reference || !known(limit) ? '' : `± ${number(limit, 1)}`) },
  ], rows),
  h('dl', { class: 'facts limits' }, limits.map(([value, key]) => [h('dt', {}, t(key)), h('dd', {}, `± ${number(value, 1)} m²`)]))];
}

function difference(value, allowed) {
  if (Math.abs(value) < EQUAL_M2) return '';
  const text = `${value > 0 ? '+' : '−'}${number(Math.abs(value), 1)}`;
  return known(allowed) && Math.abs(value) > allowed ? h('strong', { class: 'over' }, text) : text;
}
