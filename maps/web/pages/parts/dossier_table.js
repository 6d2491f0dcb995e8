// Dossiers as a table or a board by step: where each is, and how many working days are left.

import { chip, h, table } from '../../core/dom.js';
import { date, number } from '../../core/format.js';
import { parcelName, pick, t } from '../../core/page.js';

const SOON_DAYS = 3;

/** How the deadline stands: late, soon, in time, stopped. */
export function deadline(d) {
  const clock = d.clock ?? {};
  if (d.final) return chip('good plain', t('common.done'));
  if (clock.stopped_by) return chip('info', t('common.stopped'));
  const left = clock.days_left;
  if (left === null || left === undefined) return '';
  if (left < 0) return chip('blocking', t('common.late', { n: number(-left) }));
  return chip(left <= SOON_DAYS ? 'warning' : 'good', t('common.left', { n: number(left) }));
}

const href = (d) => `/dossiers/${encodeURIComponent(d.code)}`;

/** The table; a row opens its dossier. */
export function dossierTable(dossiers) {
  return table([
    { title: t('common.code'), cell: (d) => h('a', { href: href(d), class: 'number' }, d.code) },
    { title: t('common.parcel'), cell: (d) => h('span', { class: 'unbroken' }, parcelName(d.parcel_label)) },
    { title: t('common.people'), cell: (d) => (d.parties ?? []).map((p) => p.name ?? p).join(', ') },
    { title: t('common.state'), cell: (d) => [h('div', {}, pick(d, 'state_title')), h('small', {}, pick(d, 'step_title'))] },
    { title: t('common.lodged'), cell: (d) => date(d.lodged_at) },
    { title: t('common.deadline'), cell: deadline },
  ], dossiers, { cards: true, onrow: (line, d) => line.addEventListener('click', (event) => { if (!event.target.closest('a')) location.assign(href(d)); }) });
}

const left = (d) => d.clock?.days_left ?? Infinity;

/** The board: a column for each step in the order of the work, the most urgent dossier on top. */
export function dossierBoard(dossiers) {
  const columns = new Map();
  for (const d of dossiers) {
    const title = d.final ? t('dossiers.ended') : pick(d, 'step_title') ?? pick(d, 'state_title');
    const column = columns.get(title) ?? { title, place: d.final ? Infinity : d.step_place ?? 0, dossiers: [] };
    column.dossiers.push(d);
    columns.set(title, column);
  }
  return h('div', { class: 'board', tabindex: '0', role: 'group', 'aria-label': t('dossiers.view.board') }, [...columns.values()].sort((a, b) => a.place - b.place).map((column) => {
    const late = column.dossiers.filter((d) => !d.final && left(d) < 0).length;
    return h('section', { class: 'board-column' },
      h('h2', {}, `${column.title} (${number(column.dossiers.length)})`, late ? [' ', chip('blocking', t('dossiers.late', { n: number(late) }))] : null),
      h('ul', { class: 'plain' }, column.dossiers.sort((a, b) => left(a) - left(b)).map((d) => h('li', { class: 'board-card' },
        h('a', { href: href(d), class: 'number' }, d.code), h('div', {}, (d.parties ?? []).map((p) => p.name ?? p).join(', ')), h('small', {}, [parcelName(d.parcel_label), pick(d, 'state_title')].filter(Boolean).join(' · ')), h('div', {}, deadline(d))))));
  }));
}
