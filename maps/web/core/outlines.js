// Outlines in degrees as paths of a small drawing: north up, longitude shrunk to the latitude.

/** The rings of the polygons of a GeoJSON geometry. */
export function ringsOf(geometry) {
  if (geometry?.type === 'MultiPolygon') return geometry.coordinates.flat();
  return geometry?.type === 'Polygon' ? geometry.coordinates : [];
}

/** From (lon, lat) to [x, y] of a drawing that holds all the rings, with an edge left free. */
export function placing(rings, width, height, edge) {
  const all = rings.flat();
  const shrink = Math.cos((all[0][1] * Math.PI) / 180);
  const range = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
  const [west, east] = range(all.map(([lon]) => lon * shrink));
  const [south, north] = range(all.map(([, lat]) => lat));
  const scale = Math.min((width - 2 * edge) / (east - west), (height - 2 * edge) / (north - south));
  const [left, top] = [(width - (east - west) * scale) / 2, (height - (north - south) * scale) / 2];
  return ([lon, lat]) => [(left + (lon * shrink - west) * scale).toFixed(1), (top + (north - lat) * scale).toFixed(1)];
}

/** The path of rings, for `d` of an SVG path filled evenodd. */
export const pathOf = (rings, place) => rings.map((ring) => `M${ring.map((point) => place(point).join(' ')).join('L')}Z`).join('');
