// The merges of a commune: what each moved, and taking the latest one back.

import { get, post } from '../core/api.js';
import { chip, empty, facts, fill, find, h, table } from '../core/dom.js';
import { metres, moment, number } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, parcelName, t, who, word } from '../core/page.js';

const MOVES_SHOWN = 100;
const mayUndo = ['officer', 'admin'].includes(actor?.role);

export class Merges {
  constructor({ commune, onundo }) {
    this.commune = commune;
    this.root = `/communes/${commune}/merges`;
    this.place = find('#merges');
    this.onundo = onundo;
  }

  async load() {
    try {
      const { merges } = await get(this.root);
      fill(this.place, merges.length ? merges.map((run) => this.card(run)) : empty(t('merge.no_merges'), t('merge.no_merges_next')));
    } catch (problem) {
      refusedIn(this.place, problem, () => this.load());
    }
  }

  card(run) {
    const moves = h('div', {});
    const answer = h('div', {});
    return h('article', { class: 'card merge-run', 'data-run': run.run_id },
      h('h3', {}, moment(run.at), run.undone_at ? [' ', chip('info', t('merge.undone'))] : null),
      facts([
        [t('merge.by'), who(run.actor)], [t('merge.parcels'), number(run.summary.parcels)], [t('merge.moved'), number(run.moved)],
        [t('merge.max_move'), run.moved ? metres(run.max_move_m, 3) : null], [t('merge.shifts'), run.shifts.length ? number(run.shifts.length) : null],
        [t('merge.undone'), run.undone_at ? `${run.undone_by}, ${moment(run.undone_at)}` : null],
      ]),
      run.moved ? h('details', { ontoggle: (event) => event.target.open && !moves.firstChild && this.moves(run, moves) }, h('summary', {}, t('merge.show_moves')), moves) : null,
      run.undoable && mayUndo ? h('details', { class: 'undo' }, h('summary', {}, t('merge.undo')), h('p', {}, t('merge.undo_text')),
        h('button', { type: 'button', class: 'small', 'data-undo': run.run_id, onclick: (event) => this.undo(run, answer, event.currentTarget) }, t('merge.undo_now')), answer) : null);
  }

  async moves(run, place) {
    place.setAttribute('aria-busy', 'true');
    try {
      const found = await get(`${this.root}/${run.run_id}/moves`, { limit: MOVES_SHOWN });
      fill(place, table([
        { title: t('merge.parcel'), cell: (m) => parcelName(m.label) },
        { title: t('merge.moves_by'), right: true, cell: (m) => number(m.max_move_m, 3) },
        { title: '± m²', right: true, cell: (m) => number(m.area_after_m2 - m.area_before_m2, 2) },
        { title: t('merge.reason'), cell: (m) => word(`merge.reason.${m.reason}`, m.reason) },
      ], found.moves), found.next ? h('p', { class: 'hint' }, t('merge.furthest', { n: number(MOVES_SHOWN) })) : null);
    } catch (problem) {
      refusedIn(place, problem, () => this.moves(run, place));
    }
  }

  async undo(run, answer, button) {
    button.disabled = true;
    fill(answer);
    try {
      const done = await post(`${this.root}/${run.run_id}/undo`);
      notice(t('merge.undo_done', { restored: number(done.restored), closed: number(done.closed) }), { kind: 'good' });
      await this.load();
      this.onundo();
    } catch (problem) {
      button.disabled = false;
      if (problem.items?.length) fill(answer, h('div', { class: 'unmet-box' }, h('strong', {}, problem.message), hindrances(problem.items, this.commune)));
      else refused(problem);
    }
  }
}

/** What rests on the merge: each named, with its parcel on the map. */
function hindrances(items, commune) {
  return h('ul', { class: 'hindrances' }, items.map((item) => h('li', {}, t(`merge.hindrance.${item.kind}`), ' ', h('strong', {}, item.name), ' · ',
    h('a', { href: `/map/${commune}?parcel=${item.parcel_uid}` }, item.parcel ? t('merge.label', { label: item.parcel }) : t('merge.parcel')))));
}
