// Where the cursor is, in VN-2000: X is north and Y is east, as on every Vietnamese paper.

/* global L */

import { h } from '../core/dom.js';
import { coordinate } from '../core/format.js';
import { t } from '../core/page.js';
import { gridOf } from './vn2000.js';

/** Add the readout and the scale bar. */
export function readout(map, zone) {
  const x = h('output', { class: 'number', id: 'cursor-x' }, '–');
  const y = h('output', { class: 'number', id: 'cursor-y' }, '–');
  const control = L.control({ position: 'bottomleft' });
  control.onAdd = () => h('div', { class: 'readout', title: t('map.readout') },
    h('span', {}, zone.name), h('span', {}, 'X ', x), h('span', {}, 'Y ', y));
  control.addTo(map);
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  const show = ({ lat, lng }) => {
    const [east, north] = gridOf(lng, lat, zone);
    x.textContent = coordinate(north, 2);
    y.textContent = coordinate(east, 2);
  };
  map.whenReady(() => show(map.getCenter()));
  map.on('mousemove', (event) => show(event.latlng));
  // Without a mouse the middle of the map is read.
  if (matchMedia('(hover: none)').matches) map.on('move', () => show(map.getCenter()));
}
