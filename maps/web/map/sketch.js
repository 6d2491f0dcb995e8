// A small drawing of one parcel: mapped against measured outline, corners numbered, displacements enlarged.

import { h, s } from '../core/dom.js';
import { number } from '../core/format.js';
import { t } from '../core/page.js';
import { compared, enlargement, sizeOf } from './evidence.js';
import { gridOf } from './vn2000.js';

const WIDTH = 340;
const HEIGHT = 250;
const MARGIN = 26;

function rings(geometry) {
  if (!geometry) return [];
  return geometry.type === 'MultiPolygon' ? geometry.coordinates.flat() : geometry.coordinates;
}

/** The drawing with its stated factor, or null when nothing was measured. */
export function sketch(feature, measured, zone) {
  const plane = (geometry) => rings(geometry).map((ring) => ring.map(([lon, lat]) => gridOf(lon, lat, zone)));
  const mapped = plane(feature.geometry);
  const ground = plane(measured.geometry);
  const all = [...mapped, ...ground].flat();
  if (!all.length) return null;
  const [west, east] = [Math.min(...all.map((p) => p[0])), Math.max(...all.map((p) => p[0]))];
  const [south, north] = [Math.min(...all.map((p) => p[1])), Math.max(...all.map((p) => p[1]))];
  const scale = Math.min((WIDTH - 2 * MARGIN) / Math.max(east - west, 0.1), (HEIGHT - 2 * MARGIN) / Math.max(north - south, 0.1));
  const left = (WIDTH - (east - west) * scale) / 2;
  const top = (HEIGHT - (north - south) * scale) / 2;
  const at = ([e, n]) => [left + (e - west) * scale, top + (north - n) * scale];
  const path = (lines) => lines.map((ring) => `M${ring.map((p) => at(p).map((v) => v.toFixed(1)).join(' ')).join('L')}Z`).join('');
  const corners = compared(measured.corners);
  const factor = corners.length ? enlargement(corners, sizeOf(corners)) : 1;
  return h('figure', { class: 'sketch' },
    s('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': t('map.sketch.label') },
      s('path', { class: 'sketch-mapped', d: path(mapped) }),
      s('path', { class: 'sketch-measured', d: path(ground) }),
      corners.map((corner) => arrow(corner, factor, at)),
      corners.map((corner) => mark(corner, at))),
    h('figcaption', {}, keyed('map-outline', t('map.evidence.mapped')), keyed('survey-outline', t('map.evidence.measured')),
      corners.length ? keyed('displacement', t('map.evidence.displacement', { factor: number(factor) })) : null));
}

const keyed = (name, title) => h('span', {}, h('i', { class: `key-line key-${name}` }), title);

function arrow(corner, factor, at) {
  const [x1, y1] = at([corner.map_e, corner.map_n]);
  const [x2, y2] = at([corner.map_e + (corner.measured_e - corner.map_e) * factor, corner.map_n + (corner.measured_n - corner.map_n) * factor]);
  return s('line', { class: corner.significant ? 'sketch-arrow strong' : 'sketch-arrow', x1, y1, x2, y2 });
}

function mark(corner, at) {
  const [x, y] = at([corner.map_e, corner.map_n]);
  return s('g', { class: 'sketch-corner', 'data-corner': corner.corner },
    s('circle', { cx: x, cy: y, r: 3.5 }), s('text', { x: x + 6, y: y - 5 }, String(corner.corner)));
}
