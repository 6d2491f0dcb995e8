// Drawing points on the map, by pointer, by touch or by keys, in grid metres and with snapping.
// Keys while drawing: arrows move the map under the cross, Enter sets a point, Backspace takes
// the last one back, Escape ends.

/* global L */

import { Corners } from './corners.js';
import { gridOf, positionOf } from './vn2000.js';

const REACH_PX = 14;
const SAME_PX = 4;

export class Drawing {
  constructor(map, { commune, zone, token }) {
    this.map = map;
    this.zone = zone;
    this.token = token;
    this.corners = new Corners(map, commune, zone);
    this.layer = L.layerGroup();
    map.createPane('drawing').style.zIndex = 620;
    this.renderer = L.svg({ pane: 'drawing', padding: 0.4 });
    this.handlers = {
      click: (event) => this.add(event.latlng),
      mousemove: (event) => this.hover(event.latlng),
      dblclick: (event) => { L.DomEvent.stop(event); this.finish(); },
    };
    this.keys = (event) => this.pressed(event);
  }

  /** Begin; kind is point, line or area. onchange gets the grid points, ondone too. */
  start(kind, { onchange, ondone }) {
    this.stop();
    this.kind = kind;
    this.points = [];
    this.onchange = onchange;
    this.ondone = ondone;
    this.active = true;
    this.map.doubleClickZoom.disable();
    this.map.getContainer().classList.add('drawing');
    this.layer.addTo(this.map);
    this.map.on(this.handlers);
    document.addEventListener('keydown', this.keys, true);
    this.corners.start();
    this.redraw();
    this.map.getContainer().focus({ preventScroll: true });
  }

  stop() {
    if (!this.active) return;
    this.active = false;
    this.map.off(this.handlers);
    this.map.doubleClickZoom.enable();
    this.map.getContainer().classList.remove('drawing');
    document.removeEventListener('keydown', this.keys, true);
    this.corners.stop();
    this.layer.clearLayers().remove();
  }

  grid({ lat, lng }) {
    return gridOf(lng, lat, this.zone);
  }

  latlng([east, north]) {
    const [lon, lat] = positionOf(east, north, this.zone);
    return L.latLng(lat, lon);
  }

  /** The grid point of a position, at a corner when one is within reach. */
  snapped(latlng) {
    const here = this.grid(latlng);
    const aside = this.map.containerPointToLatLng(this.map.latLngToContainerPoint(latlng).add([REACH_PX, 0]));
    const there = this.grid(aside);
    return this.corners.near(here, Math.hypot(there[0] - here[0], there[1] - here[1])) ?? here;
  }

  add(latlng) {
    const point = this.snapped(latlng);
    const last = this.points.at(-1);
    // The second click of a double click stands on the first.
    if (last && this.map.latLngToContainerPoint(this.latlng(last)).distanceTo(this.map.latLngToContainerPoint(latlng)) < SAME_PX) return;
    this.points.push(point);
    if (this.kind === 'point') { this.changed(); this.finish(); return; }
    this.changed();
  }

  undo() {
    this.points.pop();
    this.changed();
  }

  changed() {
    this.redraw();
    this.onchange?.(this.points);
  }

  finish() {
    const fewest = { point: 1, line: 2, area: 3 }[this.kind];
    if (this.points.length >= fewest) this.ondone?.(this.points);
  }

  pressed(event) {
    if (event.target.closest?.('input, textarea, select, button, a, dialog')) return;
    const act = { Enter: () => this.add(this.map.getCenter()), Backspace: () => this.undo() }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  hover(latlng) {
    const point = this.snapped(latlng);
    const options = this.options();
    this.rubber?.remove();
    this.mark?.remove();
    this.mark = L.circleMarker(this.latlng(point), { ...options, radius: 6, weight: 2, fill: false }).addTo(this.layer);
    const last = this.points.at(-1);
    if (last && this.kind !== 'point') this.rubber = L.polyline([this.latlng(last), this.latlng(point)], { ...options, dashArray: '4 4' }).addTo(this.layer);
  }

  options() {
    return { renderer: this.renderer, pane: 'drawing', interactive: false, color: this.token.line, weight: this.token.width_px, fillColor: this.token.fill, fillOpacity: 0.14 };
  }

  redraw() {
    this.layer.clearLayers();
    this.rubber = null;
    this.mark = null;
    const places = this.points.map((point) => this.latlng(point));
    const options = this.options();
    if (this.kind === 'area' && places.length > 2) L.polygon(places, options).addTo(this.layer);
    else if (places.length > 1) L.polyline(places, options).addTo(this.layer);
    places.forEach((place) => L.circleMarker(place, { ...options, radius: 4, fillColor: '#ffffff', fillOpacity: 1 }).addTo(this.layer));
  }
}
