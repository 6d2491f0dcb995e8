// What every page has: sign-out, and a scanner, by hand or by camera, that opens a dossier from anywhere.

import { post } from './api.js';
import { find } from './dom.js';
import { notice } from './notice.js';
import { actor, t } from './page.js';
import { destination, scan } from './scan.js';

find('#sign-out')?.addEventListener('click', async () => {
  await post('/auth/logout').catch(() => null);
  location.assign('/');
});

/** Go where a scanned code leads, or say that it leads nowhere. */
function open(text) {
  const place = destination(text);
  if (place) location.assign(place);
  else notice(t('scan.unknown', { code: text.slice(0, 80) }), { kind: 'bad' });
}
find('#scan')?.addEventListener('click', () => scan(open));

// A hand scanner is a keyboard that types fast and ends with Enter. A slow one, or a busy machine, pauses
// between letters as a quick person does; that is no harm, since what was typed is a whole code.
const SCANNER_GAP_MS = 120;
let typed = '';
let last = 0;
let before = null;

/** Take a burst back out of the field in which the scanner typed it. */
function restore() {
  if (before) before.field.value = before.value;
}

if (actor) {
  document.addEventListener('keydown', (event) => {
    // When the key was pressed, not when a busy page came to hear of it.
    const now = event.timeStamp;
    const field = event.target.closest?.('input, textarea');
    if (now - last > SCANNER_GAP_MS) {
      typed = '';
      before = field ? { field, value: field.value } : null;
    }
    last = now;
    if (event.key === 'Enter' && destination(typed)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      restore();
      location.assign(destination(typed));
    } else if (event.key.length === 1) typed += event.key;
  }, true);
}
