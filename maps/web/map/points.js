// Control points, and measured points with the ellipse of their
// standard deviation, drawn enlarged; the factor is stated.

/* global L */

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { coordinate, metres, number } from '../core/format.js';
import { t } from '../core/page.js';
import { positionOf } from './vn2000.js';

const FROM_ZOOM = 17;
const ENLARGED = 50;
const CORNERS = 36;

/** Half-axes in metres and grid bearing of the long one, in radians, of a covariance (m2). */
export function ellipse({ var_east: ee, var_north: nn, cov_en: en, sigma_m: sigma }) {
  if (ee === null || ee === undefined) return { long: sigma, short: sigma, bearing: 0 };
  const middle = (ee + nn) / 2;
  const reach = Math.hypot((nn - ee) / 2, en);
  return { long: Math.sqrt(middle + reach), short: Math.sqrt(Math.max(middle - reach, 0)), bearing: Math.atan2(2 * en, nn - ee) / 2 };
}

/** Positions (lat, lon) around the ellipse of a point of the zone, its axes enlarged by a factor. */
export function ellipseAround(point, factor, zone) {
  const { long, short, bearing } = ellipse(point);
  return Array.from({ length: CORNERS }, (_, i) => {
    const turn = (2 * Math.PI * i) / CORNERS;
    const [along, across] = [long * factor * Math.cos(turn), short * factor * Math.sin(turn)];
    const [lon, lat] = positionOf(point.east + along * Math.sin(bearing) + across * Math.cos(bearing), point.north + along * Math.cos(bearing) - across * Math.sin(bearing), zone);
    return [lat, lon];
  });
}

export class Points {
  constructor(map, commune, token, zone) {
    this.map = map;
    this.zone = zone;
    this.commune = commune;
    this.token = token;
    this.layer = L.layerGroup();
    map.createPane('points').style.zIndex = 430;
    this.moved = () => this.load();
    this.title = t('points.title', { factor: number(ENLARGED) });
  }

  toggle(on) {
    if (on) { this.layer.addTo(this.map); this.map.on('moveend', this.moved); this.load(); }
    else { this.layer.remove(); this.map.off('moveend', this.moved); }
  }

  async load() {
    this.layer.clearLayers();
    if (this.map.getZoom() < FROM_ZOOM) return;
    const box = this.map.getBounds();
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].join(',');
    const { features } = await get(`/communes/${this.commune}/points`, { bbox }).catch(() => ({ features: [] }));
    this.layer.clearLayers();
    features.forEach((feature) => this.draw(feature));
  }

  draw({ geometry: { coordinates: [lon, lat] }, properties: p }) {
    const style = { pane: 'points', color: this.token.line, fillColor: this.token.fill };
    if (p.sigma_m === null) {
      const mark = h('span', { class: 'control-mark' });
      L.marker([lat, lon], { pane: 'points', keyboard: false, icon: L.divIcon({ html: mark, className: '', iconSize: [18, 18] }) })
        .bindTooltip(h('span', {}, h('strong', {}, p.point), h('br'), `X ${coordinate(p.north)} Y ${coordinate(p.east)}`)).addTo(this.layer);
      return;
    }
    const shape = ellipse(p);
    L.polygon(ellipseAround(p, ENLARGED, this.zone), { ...style, weight: 1.5, fillOpacity: this.token.opacity, interactive: false }).addTo(this.layer);
    L.circleMarker([lat, lon], { ...style, radius: 3, weight: 2, fillColor: '#ffffff', fillOpacity: 1 })
      .bindTooltip(h('span', {}, `${p.point} · ${p.survey}`, h('br'), `X ${coordinate(p.north)} Y ${coordinate(p.east)}`, h('br'), `σ ${metres(shape.long, 3)} × ${metres(shape.short, 3)}`)).addTo(this.layer);
  }
}
