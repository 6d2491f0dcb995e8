// Behind the QR of a certificate: is it in force, for which parcel; nobody's name.

import '../core/shell.js';
import { get } from '../core/api.js';
import { chip, facts, fill, find, h, s } from '../core/dom.js';
import { area, date } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { pathOf, placing, ringsOf } from '../core/outlines.js';
import { data, landUse, parcelName, t, word } from '../core/page.js';
import { backToKiosk } from '../core/resting.js';

const place = find('#verify');
const [SIZE, EDGE] = [300, 20];
const KIND = { in_force: 'good', superseded: 'warning', cancelled: 'blocking' };

/** The certified outline. */
function outline(geometry) {
  const rings = ringsOf(geometry);
  if (!rings.length) return null;
  const d = pathOf(rings, placing(rings, SIZE, SIZE, EDGE));
  return s('svg', { viewBox: `0 0 ${SIZE} ${SIZE}`, class: 'verify-outline', role: 'img', 'aria-label': t('verify.outline') }, s('path', { d, 'fill-rule': 'evenodd' }));
}

async function load() {
  try {
    const c = await get(`/verify/${encodeURIComponent(data.token)}`);
    fill(place,
      h('p', { class: 'eyebrow' }, t('verify.title')),
      h('h1', { id: 'verdict', 'data-status': c.status }, t(`verify.${c.status}`)), chip(KIND[c.status] ?? 'info', word(`verify.short.${c.status}`, c.status)),
      h('div', { class: 'card verify-card' }, outline(c.outline), facts([
        [t('verify.serial'), c.serial], [t('verify.number'), c.number], [t('verify.parcel'), parcelName(c.parcel_label)], [t('verify.identifier'), c.identifier],
        [t('verify.commune'), c.commune_name ?? c.commune], [t('verify.area'), area(c.area_m2)], [t('verify.land_use'), landUse(c)], [t('verify.issued'), date(c.issued_on)], [t('verify.authority'), c.authority], [t('verify.signed'), c.signed_by]])),
      c.changes.length ? h('section', { class: 'card', id: 'changes' }, h('h2', {}, t('verify.changes')), h('ul', {}, c.changes.map((line) => h('li', { 'data-kind': line.kind }, `${date(line.entered_at)}: ${t(`verify.change.${line.kind}`)}`)))) : null,
      h('p', { class: 'hint' }, t('verify.hint')));
  } catch (problem) {
    if (problem.status === 404) fill(place, h('h1', { id: 'verdict', 'data-status': 'unknown' }, t('verify.unknown')), chip('blocking', t('verify.short.unknown')), h('p', {}, t('verify.unknown_next')));
    else refusedIn(place, problem, load);
  }
  document.documentElement.dataset.ready = 'verify';
}

if (backToKiosk()) place.before(h('p', {}, h('a', { class: 'button primary kiosk-back', href: '/kiosk' }, t('kiosk.back'))));
await load();
