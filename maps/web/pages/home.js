// My work: what my role does, and the dossiers that are on their way.

import '../core/shell.js';
import { get } from '../core/api.js';
import { chip, empty, fill, find, h } from '../core/dom.js';
import { number } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { actor, t } from '../core/page.js';
import { dossierTable } from './parts/dossier_table.js';

const CARDS = {
  officer: ['map', 'new_dossier', 'sheets', 'surveys'],
  surveyor: ['surveys', 'map'],
  registrar: ['new_dossier', 'stationery', 'map', 'dashboard'],
  chair: ['signatures', 'map', 'dashboard'],
  manager: ['dashboard', 'map'],
  admin: ['users', 'sheets', 'map', 'dashboard'],
};
const HREF = { map: '/map', surveys: '/surveys', sheets: '/sheets', new_dossier: '/dossiers/new', dashboard: '/dashboard', stationery: '/stationery', signatures: '/signatures', users: '/users' };

async function cards() {
  const { communes } = await get('/communes').catch(() => ({ communes: [] }));
  const commune = communes[0];
  const figures = { parcels: number(commune?.parcels ?? 0), blocking: number(commune?.open?.blocking ?? 0) };
  const names = CARDS[actor.role] ?? ['map'];
  const tasks = commune && !names.includes('signatures') && await standsIn(commune.code) ? ['signatures', ...names] : names;
  if (commune && tasks.includes('signatures')) signatures(commune.code);
  fill(find('#tasks'), tasks.map((name) => h('a', { class: 'card', href: HREF[name] },
    h('strong', {}, t(`home.card.${name}`)), h('p', {}, t(`home.card.${name}_text`, figures)))));
}

/** Whether I sign instead of the chairman today. */
async function standsIn(commune) {
  const { delegations } = await get(`/communes/${commune}/delegations`).catch(() => ({ delegations: [] }));
  return delegations.some((d) => d.taken_by === actor.username && d.in_force);
}

/** How many dossiers wait for a signature stands on the card. */
async function signatures(commune) {
  const { waiting } = await get(`/communes/${commune}/signatures/count`).catch(() => ({ waiting: 0 }));
  if (waiting) find('#tasks a[href="/signatures"]').append(chip('warning', t('home.card.signatures_waiting', { n: number(waiting) })));
}

async function work() {
  const place = find('#work');
  try {
    const { dossiers } = await get('/dossiers', { open: 1, limit: 20 });
    fill(place, dossiers.length ? dossierTable(dossiers) : empty(t('home.none'), t('home.none_next')));
  } catch (problem) {
    refusedIn(place, problem, work);
  }
}

await Promise.all([cards(), work()]);
document.documentElement.dataset.ready = 'home';
