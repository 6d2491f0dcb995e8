// The dossiers of the commune: search, filters, days left; as a list or as a board by step.

import '../core/shell.js';
import { get } from '../core/api.js';
import { empty, fill, find, h } from '../core/dom.js';
import { refusedIn } from '../core/notice.js';
import { t } from '../core/page.js';
import { dossierBoard, dossierTable } from './parts/dossier_table.js';

const form = find('#filters');
const place = find('#list');
const PAUSE_MS = 250;
let waiting;

const PAGE = 50;
// A board shows where all of them stand, not the newest page.
const BOARD_PAGE = 500;
let onBoard = [];

async function load(cursor) {
  const { view, ...filters } = Object.fromEntries(new FormData(form));
  const board = view === 'board';
  try {
    const { dossiers, next } = await get('/dossiers', { ...filters, limit: board ? BOARD_PAGE : PAGE, cursor });
    if (!cursor) { fill(place); onBoard = []; }
    if (!dossiers.length && !cursor) { fill(place, empty(t('dossiers.none'), t('dossiers.none_next'))); return; }
    onBoard.push(...dossiers);
    if (board) fill(place, dossierBoard(onBoard));
    else place.append(dossierTable(dossiers));
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
