// Measuring in grid metres of the commune's zone: lengths, bearings, area; points snap to corners.

import { fill, h, table } from '../core/dom.js';
import { area, metres, number } from '../core/format.js';
import { t } from '../core/page.js';

const FULL_TURN = 360;
const SECONDS = 3600;

/** Grid bearing from north clockwise, degrees in [0, 360). */
export function bearing([e1, n1], [e2, n2]) {
  const degrees = (Math.atan2(e2 - e1, n2 - n1) * 180) / Math.PI;
  return (degrees + FULL_TURN) % FULL_TURN;
}

/** Degrees as a surveyor writes them: 123°04'05". */
export function sexagesimal(degrees) {
  const seconds = Math.round(degrees * SECONDS) % (FULL_TURN * SECONDS);
  const two = (value) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / SECONDS)}°${two(Math.floor(seconds / 60) % 60)}′${two(seconds % 60)}″`;
}

/** Plane area of a ring of grid points, m2; the ring closes itself. */
export function planeArea(points) {
  const [e0, n0] = points[0] ?? [0, 0];
  const twice = points.reduce((sum, [e, n], i) => {
    const [f, m] = points[(i + 1) % points.length];
    return sum + (e - e0) * (m - n0) - (f - e0) * (n - n0);
  }, 0);
  return Math.abs(twice) / 2;
}

/** Lengths and bearings of the sides between points; closed adds the last one back. */
export function sides(points, closed) {
  const ends = closed && points.length > 2 ? [...points, points[0]] : points;
  return ends.slice(1).map((to, i) => ({ from: i + 1, length: Math.hypot(to[0] - ends[i][0], to[1] - ends[i][1]), bearing: bearing(ends[i], to) }));
}

/** Fill a card with what the points measure. */
export function report(card, points, kind) {
  const lines = sides(points, kind === 'area');
  const total = lines.reduce((sum, side) => sum + side.length, 0);
  const headline = kind === 'area'
    ? [h('strong', { class: 'figure', id: 'measured-area' }, points.length > 2 ? area(planeArea(points)) : '–'), h('span', {}, t('tool.perimeter', { length: metres(total) }))]
    : [h('strong', { class: 'figure', id: 'measured-length' }, metres(total)), lines.length ? h('span', {}, t('tool.bearing', { bearing: sexagesimal(lines.at(-1).bearing) })) : null];
  fill(card, h('p', { class: 'measure-figures' }, headline),
    lines.length ? h('details', { open: lines.length < 5 }, h('summary', {}, t('tool.sides', { n: number(lines.length) })), table([
      { title: t('tool.side'), cell: (side) => String(side.from) },
      { title: t('tool.length_short'), right: true, cell: (side) => metres(side.length) },
      { title: t('tool.azimuth'), right: true, cell: (side) => sexagesimal(side.bearing) },
    ], lines)) : h('p', { class: 'hint' }, t('tool.measure_hint')));
}
