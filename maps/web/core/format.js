// Numbers and dates as people in Viet Nam (or readers of English) write them.

import { language } from './page.js';

const locale = language === 'vi' ? 'vi-VN' : 'en-GB';
const zone = 'Asia/Ho_Chi_Minh';
const absent = '–';
const day = { day: '2-digit', month: '2-digit', year: 'numeric' };
const cache = new Map();

function formatter(digits) {
  if (!cache.has(digits)) {
    cache.set(digits, new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return cache.get(digits);
}

const missing = (value) => value === null || value === undefined || value === '' || Number.isNaN(Number(value));

/** A number with a fixed count of decimals. */
export const number = (value, digits = 0) => (missing(value) ? absent : formatter(digits).format(Number(value)));

/** A number with its sign, as gains and losses are written. */
export const signed = (value, digits = 0) => (missing(value) ? absent : `${Number(value) > 0 ? '+' : Number(value) < 0 ? '−' : ''}${number(Math.abs(value), digits)}`);

/** An area in square metres, one decimal as on papers. */
export const area = (value) => (missing(value) ? absent : `${number(value, 1)} m²`);

/** A length in metres to the centimetre. */
export const metres = (value, digits = 2) => (missing(value) ? absent : `${number(value, digits)} m`);

/** A plane coordinate, millimetres, without thousands separators as on papers. */
export const coordinate = (value, digits = 3) => (missing(value) ? absent : Number(value).toFixed(digits).replace('.', language === 'vi' ? ',' : '.'));

/** A measured value in its unit. */
export function quantity(value, unit) {
  if (unit === 'm2') return area(value);
  if (unit === 'm') return metres(value);
  return missing(value) ? absent : `${number(value, Number.isInteger(value) ? 0 : 2)}${unit ? ` ${unit}` : ''}`;
}

/** The day at the office (2026-03-02), not where the browser believes to be. */
export const today = () => new Date().toLocaleDateString('sv', { timeZone: zone });

/** A date in Viet Nam. */
export const date = (value) => (value ? new Intl.DateTimeFormat(locale, { ...day, timeZone: zone }).format(new Date(value)) : absent);

/** A date with its time in Viet Nam. */
export const moment = (value) => (value ? new Intl.DateTimeFormat(locale, { ...day, hour: '2-digit', minute: '2-digit', timeZone: zone }).format(new Date(value)) : absent);

/** A share such as 2/3 or a percentage. */
export const percent = (value) => (missing(value) ? absent : `${number(Number(value) * 100, 0)} %`);
