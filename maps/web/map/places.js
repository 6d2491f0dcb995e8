// A typed place: X (north) and Y (east) of the commune's zone, or latitude and longitude.

import { positionOf } from './vn2000.js';

const LATITUDES = [8, 24];
const LONGITUDES = [102, 110];
const NORTHINGS = [800_000, 2_700_000];
const within = (value, [low, high]) => value >= low && value <= high;

/** Two numbers of a text; decimal commas are read where the numbers are parted otherwise. */
export function twoNumbers(text) {
  const bare = text.replace(/[XYxyNEne=:°()]/g, ' ').trim();
  const parts = bare.includes(';') || /\s/.test(bare.replace(/\s*,\s*/g, ',')) ? bare.split(/[;\s]+/).map((p) => p.replace(/,$/, '')) : bare.split(',');
  const numbers = parts.filter(Boolean).map((part) => Number(part.replace(',', '.')));
  return numbers.length === 2 && numbers.every(Number.isFinite) ? numbers : null;
}

/** {lat, lon, east, north} of a typed place in either order, or null when it is none. */
export function parsePlace(text, zone) {
  const numbers = twoNumbers(text);
  if (!numbers) return null;
  for (const [first, second] of [numbers, [...numbers].reverse()]) {
    if (within(first, LATITUDES) && within(second, LONGITUDES)) return { lat: first, lon: second };
    if (within(first, NORTHINGS) && second > 0 && second < NORTHINGS[0]) {
      const [lon, lat] = positionOf(second, first, zone);
      return { lat, lon, east: second, north: first };
    }
  }
  return null;
}
