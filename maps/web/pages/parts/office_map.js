// Where the work is: the sheets of a commune, darker where more is blocked, a ring for dossiers.

import { get } from '../../core/api.js';
import { empty, h, s } from '../../core/dom.js';
import { number } from '../../core/format.js';
import { pathOf, placing, ringsOf } from '../../core/outlines.js';
import { pick, t } from '../../core/page.js';
import { shareKey } from '../../map/overview.js';

const [WIDTH, HEIGHT, EDGE] = [560, 420, 12];
const ZOOM = 17;
const RING = 6;

function sheetOn(commune, place) {
  return ({ geometry, properties: p }) => {
    const title = t('dashboard.map_sheet', { sheet: p.sheet, parcels: number(p.parcels), blocking: number(p.blocking), dossiers: number(p.dossiers) });
    return s('a', { href: `/map/${commune}#${ZOOM}/${p.middle[1]}/${p.middle[0]}`, 'aria-label': title },
      s('title', {}, title), s('path', { d: pathOf(ringsOf(geometry), place), class: shareKey(p.blocked, p.parcels), 'fill-rule': 'evenodd' }));
  };
}

function ringOn(place) {
  return ({ properties: p }) => {
    const [cx, cy] = place(p.middle);
    return s('g', { class: 'work-ring' }, s('circle', { cx, cy, r: RING + Math.min(10, 2 * Math.sqrt(p.dossiers)) }), s('text', { x: cx, y: cy, dy: '.35em' }, number(p.dossiers)));
  };
}

/** The map with its legend; a sheet leads to its place on the officer's map. */
export async function officeMap(commune) {
  const { features, legend } = await get(`/communes/${commune}/office-map`);
  if (!features.length) return empty(t('dashboard.map_none'), h('a', { href: '/sheets' }, t('dashboard.map_none_next')));
  const place = placing(features.flatMap((f) => ringsOf(f.geometry)), WIDTH, HEIGHT, EDGE);
  const busy = features.filter((f) => f.properties.dossiers > 0);
  return h('figure', { class: 'chart office-map' },
    s('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-label': t('dashboard.map') }, features.map(sheetOn(commune, place)), busy.map(ringOn(place))),
    h('figcaption', {}, legend.map((entry) => h('span', {}, h('i', { class: `swatch ${entry.key}` }), pick(entry, 'title'))), h('span', {}, h('i', { class: 'swatch work-swatch' }), t('dashboard.map_dossiers'))));
}
