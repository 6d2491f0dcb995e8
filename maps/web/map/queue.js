// The mismatch queue beside the map: filters, next and previous flying there, evidence drawn.

import { get } from '../core/api.js';
import { chip, empty, fill, find, h } from '../core/dom.js';
import { number, quantity } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { parcelName, pick, t } from '../core/page.js';
import { codeName, mismatchCard } from './decisions.js';
import { together } from './together.js';

const PAGE = 50;

export class Queue {
  constructor({ commune, codes, onshow, onchange, onplan, onlook }) {
    this.commune = commune;
    this.onshow = onshow;
    this.onchange = onchange;
    this.onplan = onplan;
    this.onlook = onlook;
    this.form = find('#queue-filters');
    this.list = find('#queue-list');
    this.detail = find('#queue-detail');
    this.items = [];
    this.position = -1;
    for (const code of codes) this.form.elements.code.append(h('option', { value: code }, codeName(code)));
    this.form.addEventListener('change', () => this.load());
    find('#queue-next').addEventListener('click', () => this.step(1));
    find('#queue-previous').addEventListener('click', () => this.step(-1));
  }

  filters() {
    return Object.fromEntries(new FormData(this.form));
  }

  /** Load the first page for the filters. */
  async load() {
    this.items = [];
    this.position = -1;
    this.next = null;
    fill(this.detail);
    this.list.setAttribute('aria-busy', 'true');
    this.list.replaceChildren();
    await this.more();
  }

  async more() {
    try {
      const page = await get(`/communes/${this.commune}/mismatches`, { ...this.filters(), limit: PAGE, cursor: this.next });
      this.items.push(...page.features);
      this.next = page.next ?? null;
      this.matched = page.matched ?? this.items.length;
      this.draw();
    } catch (problem) {
      refusedIn(this.list, problem, () => this.load());
    }
  }

  draw() {
    find('#queue-count').textContent = t('map.queue.count', { n: number(this.matched) });
    if (!this.items.length) {
      fill(this.list, empty(t('map.queue.empty'), t('map.queue.empty_next')));
      return;
    }
    fill(this.list, this.items.map((item, index) => this.line(item, index)),
      this.next ? h('li', { class: 'more' }, h('button', { type: 'button', class: 'small', onclick: () => this.more() }, t('map.queue.more'))) : null);
    this.mark();
  }

  line(item, index) {
    const m = item.properties;
    return h('li', {}, h('button', { type: 'button', class: 'queue-item', 'data-index': index, 'data-mismatch': m.mismatch_id, onclick: () => this.go(index) },
      h('span', { class: 'queue-line' }, chip(m.severity, codeName(m.code)),
        m.measured !== null && m.measured !== undefined ? h('span', { class: 'number' }, quantity(m.measured, m.unit)) : null),
      h('span', { class: 'queue-where' }, parcelName(m.parcel_label ?? m.subject), m.other_label ? ` / ${parcelName(m.other_label)}` : '')));
  }

  mark() {
    for (const button of this.list.querySelectorAll('.queue-item')) button.setAttribute('aria-current', Number(button.dataset.index) === this.position ? 'true' : 'false');
    find('#queue-previous').disabled = this.position <= 0;
    find('#queue-next').disabled = !this.items.length || (this.position >= this.items.length - 1 && !this.next);
  }

  async step(by) {
    if (this.position + by >= this.items.length && this.next) await this.more();
    this.go(Math.min(Math.max(this.position + by, 0), this.items.length - 1));
  }

  /** Fly to a mismatch, draw its evidence and offer the decisions. */
  async go(index) {
    const item = this.items[index];
    if (!item) return;
    this.position = index;
    this.mark();
    find(`[data-index="${index}"]`, this.list)?.scrollIntoView({ block: 'nearest' });
    const m = item.properties;
    fill(this.detail, mismatchCard(m, {
      onshow: () => this.onshow(item),
      onplan: (plan) => this.onplan?.(plan),
      onmany: () => this.load(),
      onchange: (now) => {
        Object.assign(m, now);
        this.onchange?.(now);
        find(`[data-index="${index}"]`, this.list)?.classList.toggle('done', now.status !== 'open');
      },
    }), m.parcel_uid ? null : h('p', { class: 'hint' }, pick(m, 'subject')));
    await this.onshow(item);
    const shared = await together(m, this.commune, { onlook: this.onlook, ondone: () => { this.onchange?.(m); this.load(); } });
    if (shared && this.position === index) this.detail.append(shared);
  }
}
