// What a proposal would move, on the map: outlines before and after, each moved corner enlarged.

/* global L */

import { number } from '../core/format.js';
import { t } from '../core/page.js';
import { enlargement, sizeOf } from './evidence.js';

export const VIEWS = ['both', 'before', 'after'];
// As much of the picture as lets the longest arrow be as long as a cell; of a few metres never too long.
const PICTURE_SHARE = 0.38;
const LEAST_PICTURE_M = 6;
// A displaced sheet moves thousands of corners: one arrow per cell can still be read.
const CELLS_ACROSS = 12;

/** The longest displacement of each cell of a grid over the picture. */
function spread(corners) {
  const cell = sizeOf(corners) / CELLS_ACROSS;
  const kept = new Map();
  for (const corner of corners) {
    const key = `${Math.floor(corner.map_e / cell)} ${Math.floor(corner.map_n / cell)}`;
    if (!(kept.get(key)?.distance_m >= corner.distance_m)) kept.set(key, corner);
  }
  return [...kept.values()];
}

export class ProposalDrawing {
  constructor(map, evidence) {
    this.map = map;
    this.evidence = evidence;
    this.view = VIEWS[0];
  }

  clear() {
    this.shown = null;
    this.evidence.clear();
  }

  /** Draw a proposal; without its effects only the place is known. */
  show(feature) {
    this.shown = feature;
    this.draw();
  }

  /** Show the map before, after, or both. */
  look(view) {
    this.view = view;
    if (this.shown) this.draw();
  }

  draw() {
    const { evidence, view } = this;
    const { effects = [], corners = [] } = this.shown.properties;
    evidence.clear();
    const entries = [];
    for (const effect of effects) {
      const paper = view === 'before' ? effect.before : effect.after;
      L.geoJSON(paper, evidence.options({ style: { stroke: false, fillColor: '#ffffff', fillOpacity: 0.75 } })).addTo(evidence.shown);
    }
    if (this.shown.geometry && view !== 'after') {
      evidence.sliver(this.shown.geometry);
      entries.push(['sliver', t(this.shown.properties.kind === 'shift' ? 'merge.place_sheet' : 'merge.place')]);
    }
    if (effects.length && view !== 'after') entries.push(this.outlines(effects, 'before', 'map_outline'));
    if (effects.length && view !== 'before') entries.push(this.outlines(effects, 'after', 'survey_outline'));
    if (corners.length && view === 'both') entries.push(this.arrows(corners));
    evidence.explain(entries);
  }

  outlines(effects, which, token) {
    const line = this.evidence.lines[token];
    const dash = line.dash.length ? line.dash.map((d) => d * 4).join(' ') : null;
    for (const effect of effects) L.geoJSON(effect[which], this.evidence.options({ style: { color: line.line, weight: line.width_px, dashArray: dash, fill: false } })).addTo(this.evidence.shown);
    return [token, t(`merge.${which}`)];
  }

  arrows(corners) {
    const moved = corners.map((c) => ({ map_e: c.from_east, map_n: c.from_north, measured_e: c.to_east, measured_n: c.to_north, distance_m: c.distance_m, significant: true }));
    const factor = enlargement(moved, Math.max(sizeOf(moved) * PICTURE_SHARE, LEAST_PICTURE_M));
    const drawn = spread(moved);
    for (const corner of drawn) this.evidence.arrow(corner, factor);
    const told = { factor: number(factor), drawn: number(drawn.length), all: number(moved.length) };
    return ['displacement', t(drawn.length < moved.length ? 'merge.displacement_some' : 'merge.displacement', told)];
  }
}
