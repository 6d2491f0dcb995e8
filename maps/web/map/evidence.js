// The evidence of a mismatch on the map: mapped outline, measured outline, displacements, sliver.
// Displacements are centimetres to metres; they are drawn enlarged and the factor is stated.

/* global L */

import { h } from '../core/dom.js';
import { number, signed } from '../core/format.js';
import { t } from '../core/page.js';
import { positionOf } from './vn2000.js';

const FACTORS = [1, 2, 5, 10, 20, 50, 100];
const ARROW_SHARE = 0.22;
const PAPER_OPACITY = 0.8;
const HEAD_RADIANS = 0.45;

/** Line options of a token of the symbology. */
function line(token, extra = {}) {
  return { color: token.line, weight: token.width_px, dashArray: token.dash.length ? token.dash.map((d) => d * 4).join(' ') : null, ...extra };
}

/** The factor by which displacements of a parcel are enlarged: a round one that can be seen. */
export function enlargement(corners, size) {
  const largest = Math.max(0, ...corners.map((c) => c.distance_m ?? 0));
  if (!largest) return 1;
  return FACTORS.findLast((factor) => largest * factor <= size * ARROW_SHARE) ?? 1;
}

/** Corners that were compared on both sides. */
export const compared = (corners) => (corners ?? []).filter((c) => c.map_e !== null && c.measured_e !== null && c.map_e !== undefined);

/** Extent in metres of corners: the longer side. */
export function sizeOf(corners) {
  const e = corners.map((c) => c.map_e);
  const n = corners.map((c) => c.map_n);
  return Math.max(Math.max(...e) - Math.min(...e), Math.max(...n) - Math.min(...n), 1);
}

export class Evidence {
  constructor(map, configuration) {
    this.map = map;
    this.lines = configuration.lines;
    this.zone = configuration.zone;
    map.createPane('evidence').style.zIndex = 450;
    this.renderer = L.svg({ pane: 'evidence', padding: 0.4 });
    this.selected = L.layerGroup().addTo(map);
    this.shown = L.layerGroup().addTo(map);
    this.explained = [];
    this.key = L.control({ position: 'bottomright' });
    this.key.onAdd = () => { this.keyElement = h('div', { class: 'evidence-key', hidden: true }); return this.keyElement; };
    this.key.addTo(map);
  }

  options(extra) {
    return { renderer: this.renderer, pane: 'evidence', interactive: false, ...extra };
  }

  /** Outline the parcel that is open. */
  select(feature) {
    this.selected.clearLayers();
    if (!feature?.geometry) return;
    const token = this.lines.selected;
    L.geoJSON(feature, this.options({ style: { ...line(token), fillColor: token.fill, fillOpacity: 0.12 } })).addTo(this.selected);
  }

  clear() {
    this.shown.clearLayers();
    this.planned = null;
    this.explain([]);
  }

  /** Draw what proves a mismatch; parcel is the mapped parcel with its measurements if known. */
  show(mismatch, parcel) {
    this.clear();
    const measured = this.measurementOf(mismatch, parcel);
    const entries = [];
    // White paper below the evidence: the colour of the state would drown it.
    if (parcel) L.geoJSON(parcel.geometry, this.options({ style: { stroke: true, color: '#ffffff', weight: 8, fillColor: '#ffffff', fillOpacity: PAPER_OPACITY } })).addTo(this.shown);
    if (mismatch?.geometry) {
      this.sliver(mismatch.geometry);
      entries.push(['sliver', t('map.evidence.place')]);
    }
    if (parcel) {
      L.geoJSON(parcel.geometry, this.options({ style: line(this.lines.map_outline, { fill: false }) })).addTo(this.shown);
      entries.push(['map_outline', t('map.evidence.mapped')]);
    }
    if (measured) {
      L.geoJSON(measured.geometry, this.options({ style: line(this.lines.survey_outline, { fill: false }) })).addTo(this.shown);
      entries.push(['survey_outline', t('map.evidence.measured')]);
      const corners = compared(measured.corners);
      if (corners.length) {
        const factor = enlargement(corners, sizeOf(corners));
        corners.forEach((corner) => this.arrow(corner, factor));
        entries.push(['displacement', t('map.evidence.displacement', { factor: number(factor) })]);
      }
    }
    this.explain(entries);
  }

  /** Draw the places of several mismatches. */
  group(places) {
    this.clear();
    places.forEach((geometry) => this.sliver(geometry));
    this.explain(places.length ? [['sliver', t('map.evidence.place')]] : []);
  }

  /** Draw the outlines that an adoption would make, each with what it gains or loses; null: none any more. */
  plan(plan) {
    if (this.planned) this.shown.removeLayer(this.planned);
    this.planned = null;
    this.explain(this.explained);
    if (!plan || plan.event_id) return;
    this.planned = L.layerGroup().addTo(this.shown);
    for (const feature of plan.features) {
      const p = feature.properties;
      const loses = p.gain_m2 < 0;
      L.geoJSON(feature, this.options({ style: { ...line(this.lines.survey_outline), fillColor: loses ? this.lines.sliver.fill : this.lines.selected.fill, fillOpacity: 0.28, className: `planned ${loses ? 'loses' : 'gains'}` } }))
        .bindTooltip(`${signed(p.gain_m2, 1)} m²`, { permanent: true, direction: 'center', className: 'plan-gain' })
        .addTo(this.planned);
    }
    this.explain([...this.explained, ['survey_outline', t('map.adoption.outline')]]);
  }

  measurementOf(mismatch, parcel) {
    const all = parcel?.properties.measured ?? [];
    return all.find((m) => m.measured_uid === mismatch?.properties?.measured_uid) ?? (mismatch ? null : all[0]) ?? null;
  }

  sliver(geometry) {
    const token = this.lines.sliver;
    L.geoJSON(geometry, this.options({
      style: { color: token.line, weight: 1.5, fillColor: token.fill, fillOpacity: 0.4, className: 'sliver' },
      pointToLayer: (_feature, latlng) => L.circleMarker(latlng, this.options({ radius: 8, color: token.line, fillColor: token.fill, fillOpacity: 0.7 })),
    })).addTo(this.shown);
  }

  /** One displacement from the mapped corner, enlarged, with a head. */
  arrow(corner, factor) {
    const from = [corner.map_e, corner.map_n];
    const to = [from[0] + (corner.measured_e - corner.map_e) * factor, from[1] + (corner.measured_n - corner.map_n) * factor];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (length < 1e-6) return;
    const bearing = Math.atan2(to[1] - from[1], to[0] - from[0]);
    const side = (turn) => [to[0] - Math.cos(bearing + turn) * length * 0.25, to[1] - Math.sin(bearing + turn) * length * 0.25];
    const here = ([e, n]) => { const [lon, lat] = positionOf(e, n, this.zone); return [lat, lon]; };
    const strong = corner.significant;
    const style = this.options({ color: this.lines.displacement.line, weight: strong ? 3 : 1.5, opacity: strong ? 1 : 0.55 });
    L.polyline([here(from), here(to)], style).addTo(this.shown);
    L.polyline([here(side(HEAD_RADIANS)), here(to), here(side(-HEAD_RADIANS))], style).addTo(this.shown);
  }

  /** Ring the corner whose row is looked at. */
  ring(corner) {
    this.ringed?.remove();
    if (!corner) return;
    const [lon, lat] = positionOf(corner.map_e ?? corner.east ?? corner.measured_e, corner.map_n ?? corner.north ?? corner.measured_n, this.zone);
    this.ringed = L.circleMarker([lat, lon], this.options({ radius: 11, color: this.lines.displacement.line, weight: 3, fill: false })).addTo(this.map);
  }

  explain(entries) {
    this.explained = entries.filter(([, title]) => title !== t('map.adoption.outline'));
    this.keyElement.hidden = entries.length === 0;
    this.keyElement.replaceChildren(...entries.map(([key, title]) => h('div', {}, h('span', { class: `key-line key-${key.replaceAll('_', '-')}` }), title)));
  }
}
