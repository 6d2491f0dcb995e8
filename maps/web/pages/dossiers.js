// The dossiers of the commune: search, filters, days left.

import '../core/shell.js';
import { get } from '../core/api.js';
import { empty, fill, find, h } from '../core/dom.js';
import { refusedIn } from '../core/notice.js';
import { t } from '../core/page.js';
import { dossierTable } from './parts/dossier_table.js';

const form = find('#filters');
const place = find('#list');
const PAUSE_MS = 250;
let waiting;

async function load(cursor) {
  try {
    const { dossiers, next } = await get('/dossiers', { ...Object.fromEntries(new FormData(form)), limit: 50, cursor });
    if (!cursor) fill(place);
    if (!dossiers.length && !cursor) { fill(place, empty(t('dossiers.none'), t('dossiers.none_next'))); return; }
    place.append(dossierTable(dossiers));
    if (next) {
      const more = h('button', { type: 'button', onclick: () => { more.remove(); load(next); } }, t('dossiers.more'));
      place.append(more);
    }
  } catch (problem) {
    refusedIn(place, problem, () => load());
  }
}

form.addEventListener('change', () => load());
form.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(() => load(), PAUSE_MS); });
form.addEventListener('submit', (event) => { event.preventDefault(); load(); });
await load();
document.documentElement.dataset.ready = 'dossiers';
