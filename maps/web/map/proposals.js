// The proposals of the merge, one after the other: what each would move, accepted or refused.

import { get, post } from '../core/api.js';
import { chip, empty, facts, fill, find, h, table } from '../core/dom.js';
import { area, metres, moment, number, signed } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, parcelName, t, word } from '../core/page.js';
import { VIEWS } from './proposal_drawing.js';

const PAGE = 50;
const EFFECTS_SHOWN = 40;
const MOST_NAMED = 4;
const CHIP = { open: 'warning', accepted: 'good', rejected: 'info', withdrawn: 'info' };
const mayDecide = actor?.role === 'officer';

/** A change of area with its sign. */
const change = (before, after) => `${after >= before ? '+' : '−'}${number(Math.abs(after - before), 2)}`;

export class Proposals {
  constructor({ commune, drawing, onshow, oncounts }) {
    this.root = `/communes/${commune}/proposals`;
    this.drawing = drawing;
    this.onshow = onshow;
    this.oncounts = oncounts;
    this.form = find('#proposal-filters');
    this.list = find('#proposal-list');
    this.detail = find('#proposal-detail');
    this.items = [];
    this.position = -1;
    // A link from the map names the kind that it is about.
    const kind = new URLSearchParams(location.search).get('kind');
    if (kind && [...this.form.elements.kind.options].some((o) => o.value === kind)) this.form.elements.kind.value = kind;
    this.form.addEventListener('change', () => this.load());
    find('#proposal-next').addEventListener('click', () => this.step(1));
    find('#proposal-previous').addEventListener('click', () => this.step(-1));
  }

  async load() {
    this.items = [];
    this.position = -1;
    this.next = null;
    fill(this.detail);
    this.drawing.clear();
    this.list.setAttribute('aria-busy', 'true');
    this.list.replaceChildren();
    await this.more();
  }

  async more() {
    try {
      const page = await get(this.root, { ...Object.fromEntries(new FormData(this.form)), limit: PAGE, cursor: this.next });
      this.items.push(...page.features);
      this.next = page.next ?? null;
      this.counts = page.counts;
      this.oncounts(page.counts);
      this.draw();
    } catch (problem) {
      refusedIn(this.list, problem, () => this.load());
    }
  }

  draw() {
    find('#proposal-count').textContent = t('merge.count', { n: number(this.items.length) + (this.next ? '+' : '') });
    if (!this.counts.merges) fill(this.list, empty(t('merge.never'), t('merge.never_next'), h('a', { class: 'button primary', href: '/sheets' }, t('merge.to_sheets'))));
    else if (!this.items.length) fill(this.list, empty(t('merge.none'), t('merge.none_next')));
    else {
      fill(this.list, this.items.map((item, index) => this.line(item, index)),
        this.next ? h('li', { class: 'more' }, h('button', { type: 'button', class: 'small', onclick: () => this.more() }, t('merge.more'))) : null);
    }
    this.mark();
  }

  line(item, index) {
    const p = item.properties;
    return h('li', {}, h('button', { type: 'button', class: 'queue-item', 'data-index': index, 'data-proposal': p.proposal_id, onclick: () => this.go(index) },
      h('span', { class: 'queue-line' }, chip(CHIP[p.status], t(`merge.kind.${p.kind}`)), h('span', { class: 'number' }, metres(p.max_move_m))),
      h('span', { class: 'queue-where' }, named(p), p.status === 'open' ? '' : ` · ${t(`merge.status.${p.status}`)}`)));
  }

  mark() {
    for (const button of this.list.querySelectorAll('.queue-item')) button.setAttribute('aria-current', Number(button.dataset.index) === this.position ? 'true' : 'false');
    find('#proposal-previous').disabled = this.position <= 0;
    find('#proposal-next').disabled = !this.items.length || (this.position >= this.items.length - 1 && !this.next);
  }

  async step(by) {
    if (this.position + by >= this.items.length && this.next) await this.more();
    await this.go(Math.min(Math.max(this.position + by, 0), this.items.length - 1));
  }

  /** Show a proposal: its place at once, what it would move as soon as the service has worked it out. */
  async go(index) {
    const item = this.items[index];
    if (!item) return;
    this.position = index;
    this.mark();
    find(`[data-index="${index}"]`, this.list)?.scrollIntoView({ block: 'nearest' });
    this.card(item, h('p', { class: 'hint', 'aria-busy': 'true' }, t('merge.working_out')));
    this.drawing.show(item);
    this.onshow(item);
    try {
      const full = await get(`${this.root}/${item.id}`);
      if (this.items[this.position] !== item) return;
      Object.assign(item.properties, full.properties);
      this.card(item, this.effects(item.properties));
      this.drawing.show(item);
      document.documentElement.dataset.proposal = item.id;
    } catch (problem) {
      if (this.items[this.position] === item) refusedIn(this.detail, problem, () => this.go(index));
    }
  }

  card(item, effects) {
    const p = item.properties;
    fill(this.detail, h('article', { class: 'mismatch warning', 'data-proposal': p.proposal_id, 'data-status': p.status },
      h('header', {}, chip(CHIP[p.status], t(`merge.status.${p.status}`)), h('strong', {}, t(`merge.kind.${p.kind}`))),
      h('p', {}, t(p.moment === 'reconcile' ? 'merge.kind.shift.ground.hint' : `merge.kind.${p.kind}.hint`)),
      facts([[t('merge.parcels'), named(p)], ...ground(p), ...largest(p)]),
      p.decided_by ? h('p', { class: 'decided' }, `${p.decided_by}, ${moment(p.decided_at)}`, p.note ? h('q', {}, p.note) : null) : null,
      this.views(), effects, this.buttons(item)));
  }

  views() {
    return h('div', { class: 'row view-buttons', role: 'group', 'aria-label': t('merge.view') }, VIEWS.map((view) => h('button', {
      type: 'button', class: 'small', 'data-view': view, 'aria-pressed': String(this.drawing.view === view), onclick: () => this.look(view),
    }, t(`merge.view.${view}`))));
  }

  look(view) {
    this.drawing.look(view);
    for (const button of this.detail.querySelectorAll('[data-view]')) button.setAttribute('aria-pressed', String(button.dataset.view === view));
  }

  /** The next way of looking, for the keyboard. */
  turn() { this.look(VIEWS[(VIEWS.indexOf(this.drawing.view) + 1) % VIEWS.length]); }

  effects(p) {
    if (!p.effects.length) return h('p', { class: 'hint' }, t('merge.nothing_moves'));
    const rows = [...p.effects].sort((a, b) => b.max_move_m - a.max_move_m);
    return [table([
      { title: t('merge.parcel'), cell: (e) => parcelName(e.label) },
      { title: t('merge.moves_by'), right: true, cell: (e) => number(e.max_move_m, 3) },
      { title: t('merge.area_after'), right: true, cell: (e) => number(e.area_after_m2, 1) },
      { title: '± m²', right: true, cell: (e) => change(e.area_before_m2, e.area_after_m2) },
    ], rows.slice(0, EFFECTS_SHOWN)), rows.length > EFFECTS_SHOWN ? h('p', { class: 'hint' }, t('merge.and_more', { n: number(rows.length - EFFECTS_SHOWN) })) : null];
  }

  buttons(item) {
    const { status } = item.properties;
    if (!mayDecide || status === 'withdrawn') return null;
    if (status !== 'open') return h('div', { class: 'row' }, h('button', { type: 'button', class: 'small', 'data-decision': 'open', onclick: () => this.decide(item, 'open') }, t('merge.reopen')));
    this.note = h('textarea', { rows: 2, maxlength: 2000, 'aria-label': t('merge.note'), placeholder: t('merge.note') });
    return [this.note, h('div', { class: 'row' },
      h('button', { type: 'button', class: 'primary', 'data-decision': 'accepted', onclick: () => this.decide(item, 'accepted') }, t('merge.accept')),
      h('button', { type: 'button', 'data-decision': 'rejected', onclick: () => this.decide(item, 'rejected') }, t('merge.reject')))];
  }

  /** Decide the proposal that is shown, for the keyboard. */
  decideShown(decision) {
    const item = this.items[this.position];
    if (mayDecide && item?.properties.status === 'open') this.decide(item, decision);
  }

  async decide(item, decision) {
    const p = item.properties;
    try {
      const now = await post(`${this.root}/${p.proposal_id}/decisions`, { decision, note: this.note?.value ?? '' }, { version: p.row_version });
      Object.assign(p, now);
      notice(t(`merge.done.${decision}`), { kind: 'good', action: decision === 'open' ? null : { title: t('merge.reopen'), run: () => this.decide(item, 'open') } });
      const { counts } = await get(this.root, { limit: 1 });
      this.oncounts(counts);
      this.draw();
      if (this.items[this.position] === item) this.card(item, p.effects ? this.effects(p) : null);
    } catch (problem) {
      refused(problem);
      if (problem.status === 409) await this.load();
    }
  }
}

/** The largest changes: of the parcels as they will lie, edges joined, once that is worked out. */
function largest({ effects, max_move_m: move, area_change_m2: change_m2 }) {
  const moves = (effects ?? []).map((e) => e.max_move_m);
  const changes = (effects ?? []).map((e) => Math.abs(e.area_after_m2 - e.area_before_m2));
  return [[t('merge.max_move'), metres(moves.length ? Math.max(...moves) : move)],
    [t('merge.area_change'), area(changes.length ? Math.max(...changes) : change_m2)]];
}

/** By how much a sheet lies off, where measured parcels say so. */
function ground({ moment: found, parameters: g }) {
  if (found !== 'reconcile') return [];
  return [[t('merge.ground.displacement'), `${metres(g.displacement_m)} (${t('merge.ground.components', { east: signed(g.de, 2), north: signed(g.dn, 2) })})`],
    [t('merge.ground.rotation'), g.model === 'translation' ? null : `${signed((g.rotation_rad * 180 * 3600) / Math.PI, 0)}″`],
    [t('merge.ground.scale'), g.model === 'translation' ? null : `${signed(g.scale_ppm, 0)} ppm`],
    [t('merge.ground.precision'), `±${metres(g.precision_m, 3)}`], [t('merge.ground.evidence'), t('merge.ground.parcels', { n: number(g.n) })]];
}

/** The parcels of a proposal in words; a displaced sheet by its number. */
function named(p) {
  if (p.kind === 'shift') return t('merge.sheet_named', { sheet: p.sheets.join(', '), n: number(p.parcel_uids.length) });
  const shown = p.labels.slice(0, MOST_NAMED).map((label) => word('merge.label', '{label}').replace('{label}', label));
  return shown.join(' – ') + (p.parcel_uids.length > MOST_NAMED ? ' …' : '');
}
