// VN-2000 plane coordinates of a WGS 84 position and back, as EPSG:6960 defines it.
// Transverse Mercator by Karney's series to n^4 (better than a tenth of a millimetre within a zone) and
// the seven parameters in the coordinate-frame convention; both ellipsoids are WGS 84.

const A = 6378137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const N = F / (2 - F);
const RADIANS = Math.PI / 180;
const SECONDS = RADIANS / 3600;

const RECTIFYING = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
const ALPHA = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4,
  (61 / 240) * N ** 3 - (103 / 140) * N ** 4,
  (49561 / 161280) * N ** 4,
];
const BETA = [
  N / 2 - (2 / 3) * N ** 2 + (37 / 96) * N ** 3 - (1 / 360) * N ** 4,
  (1 / 48) * N ** 2 + (1 / 15) * N ** 3 - (437 / 1440) * N ** 4,
  (17 / 480) * N ** 3 - (37 / 840) * N ** 4,
  (4397 / 161280) * N ** 4,
];

/** (east, north) in metres of a VN-2000 geographic position in radians. */
function toPlane(lon, lat, zone) {
  const e = Math.sqrt(E2);
  const sine = Math.sin(lat);
  const t = Math.sinh(Math.atanh(sine) - e * Math.atanh(e * sine));
  const delta = lon - zone.meridian_deg * RADIANS;
  const xi = Math.atan2(t, Math.cos(delta));
  const eta = Math.asinh(Math.sin(delta) / Math.hypot(t, Math.cos(delta)));
  let x = eta;
  let y = xi;
  ALPHA.forEach((a, i) => {
    const k = 2 * (i + 1);
    x += a * Math.cos(k * xi) * Math.sinh(k * eta);
    y += a * Math.sin(k * xi) * Math.cosh(k * eta);
  });
  return [zone.false_easting_m + zone.scale_factor * RECTIFYING * x, zone.scale_factor * RECTIFYING * y];
}

/** VN-2000 geographic position in radians of (east, north). */
function fromPlane(east, north, zone) {
  const xi = north / (zone.scale_factor * RECTIFYING);
  const eta = (east - zone.false_easting_m) / (zone.scale_factor * RECTIFYING);
  let xi0 = xi;
  let eta0 = eta;
  BETA.forEach((b, i) => {
    const k = 2 * (i + 1);
    xi0 -= b * Math.sin(k * xi) * Math.cosh(k * eta);
    eta0 -= b * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  const conformal = Math.sin(xi0) / Math.hypot(Math.sinh(eta0), Math.cos(xi0));
  const lon = zone.meridian_deg * RADIANS + Math.atan2(Math.sinh(eta0), Math.cos(xi0));
  return [lon, latitudeOf(conformal)];
}

// Newton's method on the tangent of the latitude (Karney 2011, equations 7 and 19 to 21).
function latitudeOf(conformal) {
  const e = Math.sqrt(E2);
  let tangent = conformal;
  for (let i = 0; i < 5; i += 1) {
    const sine = tangent / Math.hypot(1, tangent);
    const sigma = Math.sinh(e * Math.atanh(e * sine));
    const now = tangent * Math.hypot(1, sigma) - sigma * Math.hypot(1, tangent);
    const slope = ((1 - E2) * Math.hypot(1, tangent) * Math.hypot(1, now)) / (1 + (1 - E2) * tangent ** 2);
    tangent += (conformal - now) / slope;
  }
  return Math.atan(tangent);
}

function toSpace(lon, lat) {
  const radius = A / Math.sqrt(1 - E2 * Math.sin(lat) ** 2);
  return [radius * Math.cos(lat) * Math.cos(lon), radius * Math.cos(lat) * Math.sin(lon), radius * (1 - E2) * Math.sin(lat)];
}

function fromSpace([x, y, z]) {
  const p = Math.hypot(x, y);
  let lat = Math.atan2(z, p * (1 - E2));
  for (let i = 0; i < 6; i += 1) {
    const radius = A / Math.sqrt(1 - E2 * Math.sin(lat) ** 2);
    lat = Math.atan2(z + E2 * radius * Math.sin(lat), p);
  }
  return [Math.atan2(y, x), lat];
}

// Coordinate-frame rotation: signs opposite to those of the position-vector convention.
function matrix(h) {
  const [rx, ry, rz] = [h.rx, h.ry, h.rz].map((r) => r * SECONDS);
  const m = 1 + h.s * 1e-6;
  return [[m, m * rz, -m * ry], [-m * rz, m, m * rx], [m * ry, -m * rx, m]];
}

function forward([x, y, z], h) {
  const r = matrix(h);
  return [h.x, h.y, h.z].map((shift, i) => shift + r[i][0] * x + r[i][1] * y + r[i][2] * z);
}

// The exact inverse by iteration: the rotation is tiny, three rounds reach the last bit.
function backward(target, h) {
  let guess = target.map((value, i) => value - [h.x, h.y, h.z][i]);
  for (let i = 0; i < 4; i += 1) {
    const there = forward(guess, h);
    guess = guess.map((value, j) => value + target[j] - there[j]);
  }
  return guess;
}

/** (east, north) in metres of a WGS 84 longitude and latitude in degrees. */
export function gridOf(lon, lat, zone) {
  const [l, p] = fromSpace(backward(toSpace(lon * RADIANS, lat * RADIANS), zone.helmert));
  return toPlane(l, p, zone);
}

/** WGS 84 longitude and latitude in degrees of (east, north) in metres. */
export function positionOf(east, north, zone) {
  const [lon, lat] = fromPlane(east, north, zone);
  const [l, p] = fromSpace(forward(toSpace(lon, lat), zone.helmert));
  return [l / RADIANS, p / RADIANS];
}
