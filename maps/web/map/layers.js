// What the map shows: the theme, layers on and off, and the legend, all from the one table of colours.

import { fill, find, h } from '../core/dom.js';
import { pick, t } from '../core/page.js';
import { overview } from './overview.js';

const THEMES = ['state', 'land_use', 'former', 'scale', 'age'];
const LAYERS = {
  sheets: ['sheet-lines'], measured: ['measured'], mismatches: ['mismatches', 'mismatch-lines', 'mismatch-points'],
  edges: ['edges'], dossiers: ['dossiers'], labels: ['parcel-labels', 'sheet-labels'],
};
const KEYS = { measured: 'survey_outline', sheets: 'sheet', edges: 'edge', points: 'control', mismatches: 'sliver' };
const THEME_OPACITY = 0.75;

export class LayerTab {
  constructor({ map, gl, configuration, points, theme, onchange }) {
    this.map = map;
    this.gl = gl;
    this.configuration = configuration;
    this.points = points;
    this.onchange = onchange;
    this.legend = h('ul', { class: 'plain legend' });
    this.caption = h('h3', {}, t('map.legend'));
    this.theme = THEMES.includes(theme) ? theme : THEMES[0];
    this.build();
    this.show(this.theme);
    map.on('zoomend', () => { this.explain(); this.colourFar(); });
    this.colourFar();
  }

  get isFar() {
    return this.map.getZoom() < this.configuration.parcels_from_zoom;
  }

  /** Ask once for the figures of the sheets, when the map is far enough to show sheets. */
  async colourFar() {
    if (this.far || !this.isFar) return;
    this.far = {};
    this.far = await overview(this.configuration.commune.code, this.configuration.themes).catch(() => null);
    this.paintFar();
  }

  build() {
    const themes = THEMES.map((theme) => h('label', { class: 'check' }, h('input', {
      type: 'radio', name: 'theme', value: theme, checked: theme === this.theme, onchange: () => { this.show(theme); this.onchange?.(theme); },
    }), t(`map.theme.${theme}`)));
    fill(find('#layers'),
      h('fieldset', {}, h('legend', {}, t('map.theme')), themes), this.caption, this.legend,
      h('fieldset', {}, h('legend', {}, t('map.layers')), Object.entries(LAYERS).map(([name, ids]) => this.toggle(name, ids)), this.pointsToggle()));
  }

  toggle(name, ids) {
    const on = this.gl.getLayoutProperty(ids[0], 'visibility') !== 'none';
    return h('label', { class: 'check' }, h('input', {
      type: 'checkbox', name, checked: on,
      onchange: (event) => ids.forEach((id) => this.gl.setLayoutProperty(id, 'visibility', event.target.checked ? 'visible' : 'none')),
    }), this.key(name), t(`map.layer.${name}`));
  }

  pointsToggle() {
    return h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'points', onchange: (event) => this.points.toggle(event.target.checked) }), this.key('points'), h('span', {}, t('map.layer.points'), h('small', { class: 'block' }, this.points.title)));
  }

  key(name) {
    const token = name === 'dossiers' ? this.configuration.themes.state.legend.find((e) => e.key === 'dossier') : this.configuration.lines[KEYS[name]];
    return token ? line(token) : null;
  }

  /** Paint parcels and sheets by a theme. */
  show(theme) {
    this.theme = theme;
    const { fill: colours } = this.configuration.themes[theme];
    const stateOpacity = this.configuration.style.layers.find((l) => l.id === 'parcels').paint['fill-opacity'];
    this.gl.setPaintProperty('parcels', 'fill-color', colours);
    this.gl.setPaintProperty('parcels', 'fill-opacity', theme === 'state' ? stateOpacity : THEME_OPACITY);
    this.paintFar();
    this.explain();
  }

  paintFar() {
    const colours = this.configuration.themes[this.theme].sheets ?? this.far?.[this.theme];
    if (colours) this.gl.setPaintProperty('sheets', 'fill-color', colours);
  }

  /** The legend of what is in sight: parcels near, whole sheets far. */
  explain() {
    const theme = this.configuration.themes[this.theme];
    const far = this.isFar;
    const entries = far && theme.far_legend ? theme.far_legend : theme.legend;
    this.caption.textContent = t(far ? 'map.legend_sheets' : 'map.legend');
    fill(this.legend, entries.map((entry) => h('li', {}, swatch(entry), pick(entry, 'title'))));
  }
}

function swatch(entry) {
  const box = h('i', { class: 'swatch' });
  box.style.backgroundColor = entry.fill;
  box.style.borderColor = entry.line;
  return box;
}

function line(token) {
  const stroke = h('i', { class: 'key-line' });
  stroke.style.borderTopColor = token.line;
  if (token.dash.length) stroke.style.borderTopStyle = 'dashed';
  return stroke;
}
