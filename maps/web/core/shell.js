// What every page has: sign-out, and a hand scanner that opens a dossier from anywhere.

import { post } from './api.js';
import { find } from './dom.js';
import { actor } from './page.js';

find('#sign-out')?.addEventListener('click', async () => {
  await post('/auth/logout').catch(() => null);
  location.assign('/');
});

// A scanner types fast and ends with Enter; a person does not.
const SCANNER_GAP_MS = 35;
const CODE = /^[A-Z0-9.]{2,20}-\d{6}-\d{4}$/i;
let typed = '';
let last = 0;

if (actor) {
  document.addEventListener('keydown', (event) => {
    if (event.target.closest?.('input, textarea, select')) return;
    const now = performance.now();
    if (now - last > SCANNER_GAP_MS) typed = '';
    last = now;
    if (event.key === 'Enter' && CODE.test(typed)) {
      event.preventDefault();
      location.assign(`/dossiers/${encodeURIComponent(typed)}`);
    } else if (event.key.length === 1) typed += event.key;
  });
}
