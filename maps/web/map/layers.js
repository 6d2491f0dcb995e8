// What the map shows: the theme of the parcels, layers on and off, the legend of the theme.

import { fill, find, h } from '../core/dom.js';
import { pick, t } from '../core/page.js';

const THEMES = ['state', 'land_use', 'former', 'scale'];
const LAYERS = { sheets: ['sheet-lines'], measured: ['measured'], mismatches: ['mismatches', 'mismatch-lines', 'mismatch-points'], labels: ['parcel-labels'] };

/** Wire the layer tab to the MapLibre map. */
export function layerTab(gl, configuration) {
  const root = find('#layers');
  const legend = h('ul', { class: 'plain legend' });
  const show = (theme) => {
    gl.setPaintProperty('parcels', 'fill-color', configuration.themes[theme].fill);
    gl.setPaintProperty('parcels', 'fill-opacity', theme === 'state' ? configuration.style.layers.find((l) => l.id === 'parcels').paint['fill-opacity'] : 0.75);
    fill(legend, configuration.themes[theme].legend.map((entry) => h('li', {}, swatch(entry), pick(entry, 'title'))));
  };
  const themes = THEMES.map((theme, index) => h('label', { class: 'check' }, h('input', { type: 'radio', name: 'theme', value: theme, checked: index === 0, onchange: () => show(theme) }), t(`map.theme.${theme}`)));
  const toggles = Object.entries(LAYERS).map(([name, ids]) => {
    const on = gl.getLayoutProperty(ids[0], 'visibility') !== 'none';
    return h('label', { class: 'check' }, h('input', {
      type: 'checkbox', name, checked: on,
      onchange: (event) => ids.forEach((id) => gl.setLayoutProperty(id, 'visibility', event.target.checked ? 'visible' : 'none')),
    }), t(`map.layer.${name}`));
  });
  fill(root, h('fieldset', {}, h('legend', {}, t('map.theme')), themes), h('h3', {}, t('map.legend')), legend, h('fieldset', {}, h('legend', {}, t('map.layers')), toggles));
  show(THEMES[0]);
}

function swatch(entry) {
  const box = h('i', { class: 'swatch' });
  box.style.backgroundColor = entry.fill;
  box.style.borderColor = entry.line;
  return box;
}
