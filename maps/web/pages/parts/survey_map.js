// The measured parcels of a survey over the parcel map, with the error ellipses of its points.

/* global L */

import { find, h } from '../../core/dom.js';
import { number } from '../../core/format.js';
import { t } from '../../core/page.js';
import { addTiles } from '../../map/layer.js';
import { ellipse, ellipseAround } from '../../map/points.js';
import { positionOf } from '../../map/vn2000.js';

const CLOSEST = 22;
const NEAR = 20;
// From here on the name of a house lot has room beside its neighbours'.
const NAMED = 18;
const ENLARGED = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
// An ellipse is to be seen beside its parcel: the largest is this share of the whole extent.
const SHARE = 0.06;
const MOST_ELLIPSES = 2000;

/** A round factor under which the largest ellipse is seen beside the corners of the parcels. */
function enlargement(points, corners) {
  const shown = corners.length ? corners : points;
  const east = shown.map((p) => p.east);
  const north = shown.map((p) => p.north);
  const extent = Math.max(Math.max(...east) - Math.min(...east), Math.max(...north) - Math.min(...north), 1);
  const largest = Math.max(...points.map((p) => ellipse(p).long));
  return ENLARGED.findLast((factor) => factor * largest <= extent * SHARE) ?? 1;
}

/** Draw a survey over the map; null where it has nothing with a place. */
export async function land(found) {
  const place = find('#land');
  const shapes = found.measured.features.filter((feature) => feature.geometry);
  if (!shapes.length && !found.points.length) return null;
  const configuration = JSON.parse(find('#map-configuration').textContent);
  place.hidden = false;
  const map = L.map('map', { zoomControl: false, maxZoom: CLOSEST, minZoom: 8, zoomSnap: 0.5, attributionControl: false, scrollWheelZoom: false, dragging: !L.Browser.mobile });
  L.control.zoom({ position: 'topright', zoomInTitle: t('map.zoom_in'), zoomOutTitle: t('map.zoom_out') }).addTo(map);
  const { zone, lines } = configuration;
  const at = (p) => { const [lon, lat] = positionOf(p.east, p.north, zone); return [lat, lon]; };
  const drawn = L.featureGroup();
  const outline = { color: lines.survey_outline.line, weight: 2.2, dashArray: '6 3', fillOpacity: 0.08 };
  for (const feature of shapes) {
    const label = feature.properties.label;
    const shape = L.geoJSON(feature, { style: outline, interactive: false }).addTo(drawn);
    if (label) shape.bindTooltip(h('span', {}, label), { permanent: true, direction: 'center', className: 'measured-name' });
  }
  const known = found.points.filter((p) => p.var_east > 0).slice(0, MOST_ELLIPSES);
  const factor = known.length ? enlargement(known, found.corners ?? []) : 1;
  const mark = { color: lines.displacement.line, weight: 1.2, fillOpacity: 0.12, interactive: false };
  for (const p of known) L.polygon(ellipseAround(p, factor, zone), mark).addTo(drawn);
  for (const p of found.points) if (p.role !== 'detail') L.circleMarker(at(p), { radius: p.role === 'control' ? 6 : 4, color: lines.control.line, weight: 2, fillOpacity: p.role === 'control' ? 0.9 : 0.1, interactive: false }).addTo(drawn);
  map.fitBounds((shapes.length ? L.geoJSON(shapes) : L.featureGroup(known.map((p) => L.marker(at(p))))).getBounds().pad(0.35), { maxZoom: NEAR, animate: false });
  const named = () => map.getContainer().classList.toggle('far', map.getZoom() < NAMED && shapes.length > 1);
  map.on('zoomend', named);
  named();
  await addTiles(map, configuration);
  drawn.addTo(map);
  find('figcaption', place).textContent = known.length ? t('survey.land_ellipses', { n: number(factor) }) : t('survey.land');
  const shown = L.layerGroup().addTo(map);
  return {
    show(east, north) {
      const where = at({ east, north });
      shown.clearLayers();
      L.circleMarker(where, { radius: 14, color: lines.overlap?.line ?? mark.color, weight: 4, fill: false, interactive: false }).addTo(shown);
      map.setView(where, NEAR, { animate: false });
      place.scrollIntoView({ block: 'center' });
    },
  };
}
