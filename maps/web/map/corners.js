// True corners of the parcels in sight, in grid metres, for drawing and measuring to snap to.

import { get } from '../core/api.js';

const FROM_ZOOM = 17;
const PAGES = 4;
const PAGE = 1000;

/** Corners of the parcels in the view; kept until the view moves on. */
export class Corners {
  constructor(map, commune, zone) {
    this.map = map;
    this.commune = commune;
    this.zone = zone;
    this.places = [];
    this.moved = () => this.load();
  }

  start() {
    this.map.on('moveend', this.moved);
    return this.load();
  }

  stop() {
    this.map.off('moveend', this.moved);
    this.pending?.abort();
  }

  async load() {
    this.pending?.abort();
    if (this.map.getZoom() < FROM_ZOOM) { this.places = []; return; }
    this.pending = new AbortController();
    const box = this.map.getBounds();
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((v) => v.toFixed(7)).join(',');
    const places = [];
    let cursor = null;
    try {
      for (let page = 0; page < PAGES; page += 1) {
        const answer = await get(`/communes/${this.commune}/parcels`, { bbox, crs: this.zone.srid, limit: PAGE, cursor }, { signal: this.pending.signal });
        for (const { geometry } of answer.features) places.push(...geometry.coordinates.flat(geometry.type === 'MultiPolygon' ? 2 : 1));
        cursor = answer.next;
        if (!cursor) break;
      }
      this.places = places;
    } catch (problem) {
      if (problem.name !== 'AbortError') this.places = [];
    }
  }

  /** The corner nearest to (east, north) within a reach in metres, or null. */
  near([east, north], reach) {
    let best = null;
    let least = reach;
    for (const [e, n] of this.places) {
      const away = Math.hypot(e - east, n - north);
      if (away < least) { least = away; best = [e, n]; }
    }
    return best;
  }
}
