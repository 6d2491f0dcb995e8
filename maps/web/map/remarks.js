// Remarks: a red line on the map with a sentence for a colleague; listed, and settled when done.

/* global L */

import { get, post } from '../core/api.js';
import { empty, fill, find, h } from '../core/dom.js';
import { moment } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, parcelName, t } from '../core/page.js';

const MAY_DRAW = ['officer', 'surveyor', 'registrar', 'chair'];
const MAY_SETTLE = ['officer', 'chair'];
/** Whether the person who looks may draw remarks. */
export const mayDraw = MAY_DRAW.includes(actor?.role);

export class Remarks {
  constructor({ map, commune, token, onopen }) {
    this.map = map;
    this.commune = commune;
    this.token = token;
    this.onopen = onopen;
    this.list = find('#remarks');
    map.createPane('remarks').style.zIndex = 440;
    this.layer = L.layerGroup().addTo(map);
  }

  async load() {
    try {
      this.features = (await get(`/communes/${this.commune}/remarks`)).features;
      this.draw();
    } catch (problem) {
      refusedIn(this.list, problem, () => this.load());
    }
  }

  draw() {
    const count = find('[data-side="remarks"] .count');
    count.textContent = this.features.length || '';
    count.hidden = !this.features.length;
    this.layer.clearLayers();
    for (const feature of this.features) this.place(feature);
    if (!this.features.length) {
      fill(this.list, empty(t('remark.none'), mayDraw ? t('remark.none_next') : ''));
      return;
    }
    fill(this.list, h('ol', { class: 'plain' }, this.features.map((feature) => this.item(feature))));
  }

  place(feature) {
    const style = { pane: 'remarks', color: this.token.line, weight: this.token.width_px, fillColor: this.token.fill, fillOpacity: this.token.opacity };
    const shape = L.geoJSON(feature, { style: () => style, pointToLayer: (_f, latlng) => L.circleMarker(latlng, { ...style, radius: 8, fillOpacity: 0.35 }), pane: 'remarks' });
    // Leaflet sets strings as markup: an element with text stays text.
    shape.bindTooltip(h('span', {}, feature.properties.text), { sticky: true, className: 'remark-tip' });
    shape.addTo(this.layer);
  }

  item(feature) {
    const p = feature.properties;
    return h('li', { class: 'remark', 'data-remark': p.remark_id },
      h('p', {}, p.text),
      h('small', {}, [parcelName(p.parcel_label), p.author_name ?? p.author, moment(p.at)].filter(Boolean).join(' · ')),
      h('div', { class: 'row' },
        h('button', { type: 'button', class: 'small', onclick: () => this.show(feature) }, t('map.show')),
        MAY_SETTLE.includes(actor?.role) ? h('button', { type: 'button', class: 'small', 'data-settle': p.remark_id, onclick: () => this.settle(p.remark_id) }, t('remark.settle')) : null));
  }

  show(feature) {
    const bounds = L.geoJSON(feature).getBounds();
    this.map.fitBounds(bounds.pad(0.6), { maxZoom: 19, animate: false });
    this.onopen?.();
  }

  /** Keep a drawn remark. */
  async keep(kind, points, text) {
    try {
      await post(`/communes/${this.commune}/remarks`, { kind, points, text });
      notice(t('remark.kept'), { kind: 'good' });
      await this.load();
      return true;
    } catch (problem) {
      refused(problem);
      return false;
    }
  }

  async settle(remarkId) {
    try {
      await post(`/remarks/${remarkId}/settlement`);
      notice(t('remark.settled'), { kind: 'good' });
      await this.load();
    } catch (problem) {
      refused(problem);
    }
  }
}
