// The officer's map: tiles, search, queue, panel and the address of the view, put together.

/* global L */

import '../core/shell.js';
import { find } from '../core/dom.js';
import { t } from '../core/page.js';
import { Evidence } from '../map/evidence.js';
import { addTiles, parcelAt, refreshTiles } from '../map/layer.js';
import { layerTab } from '../map/layers.js';
import { Panel } from '../map/panel.js';
import { Queue } from '../map/queue.js';
import { readout } from '../map/readout.js';
import { Search } from '../map/search.js';
import { gridOf, positionOf } from '../map/vn2000.js';

const configuration = JSON.parse(find('#map-configuration').textContent);
const commune = configuration.commune.code;
const NEAR = 18;

const map = L.map('map', { zoomControl: false, maxZoom: 21, minZoom: 8, zoomSnap: 0.5, preferCanvas: false, attributionControl: false, inertia: true });
L.control.zoom({ position: 'topright', zoomInTitle: t('map.zoom_in'), zoomOutTitle: t('map.zoom_out') }).addTo(map);

/** #zoom/lat/lon/parcel reopens exactly this view. */
function addressed() {
  const [zoom, lat, lon, uid] = location.hash.slice(1).split('/');
  return zoom && Number.isFinite(Number(lat)) ? { zoom: Number(zoom), center: [Number(lat), Number(lon)], uid } : null;
}

function remember() {
  const { lat, lng } = map.getCenter();
  history.replaceState(null, '', `#${map.getZoom()}/${lat.toFixed(6)}/${lng.toFixed(6)}${panel.uid ? `/${panel.uid}` : ''}`);
}

function flyTo(geometry, { maxZoom = 19.5 } = {}) {
  const bounds = L.geoJSON(geometry).getBounds();
  if (!bounds.isValid()) return;
  const side = innerWidth > 900 && !panel.element.hidden ? panel.element.offsetWidth : 0;
  map.fitBounds(bounds.pad(0.25), { maxZoom, paddingBottomRight: [side, innerWidth > 900 ? 0 : innerHeight * 0.45], animate: false });
}

const evidence = new Evidence(map, configuration);
const panel = new Panel({
  evidence, zone: configuration.zone,
  onchange: () => changed(), onopen: () => remember(), onclose: () => remember(),
});

const view = addressed();
if (view) map.setView(view.center, view.zoom);
else map.fitBounds(configuration.bounds);
if (configuration.basemap) L.tileLayer(configuration.basemap, { maxZoom: 21, pane: 'tilePane' }).addTo(map);
readout(map, configuration.zone);

const { gl, layer } = await addTiles(map, configuration);
// Says to whoever watches the page how often the picture was complete.
gl.once('idle', () => performance.mark('map-drawn'));
gl.on('idle', () => { document.documentElement.dataset.tiles = String(Number(document.documentElement.dataset.tiles ?? 0) + 1); });
layerTab(gl, configuration);
const changed = () => refreshTiles(gl);

map.on('moveend', remember);
map.on('click', (event) => {
  const uid = parcelAt(gl, event.latlng);
  search.hide();
  if (uid) panel.open(uid, { tab: panel.tab });
});

async function openParcel(uid) {
  const feature = await panel.open(uid, { tab: 'parcel' });
  if (feature) flyTo(feature.geometry, { maxZoom: NEAR });
}

const search = new Search({ map, commune, onparcel: openParcel });
const queue = new Queue({
  commune, codes: configuration.codes, onchange: () => { changed(); panel.reload(); },
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

for (const button of document.querySelectorAll('[data-side]')) {
  button.addEventListener('click', () => {
    for (const other of document.querySelectorAll('[data-side]')) other.setAttribute('aria-selected', other === button ? 'true' : 'false');
    find('#queue').hidden = button.dataset.side !== 'queue';
    find('#layers').hidden = button.dataset.side !== 'layers';
  });
}
find('#side-toggle').addEventListener('click', (event) => {
  const open = document.body.classList.toggle('side-open');
  event.currentTarget.setAttribute('aria-expanded', String(open));
  map.invalidateSize();
});
document.addEventListener('keydown', (event) => {
  if (event.target.closest('input, textarea, select')) return;
  if (event.key === '/') { event.preventDefault(); search.input.focus(); }
  if (event.key === 'n') queue.step(1);
  if (event.key === 'p') queue.step(-1);
  if (event.key === 'Escape' && !panel.element.hidden) panel.close();
});

const asked = new URLSearchParams(location.search);
if (view?.uid) panel.open(view.uid);
else if (asked.get('parcel')) openParcel(asked.get('parcel'));
else if (asked.get('q')) { search.input.value = asked.get('q'); search.submit(); }
await queue.load();
document.documentElement.dataset.ready = 'map';
window.cadastreMap = { map, gl, layer, gridOf, positionOf, zone: configuration.zone };
