// The former sheets as delivered beside the merged map, divided by a line that moves.

/* global L */

import { h } from '../core/dom.js';
import { t } from '../core/page.js';
import { calmLayer, PADDING } from './layer.js';

const MIDDLE = 50;

export class Swipe {
  constructor(map, configuration) {
    this.map = map;
    this.style = configuration.delivered;
    this.fromZoom = configuration.delivered.sources.delivered.minzoom + 1;
    this.pane = map.createPane('delivered');
    this.pane.style.zIndex = 300;
    this.pane.style.display = 'none';
    this.share = MIDDLE;
    this.clip = () => this.divide();
  }

  get open() {
    return this.pane.style.display !== 'none';
  }

  start() {
    if (!this.layer) {
      this.layer = calmLayer({ style: this.style, pane: 'delivered', padding: PADDING, interactive: false, attributionControl: false, fadeDuration: 0 });
      this.slider = h('input', { type: 'range', min: 0, max: 100, value: MIDDLE, class: 'swipe-slider', 'aria-label': t('swipe.slider'), oninput: () => { this.share = Number(this.slider.value); this.divide(); } });
      this.line = h('div', { class: 'swipe-line' }, h('span', { class: 'swipe-left' }, t('swipe.delivered')), h('span', { class: 'swipe-right' }, t('swipe.merged')));
      this.frame = h('div', { class: 'swipe' }, this.line, this.slider);
      L.DomEvent.disableClickPropagation(this.slider);
    }
    this.pane.style.display = '';
    this.map.addLayer(this.layer);
    this.map.getContainer().append(this.frame);
    this.map.on('move zoom moveend resize', this.clip);
    if (this.map.getZoom() < this.fromZoom) this.map.setZoom(this.fromZoom + 1, { animate: false });
    this.divide();
    this.slider.focus({ preventScroll: true });
  }

  stop() {
    if (!this.open) return;
    this.pane.style.display = 'none';
    this.map.removeLayer(this.layer);
    this.frame.remove();
    this.map.off('move zoom moveend resize', this.clip);
  }

  /** Cut the pane at the line: it moves with the map, the line does not. */
  divide() {
    const size = this.map.getSize();
    const x = (size.x * this.share) / 100;
    const [north, south] = [this.map.containerPointToLayerPoint([0, 0]), this.map.containerPointToLayerPoint([x, size.y])];
    this.pane.style.clip = `rect(${north.y}px, ${south.x}px, ${south.y}px, ${north.x}px)`;
    this.line.style.left = `${x}px`;
  }
}
