// Where is my dossier: by touch, by keys or by a scanner; back to the start after a minute.

import { get } from '../core/api.js';
import { fill, find, h } from '../core/dom.js';
import { date } from '../core/format.js';
import { pick, t, word } from '../core/page.js';
import { afterRest, markKiosk } from '../core/resting.js';
import { canScan, destination, scan } from '../core/scan.js';

const DIGITS = [...'1234567890-.', 'ABC', '⌫'];
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '123', '⌫'];
const form = find('#kiosk-form');
const input = find('#code');
const answer = find('#answer');
function start() {
  form.reset();
  keypad(DIGITS);
  fill(answer);
  input.focus();
}

/** Digits, or letters for one: a code has its province's letter and else digits. */
function keypad(keys) {
  const names = { '⌫': t('kiosk.erase'), ABC: t('kiosk.letters'), 123: t('kiosk.digits') };
  const pressed = {
    '⌫': () => { input.value = input.value.slice(0, -1); },
    ABC: () => keypad(LETTERS),
    123: () => keypad(DIGITS),
  };
  const write = (key) => { input.value += key; if (keys === LETTERS) keypad(DIGITS); };
  find('#keypad').classList.toggle('letters', keys === LETTERS);
  fill(find('#keypad'), keys.map((key) => h('button', { type: 'button', 'aria-label': names[key] ?? key, onclick: pressed[key] ?? (() => write(key)) }, key)));
}

keypad(DIGITS);

form.addEventListener('submit', (event) => { event.preventDefault(); look(); });

/** What was typed or scanned: a code, the address on a receipt, or the QR of a certificate. */
async function look() {
  const place = destination(input.value);
  if (place?.startsWith('/verify/')) { location.assign(place); return; }
  if (place) input.value = decodeURIComponent(place.split('/').at(-1));
  const code = input.value.trim().toUpperCase();
  if (!code) return;
  try {
    const d = await get(`/kiosk/${encodeURIComponent(code)}`);
    fill(answer, h('section', { class: 'card kiosk-answer' },
      h('p', { class: 'eyebrow' }, pick(d, 'procedure_title')), h('p', { class: 'kiosk-state', id: 'kiosk-state' }, pick(d, 'state_title')),
      h('p', {}, t('kiosk.lodged', { date: date(d.lodged_at) })),
      d.stopped_by_vi && !d.closed_at ? h('p', { class: 'kiosk-paused' }, t('kiosk.paused', { why: pick(d, 'stopped_by') })) : null,
      d.closed_at ? null : d.waiting_on.map((system) => h('p', { class: 'kiosk-waiting' }, t('kiosk.waiting', { system }))),
      d.reappointed_on && !d.closed_at ? h('p', { class: 'kiosk-new-date' }, `${t('kiosk.new_date')}: `, h('strong', {}, date(d.reappointed_on))) : null,
      d.closed_at ? h('p', {}, t('kiosk.closed', { date: date(d.closed_at) })) : Object.entries(d.due_on ?? {}).sort((a, b) => a[1].localeCompare(b[1])).map(([name, day]) => h('p', {}, `${word(`kiosk.due.${name}`, name)}: `, h('strong', {}, date(day))))));
  } catch (problem) {
    fill(answer, h('section', { class: 'card kiosk-answer' }, h('p', { class: 'kiosk-state' }, problem.status === 404 ? t('kiosk.unknown') : problem.message), h('p', {}, t('kiosk.unknown_next'))));
  }
  answer.scrollIntoView({ block: 'nearest' });
}

find('#start-again').addEventListener('click', start);
markKiosk();
afterRest(start);
const camera = find('#kiosk-scan');
camera.hidden = !await canScan();
camera.addEventListener('click', () => scan((text) => { input.value = text; look(); }));
input.focus();
// The QR of a receipt leads here with its code; the next person starts without it.
const asked = new URLSearchParams(location.search).get('q');
if (asked) {
  history.replaceState(null, '', location.pathname);
  input.value = asked;
  await look();
}
document.documentElement.dataset.ready = 'kiosk';
