// Control points, and measured points with their standard deviation, drawn enlarged; the factor is stated.

/* global L */

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { coordinate, metres, number } from '../core/format.js';
import { t } from '../core/page.js';

const FROM_ZOOM = 17;
const ENLARGED = 50;

export class Points {
  constructor(map, commune, token) {
    this.map = map;
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
    if (p.kind === 'control') {
      const mark = h('span', { class: 'control-mark' });
      L.marker([lat, lon], { pane: 'points', keyboard: false, icon: L.divIcon({ html: mark, className: '', iconSize: [18, 18] }) })
        .bindTooltip(h('span', {}, h('strong', {}, p.point), h('br'), `X ${coordinate(p.north)} Y ${coordinate(p.east)}`)).addTo(this.layer);
      return;
    }
    L.circle([lat, lon], { ...style, radius: p.sigma_m * ENLARGED, weight: 1.5, fillOpacity: this.token.opacity, interactive: false }).addTo(this.layer);
    L.circleMarker([lat, lon], { ...style, radius: 3, weight: 2, fillColor: '#ffffff', fillOpacity: 1 })
      .bindTooltip(h('span', {}, `${p.point} · ${p.survey}`, h('br'), `X ${coordinate(p.north)} Y ${coordinate(p.east)}`, h('br'), `σ ${metres(p.sigma_m, 3)}`)).addTo(this.layer);
  }
}
