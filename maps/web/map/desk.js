// What stands around the officer's map: search, queue, panel, layers, tools, keys and the address.

/* global L */

import '../core/shell.js';
import { find } from '../core/dom.js';
import { Evidence } from './evidence.js';
import { attach, search } from './finder.js';
import { parcelAt, refreshTiles } from './layer.js';
import { LayerTab } from './layers.js';
import { Panel } from './panel.js';
import { configuration, keepAddress, map, tiles, view } from './picture.js';
import { Points } from './points.js';
import { Queue } from './queue.js';
import { readout } from './readout.js';
import { Remarks } from './remarks.js';
import { Tools } from './tools.js';
import { gridOf, positionOf } from './vn2000.js';

const commune = configuration.commune.code;
const NEAR = 18;
const NARROW_PX = 900;

const remember = () => keepAddress(panel.uid, layers && layers.theme !== 'state' ? layers.theme : null);

function flyTo(geometry, { maxZoom = 19.5 } = {}) {
  const bounds = L.geoJSON(geometry).getBounds();
  if (!bounds.isValid()) return;
  // The open panel covers the right side, on a phone the lower half.
  const covered = panel.element.hidden ? [0, 0] : innerWidth > NARROW_PX ? [panel.element.offsetWidth, 0] : [0, innerHeight * 0.45];
  map.fitBounds(bounds.pad(0.25), { maxZoom, paddingBottomRight: covered, animate: false });
}

const { gl, layer } = await tiles;
const changed = () => refreshTiles(gl);
const evidence = new Evidence(map, configuration);
const panel = new Panel({ evidence, zone: configuration.zone, onchange: changed, onopen: () => remember(), onclose: () => remember() });
let layers = null;

readout(map, configuration.zone);
const queue = new Queue({
  commune, codes: configuration.codes, onchange: () => { changed(); panel.reload(); },
  onplan: (plan) => evidence.plan(plan),
  onlook: (mismatches) => {
    const places = mismatches.map((m) => m.geometry).filter(Boolean);
    evidence.group(places);
    flyTo({ type: 'GeometryCollection', geometries: places });
    if (innerWidth <= NARROW_PX) document.body.classList.remove('side-open');
  },
  onshow: async (item) => {
    const m = item.properties;
    if (m.parcel_uid) {
      const feature = await panel.open(m.parcel_uid, { tab: m.measured_uid ? 'measured' : 'parcel', mismatch: item });
      if (feature) flyTo(feature.geometry);
    } else if (item.geometry) {
      evidence.show(item, null);
      flyTo(item.geometry);
    }
  },
});
const remarks = new Remarks({ map, commune, token: configuration.lines.remark, onopen: () => document.body.classList.remove('side-open') });
const lists = Promise.all([queue.load(), remarks.load()]);

const points = new Points(map, commune, configuration.lines.control, configuration.zone);
layers = new LayerTab({ map, gl, configuration, points, theme: view?.theme, onchange: remember });
const tools = new Tools({ map, configuration, remarks, theme: () => layers.theme });

map.on('moveend', remember);
map.on('click', (event) => {
  search.hide();
  if (tools.busy) return;
  const uid = parcelAt(gl, event.latlng);
  if (uid) panel.open(uid, { tab: panel.tab });
});

async function openParcel(uid) {
  const feature = await panel.open(uid, { tab: 'parcel' });
  if (feature) flyTo(feature.geometry, { maxZoom: NEAR });
}

attach({ openParcel, goTo: (place) => tools.goTo(place) });
const sides = [...document.querySelectorAll('[data-side]')];
function showSide(button) {
  for (const other of sides) {
    other.setAttribute('aria-selected', other === button ? 'true' : 'false');
    other.tabIndex = other === button ? 0 : -1;
    find(`#${other.dataset.side}`).hidden = other !== button;
  }
}
sides.forEach((button, index) => {
  button.addEventListener('click', () => showSide(button));
  button.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = sides[(index + by + sides.length) % sides.length];
    showSide(next);
    next.focus();
  });
});
find('#side-toggle').addEventListener('click', (event) => {
  const open = document.body.classList.toggle('side-open');
  event.currentTarget.setAttribute('aria-expanded', String(open));
  map.invalidateSize();
});

/** Enter on the map opens the parcel under the cross in its middle. */
function openMiddle() {
  const uid = parcelAt(gl, map.getCenter());
  if (uid) panel.open(uid, { tab: panel.tab });
}

function escape() {
  if (tools.current) tools.close();
  else if (!panel.element.hidden) panel.close();
}
document.addEventListener('keydown', (event) => {
  if (event.target.closest('input, textarea, select') || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === 'Escape' && event.target.closest('.tool-card')) tools.close();
    return;
  }
  if (event.key === '/') { event.preventDefault(); search.input.focus(); }
  else if (event.key === 'n') queue.step(1);
  else if (event.key === 'p') queue.step(-1);
  else if (event.key === 'Escape') escape();
  else if (event.key === 'Enter' && event.target === map.getContainer() && !tools.busy) openMiddle();
  else if (tools.key(event.key)) event.preventDefault();
});

const asked = new URLSearchParams(location.search);
if (view?.uid) panel.open(view.uid);
else if (asked.get('parcel')) openParcel(asked.get('parcel'));
else if (asked.get('q')) { search.input.value = asked.get('q'); search.submit(); }
await lists;
layer.widen();
document.documentElement.dataset.ready = 'map';
window.cadastreMap = { map, gl, layer, gridOf, positionOf, zone: configuration.zone };
