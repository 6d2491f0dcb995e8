// The parcel panel: every number, areas with their limits, mismatches, measurements, history, papers.

import { get, post } from '../core/api.js';
import { chip, empty, facts, fill, find, h, table } from '../core/dom.js';
import { area, coordinate, date, metres, moment, number, percent, today } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, language, parcelName, pick, t, word } from '../core/page.js';
import { adoption } from './adoption.js';
import { areas } from './areas.js';
import { mismatchCard } from './decisions.js';
import { papersOf } from './papers.js';
import { sketch } from './sketch.js';
import { timeline } from './timeline.js';

const TABS = ['parcel', 'mismatches', 'measured', 'history'];

export class Panel {
  constructor({ evidence, zone, onchange, onopen, onclose }) {
    this.element = find('#panel');
    this.evidence = evidence;
    this.zone = zone;
    this.onchange = onchange;
    this.onopen = onopen;
    this.onclose = onclose;
    this.tab = TABS[0];
  }

  /** Load a parcel and show it; resolves with the feature. */
  async open(uid, { tab, mismatch } = {}) {
    this.uid = uid;
    this.element.hidden = false;
    document.body.classList.add('panel-open');
    this.pending?.abort();
    this.pending = new AbortController();
    try {
      const feature = await get(`/parcels/${uid}`, {}, { signal: this.pending.signal });
      this.feature = feature;
      if (tab) this.tab = tab;
      this.draw();
      this.evidence.select(feature);
      const shown = mismatch ?? null;
      if (shown || this.tab === 'measured') this.evidence.show(shown, feature);
      else this.evidence.clear();
      this.onopen?.(feature);
      return feature;
    } catch (problem) {
      if (problem.name !== 'AbortError') refusedIn(this.element, problem, () => this.open(uid));
      return null;
    }
  }

  close() {
    this.uid = null;
    this.feature = null;
    this.element.hidden = true;
    document.body.classList.remove('panel-open');
    this.evidence.select(null);
    this.evidence.clear();
    this.onclose?.();
  }

  draw() {
    const p = this.feature.properties;
    const counts = { mismatches: (p.mismatches ?? []).filter((m) => m.status === 'open').length, measured: (p.measured ?? []).length };
    const body = h('div', { class: 'panel-body', id: 'panel-body', role: 'tabpanel' });
    const choose = (tab) => {
      this.tab = tab;
      find('[role=tablist]', this.element).querySelectorAll('button').forEach((b) => b.setAttribute('aria-selected', b.dataset.tab === tab));
      fill(body, this[tab](p));
      if (tab === 'measured') this.evidence.show(null, this.feature);
    };
    fill(this.element,
      h('header', { class: 'panel-head' },
        h('div', {}, h('h2', {}, parcelName(p.label)), h('p', {}, h('span', { class: `state-chip state-${p.state}` }, t(`state.${p.state}`)), ' ', h('span', { class: 'soft' }, p.land_use ?? ''))),
        h('button', { type: 'button', class: 'plain close', 'aria-label': t('common.close'), onclick: () => this.close() }, '×')),
      h('div', { class: 'tabs', role: 'tablist' }, TABS.map((tab) => h('button', {
        type: 'button', role: 'tab', 'data-tab': tab, 'aria-selected': tab === this.tab ? 'true' : 'false', onclick: () => choose(tab),
      }, t(`map.tab.${tab}`), counts[tab] ? h('span', { class: 'count' }, number(counts[tab])) : null))),
      body);
    fill(body, this[this.tab](p));
  }

  parcel(p) {
    return [
      this.actions(p),
      h('h3', {}, t('map.areas')), areas(p),
      h('h3', {}, t('map.numbers')), numbers(p),
      facts([
        [t('map.land_use'), purposes(p)], [t('map.identifier'), p.identifier ? h('code', {}, p.identifier) : null],
        [t('map.scale'), p.scale ? `1:${p.scale}` : null], [t('map.version'), number(p.version)]]),
      p.holders?.length ? [h('h3', {}, t('map.holders')), h('ul', { class: 'plain holders' }, p.holders.map((x) => h('li', {}, x.name, x.share && !['1', '1/1'].includes(x.share) ? ` (${x.share})` : '')))] : null,
      h('h3', {}, t('map.boundary')), this.boundary(p),
      papersOf(p),
      p.neighbours?.length ? h('details', {}, h('summary', {}, t('map.neighbours', { n: number(p.neighbours.length) })),
        h('div', { class: 'row' }, p.neighbours.map((n) => h('button', { type: 'button', class: 'small', onclick: () => this.open(n.parcel_uid) }, parcelName(n.label))))) : null,
      p.corners?.length ? h('details', {}, h('summary', {}, t('map.corners', { n: number(p.corners.length) })), this.corners(p)) : null,
    ].filter(Boolean);
  }

  actions(p) {
    const open = (p.dossiers ?? []).map((d) => h('a', { class: 'card link-card', href: `/dossiers/${encodeURIComponent(d.code)}` }, h('strong', {}, d.code), h('small', {}, pick(d, 'state_title') || d.state)));
    const issued = (p.certificates ?? []).map((c) => h('a', { class: 'card link-card', href: `/verify/${encodeURIComponent(c.token)}` }, h('strong', {}, c.serial ?? c.number), h('small', {}, `${word(`map.certificate.${c.status}`, c.status)}, ${date(c.issued_on)}`)));
    const lodge = ['officer', 'registrar', 'admin'].includes(actor?.role)
      ? h('a', { class: open.length || issued.length ? 'button small' : 'button primary', id: 'lodge', href: `/dossiers/new?parcel=${encodeURIComponent(p.parcel_uid)}` }, t('map.lodge')) : null;
    const carry = h('a', { class: 'button small', id: 'inspection', href: `/api/v1/parcels/${p.parcel_uid}/inspection.html?lang=${language}`, download: '' }, t('map.carry'));
    return h('div', { class: 'panel-actions' }, issued, open, lodge, carry);
  }

  mismatches(p) {
    const list = p.mismatches ?? [];
    if (!list.length) return empty(t('map.no_mismatch'), t('map.no_mismatch_next'));
    return list.map((m) => mismatchCard(m, {
      onplan: (plan) => this.evidence.plan(plan),
      onshow: (state) => this.evidence.show({ geometry: state.geometry ?? this.geometryOf?.(state.mismatch_id), properties: state }, this.feature),
      onchange: () => { this.onchange?.(); this.reload(); },
    }));
  }

  /** Read the open parcel again after a decision, without moving the map. */
  async reload() {
    if (!this.uid) return;
    const feature = await get(`/parcels/${this.uid}`).catch(() => null);
    if (!feature || feature.properties.parcel_uid !== this.uid) return;
    this.feature = feature;
    this.draw();
  }

  measured(p) {
    const list = p.measured ?? [];
    if (!list.length) return empty(t('map.not_measured'), h('a', { href: '/surveys' }, t('map.not_measured_next')));
    return list.map((m) => h('section', { class: 'measurement' },
      h('h3', {}, t('map.measurement', { survey: m.survey_label ?? '', label: m.label ?? '' })),
      h('p', {}, word(`verdict.${m.verdict}`, m.verdict)),
      sketch(this.feature, m, this.zone),
      facts([[t('map.measured_area'), area(m.area_m2)], [t('map.iou'), percent(m.iou)], [t('map.max_corner'), metres(m.max_corner_m)], [t('map.sigma'), metres(m.sigma_m, 3)]]),
      m.corners?.length ? this.comparison(m) : null,
      adoption(m, p.parcel_uid, { onplan: (plan) => this.evidence.plan(plan), onchange: () => { this.onchange?.(); this.open(p.parcel_uid, { tab: 'measured' }); } })));
  }

  comparison(m) {
    return table([
      { title: t('map.corner'), cell: (c) => String(c.corner) },
      { title: 'ΔX', right: true, cell: (c) => coordinate(c.dn, 2) },
      { title: 'ΔY', right: true, cell: (c) => coordinate(c.de, 2) },
      { title: t('map.distance'), right: true, cell: (c) => metres(c.distance_m) },
      { title: t('map.limit'), right: true, cell: (c) => metres(c.allowed_m) },
      { title: '', cell: (c) => (c.significant ? chip('blocking', t('map.beyond')) : chip('good', t('map.within'))) },
    ], m.corners, { onrow: (line, corner) => this.highlight(line, corner) });
  }

  highlight(line, corner) {
    line.tabIndex = 0;
    const on = () => { this.evidence.ring(corner); this.element.querySelectorAll(`[data-corner="${corner.corner}"]`).forEach((g) => g.classList.add('on')); };
    const off = () => { this.evidence.ring(null); this.element.querySelectorAll('[data-corner].on').forEach((g) => g.classList.remove('on')); };
    for (const name of ['mouseenter', 'focus']) line.addEventListener(name, on);
    for (const name of ['mouseleave', 'blur']) line.addEventListener(name, off);
  }

  corners(p) {
    return table([
      { title: t('map.corner'), cell: (c) => String(c.n) },
      { title: 'X (m)', right: true, cell: (c) => coordinate(c.north) },
      { title: 'Y (m)', right: true, cell: (c) => coordinate(c.east) },
      { title: t('map.edge'), right: true, cell: (c) => metres(c.edge_m) },
    ], p.corners, { onrow: (line, c) => this.highlight(line, { corner: c.n, map_e: c.east, map_n: c.north }) });
  }

  boundary(p) {
    const now = p.boundary;
    const said = now ? h('p', {}, chip(now.confirmed === 'unchanged' ? 'good' : 'warning', t(`boundary.${now.confirmed}`)), ' ', now.signed_on ? date(now.signed_on) : '')
      : h('p', { class: 'soft' }, t('boundary.none'));
    if (actor?.role !== 'officer') return said;
    const form = h('form', { class: 'form', onsubmit: (event) => this.confirm(event) },
      h('label', {}, t('boundary.confirmed'), h('select', { name: 'confirmed', required: true }, ['unchanged', 'changed', 'disputed'].map((v) => h('option', { value: v }, t(`boundary.${v}`))))),
      h('fieldset', {}, h('legend', {}, t('boundary.neighbours')), (p.neighbours ?? []).map((n) => h('label', { class: 'neighbour' }, parcelName(n.label),
        h('select', { name: `neighbour-${n.parcel_uid}`, 'data-label': n.label, required: true }, ['', 'signed', 'absent', 'refused', 'not_needed'].map((v) => h('option', { value: v, selected: v === answered(now, n) }, answerText(v))))))),
      h('label', {}, t('boundary.signed_on'), h('input', { type: 'date', name: 'signed_on', required: true, max: today() })),
      h('label', {}, t('map.note'), h('textarea', { name: 'note', rows: 2 })),
      h('button', { class: 'primary', type: 'submit' }, t('boundary.save')));
    return [said, h('details', { id: 'boundary' }, h('summary', {}, t('boundary.record')), form)];
  }

  async confirm(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const neighbours = [...event.target.querySelectorAll('[name^="neighbour-"]')].map((field) => ({
      parcel_uid: field.name.slice('neighbour-'.length), name: field.dataset.label, answer: field.value,
    }));
    try {
      await post(`/parcels/${this.uid}/boundary`, { confirmed: form.get('confirmed'), neighbours, signed_on: form.get('signed_on') || null, note: form.get('note') });
      notice(t('boundary.saved'), { kind: 'good' });
      this.onchange?.();
      await this.open(this.uid, { tab: 'parcel' });
    } catch (problem) {
      refused(problem);
    }
  }

  history(p) {
    return timeline(this.feature, { evidence: this.evidence });
  }
}

/** What a neighbour answered in the description in force; nothing is taken for granted. */
function answered(now, neighbour) {
  return (now?.neighbours ?? []).find((n) => n.parcel_uid === neighbour.parcel_uid)?.answer ?? '';
}

function answerText(value) {
  if (!value) return t('boundary.choose');
  return t(value === 'absent' ? 'boundary.absent_noticed' : `boundary.${value}`);
}

function numbers(p) {
  return table([
    { title: t('map.number.where'), cell: (n) => n.former_commune_name ?? n.former_commune },
    { title: t('map.number.sheet'), right: true, cell: (n) => n.sheet },
    { title: t('map.number.parcel'), right: true, cell: (n) => n.parcel },
    { title: t('map.scale'), right: true, cell: (n) => (n.scale ? `1:${n.scale}` : '') },
  ], [{ former_commune_name: t('map.number.now'), sheet: p.sheet, parcel: p.parcel, scale: p.scale }, ...(p.numbers ?? [])]);
}

function purposes(p) {
  const list = p.purposes ?? [];
  if (!list.length) return p.land_use;
  return list.map((x) => `${x.land_use}${x.area_m2 ? ` ${area(x.area_m2)}` : ''}`).join(' + ');
}
