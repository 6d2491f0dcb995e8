// The vector tiles as a layer of the Leaflet map, drawn again only when a movement ends.

/* global L, maplibregl */

/** How far beyond the frame is drawn, as a share of it. */
export const PADDING = 0.35;
/** Pixels of the picture for a pixel of the screen while tiles still come in. */
const ROUGH = 0.25;
/** Longer than this nobody is left with a rough picture, whatever tiles are still to come. */
const ROUGH_MS = 2000;

const sameOrigin = (url) => ({ url: new URL(url, location.origin).href, credentials: 'same-origin' });

/** A MapLibre layer that leaves the picture alone while the map moves. */
export function calmLayer(options) {
  const Calm = L.MaplibreGL.extend({
    getEvents() {
      const { move: _everyMove, ...events } = L.MaplibreGL.prototype.getEvents.call(this);
      return { ...events, moveend: this._update };
    },
    /** From now on draw beyond the frame, so that dragging uncovers no empty land. */
    widen() {
      this.options.padding = PADDING;
      this._resizeContainer();
      this._glMap.resize();
      this._update();
    },
  });
  return new Calm({ transformRequest: sameOrigin, ...options });
}

/** Below the parcels, whose tiles are in the pane at 200. */
function addBaseMap(map, address) {
  map.createPane('basemap').style.zIndex = 150;
  L.tileLayer(address, { maxZoom: map.getMaxZoom(), pane: 'basemap' }).addTo(map);
}

/** Add the tiles of the configuration; resolves when the first picture is complete. */
export async function addTiles(map, configuration) {
  const { layer, gl, complete } = await beginTiles(map, configuration);
  await complete;
  layer.widen();
  return { layer, gl };
}

/** Begin to draw the tiles, in the frame alone; `complete` resolves when the first picture is. */
export async function beginTiles(map, configuration) {
  if (configuration.basemap) addBaseMap(map, configuration.basemap);
  maplibregl.setWorkerUrl(configuration.worker);
  // The worker starts while the font is on its way.
  maplibregl.prewarm();
  // Labels are drawn with the page's own font, which must be there first.
  await document.fonts.load('400 24px "Be Vietnam Pro"', '0123456789');
  const layer = calmLayer({
    style: configuration.style,
    // The first picture is that of the frame alone: without a GPU every pixel counts.
    padding: 0,
    // And with every tile that comes in it is drawn once more: roughly, until all are there.
    pixelRatio: ROUGH,
    attributionControl: false,
    fadeDuration: 0,
  });
  layer.addTo(map);
  const gl = layer.getMaplibreMap();
  return { layer, gl, complete: complete(gl) };
}

async function complete(gl) {
  await Promise.race([idle(gl), new Promise((resolve) => { setTimeout(resolve, ROUGH_MS); })]);
  // Without a ratio of its own the picture follows that of the screen.
  gl.setPixelRatio(undefined);
  await idle(gl);
  performance.mark('map-drawn');
}

const idle = (gl) => new Promise((resolve) => { gl.once('idle', resolve); });

/** The identifier of the parcel under a position, or null. */
export function parcelAt(gl, latlng) {
  const point = gl.project([latlng.lng, latlng.lat]);
  const [found] = gl.queryRenderedFeatures(point, { layers: ['parcels'] });
  return found?.properties.uid ?? null;
}

/** Ask the server again for what changed: states of parcels, open mismatches. */
export function refreshTiles(gl, names = ['parcels', 'mismatches', 'measured']) {
  for (const name of names) {
    const source = gl.getSource(name);
    const { tiles } = gl.getStyle().sources[name];
    const stamp = Date.now();
    source?.setTiles(tiles.map((url) => `${url.split('?')[0]}?at=${stamp}`));
  }
}
