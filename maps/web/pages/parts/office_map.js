// Where the work is: the sheets of a commune, darker where more is blocked, a ring for dossiers.

import { get } from '../../core/api.js';
import { empty, h, s } from '../../core/dom.js';
import { number } from '../../core/format.js';
import { t } from '../../core/page.js';

const [WIDTH, HEIGHT, EDGE] = [560, 420, 12];
const ZOOM = 17;
const LEVELS = [[0.05, 'many'], [0.02, 'some'], [0, 'few']];
const SHOWN = ['none', 'few', 'some', 'many'];
const RING = 6;

const level = (sheet) => LEVELS.find(([least]) => sheet.blocking / sheet.parcels > least)?.[1] ?? 'none';
const polygons = (geometry) => (geometry.type === 'MultiPolygon' ? geometry.coordinates : geometry.type === 'Polygon' ? [geometry.coordinates] : []);

/** Degrees to places of the drawing: north up, longitude shrunk to the latitude. */
function placing(features) {
  const all = features.flatMap((f) => polygons(f.geometry).flat(2));
  const shrink = Math.cos((all[0][1] * Math.PI) / 180);
  const [x, y] = [all.map((p) => p[0] * shrink), all.map((p) => p[1])];
  const [west, east, south, north] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  const scale = Math.min((WIDTH - 2 * EDGE) / (east - west), (HEIGHT - 2 * EDGE) / (north - south));
  const [left, top] = [(WIDTH - (east - west) * scale) / 2, (HEIGHT - (north - south) * scale) / 2];
  return ([lon, lat]) => [left + (lon * shrink - west) * scale, top + (north - lat) * scale].map((v) => v.toFixed(1));
}

function sheetOn(commune, place) {
  return ({ geometry, properties: p }) => {
    const title = t('dashboard.map_sheet', { sheet: p.sheet, parcels: number(p.parcels), blocking: number(p.blocking), dossiers: number(p.dossiers) });
    const d = polygons(geometry).flat().map((ring) => `M${ring.map((point) => place(point).join(' ')).join('L')}Z`).join('');
    return s('a', { href: `/map/${commune}#${ZOOM}/${p.middle[1]}/${p.middle[0]}`, 'aria-label': title },
      s('title', {}, title), s('path', { d, class: `share-${level(p)}`, 'fill-rule': 'evenodd' }));
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
  const { features } = await get(`/communes/${commune}/office-map`);
  if (!features.length) return empty(t('dashboard.map_none'), h('a', { href: '/sheets' }, t('dashboard.map_none_next')));
  const place = placing(features);
  const busy = features.filter((f) => f.properties.dossiers > 0);
  return h('figure', { class: 'chart office-map' },
    s('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-label': t('dashboard.map') }, features.map(sheetOn(commune, place)), busy.map(ringOn(place))),
    h('figcaption', {}, SHOWN.map((name) => h('span', {}, h('i', { class: `swatch share-${name}` }), t(`dashboard.share.${name}`))), h('span', {}, h('i', { class: 'swatch work-swatch' }), t('dashboard.share.dossiers'))));
}
