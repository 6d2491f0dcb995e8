// The tools of the map: measure, remark, compare, go to, print, link. One is at work at a time.

/* global L */

import { fill, h, s } from '../core/dom.js';
import { notice } from '../core/notice.js';
import { settings, t } from '../core/page.js';
import { Drawing } from './drawing.js';
import { report } from './measure.js';
import { parsePlace } from './places.js';
import { mayDraw } from './remarks.js';
import { Swipe } from './swipe.js';
import { gridOf } from './vn2000.js';

const ICONS = {
  length: 'M3 15 15 3l4 4L7 19zM7 11l2 2M10 8l2 2M13 5l2 2',
  area: 'M4 6l8-3 7 5-2 9-10 2zM4 6h.01M12 3h.01M19 8h.01M17 17h.01M7 19h.01',
  remark: 'M4 18l1-4L15 4l3 3L8 17zM13 6l3 3',
  swipe: 'M11 3v16M4 6h4v10H4zM14 6h4v10h-4z',
  place: 'M11 2v5M11 15v5M2 11h5M15 11h5M11 11h.01',
  print: 'M6 8V3h10v5M6 16H4V8h14v8h-2M6 13h10v6H6z',
  link: 'M9 13l4-4M8 9l-3 3a3.5 3.5 0 0 0 5 5l3-3M14 13l3-3a3.5 3.5 0 0 0-5-5L9 8',
  help: 'M8 8a3 3 0 1 1 4 3c-1 .5-1 1-1 2M11 17h.01',
};
const KEYS = { m: 'length', a: 'area', r: 'remark', s: 'swipe', g: 'place', l: 'link', '?': 'help' };
const PAPERS = ['a4-landscape', 'a4', 'a3-landscape', 'a3'];
const SCALES = [200, 500, 1000, 2000, 5000, 10000, 25000];
const PIXEL_MM = 0.28;
const COPIED_MARK_MS = 12_000;

export class Tools {
  constructor({ map, configuration, remarks, theme }) {
    this.map = map;
    this.commune = configuration.commune.code;
    this.zone = configuration.zone;
    this.remarks = remarks;
    this.theme = theme;
    this.drawing = new Drawing(map, { commune: this.commune, zone: this.zone, token: configuration.lines.displacement });
    this.divider = new Swipe(map, configuration);
    this.card = h('section', { class: 'tool-card', id: 'tool-card', hidden: true, 'aria-live': 'polite' });
    map.getContainer().append(this.card);
    L.DomEvent.disableClickPropagation(this.card);
    L.DomEvent.disableScrollPropagation(this.card);
    this.bar();
  }

  bar() {
    const control = L.control({ position: 'topright' });
    control.onAdd = () => {
      const names = Object.keys(ICONS).filter((name) => name !== 'remark' || mayDraw);
      this.buttons = Object.fromEntries(names.map((name) => [name, h('button', {
        type: 'button', 'data-tool': name, 'aria-pressed': 'false', title: `${t(`tool.${name}`)}${shortcut(name)}`, 'aria-label': t(`tool.${name}`), onclick: () => this.use(name),
      }, icon(ICONS[name]))]));
      const bar = h('div', { class: 'tool-bar leaflet-bar', role: 'toolbar', 'aria-label': t('tool.bar') }, Object.values(this.buttons));
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    };
    control.addTo(this.map);
  }

  /** Whether clicks belong to a tool and not to the parcels. */
  get busy() {
    return this.drawing.active === true;
  }

  key(key) {
    const name = KEYS[key];
    if (!name || !this.buttons[name]) return false;
    this.use(name);
    return true;
  }

  use(name) {
    const again = this.current === name;
    this.close();
    if (again) return;
    if (name === 'link') { this.link(); return; }
    this.current = name;
    this.buttons[name].setAttribute('aria-pressed', 'true');
    this[name]();
  }

  close() {
    const { current } = this;
    this.drawing.stop();
    this.divider.stop();
    this.card.hidden = true;
    this.card.replaceChildren();
    if (current) this.buttons[current].setAttribute('aria-pressed', 'false');
    this.current = null;
    if (current && document.activeElement === document.body) this.buttons[current].focus({ preventScroll: true });
  }

  show(title, ...content) {
    fill(this.card, h('header', {}, h('strong', {}, title), h('button', { type: 'button', class: 'plain close', 'aria-label': t('common.close'), onclick: () => this.close() }, '×')), ...content);
    this.card.hidden = false;
  }

  length() { this.measure('line'); }

  area() { this.measure('area'); }

  measure(kind) {
    const place = h('div', {});
    const undo = h('button', { type: 'button', class: 'small', onclick: () => this.drawing.undo() }, t('tool.undo_point'));
    const again = h('button', { type: 'button', class: 'small', onclick: begin.bind(this) }, t('tool.again'));
    this.show(t(kind === 'area' ? 'tool.area' : 'tool.length'), place, h('div', { class: 'row' }, undo, again), h('p', { class: 'hint' }, t('tool.measure_note', { zone: this.zone.name })));
    const tell = (points) => report(place, points, kind === 'area' ? 'area' : 'line');
    function begin() { this.drawing.start(kind, { onchange: tell, ondone: tell }); tell([]); }
    begin.call(this);
  }

  remark() {
    let drawn = [];
    const text = h('textarea', { rows: 3, maxlength: 2000, required: true, name: 'text', placeholder: t('remark.text_hint') });
    const save = h('button', { class: 'primary', type: 'submit', disabled: true }, t('remark.keep'));
    const kinds = ['point', 'line', 'area'].map((kind) => h('label', { class: 'check' }, h('input', { type: 'radio', name: 'kind', value: kind, checked: kind === 'line', onchange: () => begin() }), t(`remark.kind.${kind}`)));
    const form = h('form', { class: 'form' }, h('div', { class: 'row' }, kinds), h('p', { class: 'hint' }, t('remark.hint')), h('label', {}, t('remark.text'), text), save);
    const kind = () => form.elements.kind.value;
    const fewest = () => ({ point: 1, line: 2, area: 3 })[kind()];
    const changed = (points) => { drawn = [...points]; save.disabled = drawn.length < fewest(); };
    const begin = () => { changed([]); this.drawing.start(kind(), { onchange: changed, ondone: (points) => { changed(points); text.focus(); } }); };
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (await this.remarks.keep(kind(), drawn, text.value)) this.close();
    });
    this.show(t('tool.remark'), form);
    begin();
  }

  /** Compare with the sheets as delivered. */
  swipe() {
    this.divider.start();
    this.show(t('tool.swipe'), h('p', { class: 'hint' }, t('swipe.hint')));
  }

  place() {
    const input = h('input', { name: 'place', inputmode: 'decimal', autocomplete: 'off', placeholder: t('place.hint'), required: true });
    const problem = h('p', { class: 'form-problem', role: 'alert', hidden: true }, t('place.refused', { zone: this.zone.name }));
    const form = h('form', { class: 'form' }, h('label', {}, t('place.label'), input), problem, h('button', { class: 'primary', type: 'submit' }, t('place.go')));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const place = parsePlace(input.value, this.zone);
      problem.hidden = place !== null;
      if (place) this.goTo(place);
    });
    this.show(t('tool.place'), form);
    input.focus();
  }

  /** Go to a place and mark it for a while. */
  goTo({ lat, lon }) {
    this.map.setView([lat, lon], Math.max(this.map.getZoom(), 18), { animate: false });
    this.marked?.remove();
    this.marked = L.circleMarker([lat, lon], { radius: 10, color: '#b3005e', weight: 3, fillColor: '#ffffff', fillOpacity: 0.5, interactive: false }).addTo(this.map);
    setTimeout(() => this.marked?.remove(), COPIED_MARK_MS);
  }

  print() {
    const { lat, lng } = this.map.getCenter();
    const [east, north] = gridOf(lng, lat, this.zone);
    const scale = h('select', { name: 'scale' }, SCALES.map((value) => h('option', { value, selected: value === this.nearScale() }, `1:${value}`)));
    const paper = h('select', { name: 'paper' }, PAPERS.map((value) => h('option', { value }, t(`print.paper.${value}`))));
    const form = h('form', { class: 'form', action: `/api/v1/communes/${this.commune}/view.pdf`, target: '_blank' },
      h('div', { class: 'form-grid' }, h('label', {}, t('print.scale'), scale), h('label', {}, t('print.paper'), paper)),
      h('input', { type: 'hidden', name: 'east', value: east.toFixed(3) }), h('input', { type: 'hidden', name: 'north', value: north.toFixed(3) }),
      h('input', { type: 'hidden', name: 'theme', value: this.theme() }), h('input', { type: 'hidden', name: 'lang', value: settings.language }),
      h('p', { class: 'hint' }, t('print.hint')), h('button', { class: 'primary', type: 'submit' }, t('print.do')));
    // The middle of the map at the moment of printing counts.
    form.addEventListener('submit', () => {
      const here = this.map.getCenter();
      const [e, n] = gridOf(here.lng, here.lat, this.zone);
      form.elements.east.value = e.toFixed(3);
      form.elements.north.value = n.toFixed(3);
    });
    this.show(t('tool.print'), form);
    scale.focus();
  }

  /** The scale of paper nearest to what the screen shows (a pixel is 0.28 mm, OGC). */
  nearScale() {
    const size = this.map.getSize();
    const [left, right] = [this.map.containerPointToLatLng([0, size.y / 2]), this.map.containerPointToLatLng([100, size.y / 2])];
    const shown = (this.map.distance(left, right) / 100 / PIXEL_MM) * 1000;
    return SCALES.reduce((best, value) => (Math.abs(Math.log(value / shown)) < Math.abs(Math.log(best / shown)) ? value : best));
  }

  async link() {
    try {
      await navigator.clipboard.writeText(location.href);
      notice(t('link.copied'), { kind: 'good' });
    } catch {
      // Without the right to the clipboard the link is shown, marked and ready to copy.
      const field = h('input', { readonly: true, value: location.href, 'aria-label': t('tool.link') });
      this.show(t('tool.link'), field, h('p', { class: 'hint' }, t('link.by_hand')));
      this.current = 'link';
      field.select();
    }
  }

  help() {
    const rows = [['/', 'search'], ['n · p', 'queue'], ['← ↑ → ↓ + −', 'move'], ['Enter', 'open'], ['m', 'length'], ['a', 'area'], ['r', 'remark'], ['s', 'swipe'], ['g', 'place'], ['l', 'link'], ['Esc', 'close']];
    this.show(t('tool.help'), h('dl', { class: 'facts keys' }, rows.map(([key, name]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, t(`key.${name}`))])));
  }
}

function shortcut(name) {
  const key = Object.entries(KEYS).find(([, tool]) => tool === name)?.[0];
  return key ? ` (${key})` : '';
}

function icon(path) {
  return s('svg', { viewBox: '0 0 22 22', width: 20, height: 20, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' }, s('path', { d: path }));
}
