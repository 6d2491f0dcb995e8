// The map itself and its first picture: what is needed before anything else of the page.

/* global L */

import { t } from '../core/page.js';
import { beginTiles } from './layer.js';

export const configuration = JSON.parse(document.getElementById('map-configuration').textContent);
const NONE = '-';

export const map = L.map('map', { zoomControl: false, maxZoom: 21, minZoom: 8, zoomSnap: 0.5, preferCanvas: false, attributionControl: false, inertia: true });
L.control.zoom({ position: 'topright', zoomInTitle: t('map.zoom_in'), zoomOutTitle: t('map.zoom_out') }).addTo(map);

/** #zoom/lat/lon/parcel/theme reopens exactly this view. */
function addressed() {
  const [zoom, lat, lon, uid, theme] = location.hash.slice(1).split('/');
  if (!zoom || !Number.isFinite(Number(lat))) return null;
  return { zoom: Number(zoom), center: [Number(lat), Number(lon)], uid: uid === NONE ? undefined : uid, theme };
}

/** The view that the address asks for; null for the whole commune. */
export const view = addressed();
if (view) map.setView(view.center, view.zoom);
else map.fitBounds(configuration.bounds);

/** Keep the view in the address: the parcel that is open and the theme, where there is one. */
export function keepAddress(uid, theme) {
  const { lat, lng } = map.getCenter();
  const parts = [map.getZoom(), lat.toFixed(6), lng.toFixed(6), uid ?? (theme ? NONE : null), theme];
  history.replaceState(null, '', `${location.pathname}#${parts.filter((part) => part !== null).join('/')}`);
}

/** The layer of the tiles, its MapLibre map and the promise of its first picture. */
export const tiles = beginTiles(map, configuration);

/** Say to whoever watches the page how often the picture was complete. */
tiles.then(async ({ gl, complete }) => {
  await complete;
  const seen = () => { document.documentElement.dataset.tiles = String(Number(document.documentElement.dataset.tiles ?? 0) + 1); };
  seen();
  gl.on('idle', seen);
}, () => null);
