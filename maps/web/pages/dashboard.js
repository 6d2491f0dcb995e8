// Figures at a glance, and the tables behind them to take away.

import '../core/shell.js';
import { get } from '../core/api.js';
import { chip, empty, fill, find, h, s, table } from '../core/dom.js';
import { number } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { actor, pick, t, word } from '../core/page.js';
import { officeMap } from './parts/office_map.js';

const place = find('#dashboard');
const STATES = ['clear', 'measured', 'info', 'warning', 'blocking', 'dossier', 'certified'];
const WIDTH = 600;

const sum = (rows, name) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);

/** One bar split by share, with a legend that carries the numbers. */
function splitBar(parts) {
  const total = parts.reduce((all, p) => all + p.value, 0) || 1;
  let x = 0;
  const bar = s('svg', { viewBox: `0 0 ${WIDTH} 34`, class: 'split-bar', role: 'img', 'aria-label': parts.map((p) => `${p.title} ${number(p.value)}`).join(', '), preserveAspectRatio: 'none' },
    parts.map((p) => {
      const width = (p.value / total) * WIDTH;
      const piece = s('rect', { x, y: 0, width: Math.max(width - 1, 0.5), height: 34, class: `bar-${p.key}` }, s('title', {}, `${p.title}: ${number(p.value)}`));
      x += width;
      return piece;
    }));
  return h('figure', { class: 'chart' }, bar, h('figcaption', {}, parts.map((p) => h('span', {}, h('i', { class: `swatch swatch-state-${p.key}` }), `${p.title} `, h('strong', {}, number(p.value))))));
}

/** Horizontal bars, longest first. */
function bars(rows) {
  const largest = Math.max(1, ...rows.map((r) => r.value));
  return h('div', { class: 'bars' }, rows.map((r) => h('div', { class: 'bar-row' }, h('span', { class: 'bar-title' }, r.title), h('span', { class: 'bar-track' }, h('meter', { min: 0, max: largest, value: r.value, class: r.kind ?? '' })), h('strong', { class: 'number' }, number(r.value)))));
}

function figure(title, value, note, kind = '') {
  return h('div', { class: `card tile ${kind}` }, h('div', { class: 'figure' }, number(value)), h('div', {}, title), note ? h('small', {}, note) : null);
}

function draw(f) {
  const c = f.totals;
  const blocking = f.mismatches.filter((m) => m.severity === 'blocking');
  const papers = f.papers.papers ? Math.round((100 * f.papers.scans) / f.papers.papers) : 0;
  fill(place, period(f),
    h('div', { class: 'cards', id: 'totals' },
      figure(t('dashboard.received'), c.received, t('dashboard.received_how', { online: number(c.received_online), direct: number(c.received_direct) })),
      figure(t('dashboard.processed'), c.processed, t('dashboard.processed_how', { early: number(c.early), on_time: number(c.on_time), overdue: number(c.overdue) }), c.overdue ? 'bad' : ''),
      figure(t('dashboard.in_progress'), c.in_progress, t('dashboard.in_progress_how', { within: number(c.within), near: number(c.near), past: number(c.past_due) }), c.past_due ? 'bad' : ''),
      figure(t('dashboard.issued'), f.certificates_issued.first, t('dashboard.reissued', { n: number(f.certificates_issued.reissued) })),
      figure(t('dashboard.digitised'), papers, t('dashboard.digitised_how', { scans: number(f.papers.scans), papers: number(f.papers.papers) })),
      figure(t('dashboard.blocking'), sum(blocking, 'open'))),
    h('div', { class: 'columns even' }, h('section', {}, h('h2', {}, t('dashboard.map')), h('div', { class: 'card', id: 'office-map', 'aria-busy': 'true' })), slow(f)),
    f.dossiers.length ? office(f) : null,
    h('h2', {}, t('dashboard.parcels')),
    h('div', { class: 'card' }, splitBar(STATES.filter((k) => f.parcels[k]).map((k) => ({ key: k, title: t(`state.${k}`), value: f.parcels[k] })))),
    h('div', { class: 'columns even' },
      h('section', {}, h('h2', {}, t('dashboard.mismatches')), h('div', { class: 'card' },
        blocking.length ? bars(blocking.sort((a, b) => b.open - a.open).map((m) => ({ title: word(`code.${m.code}`, m.code), value: m.open, kind: 'blocking' }))) : empty(t('dashboard.no_mismatch'), ''))),
      h('section', {}, h('h2', {}, t('dashboard.where')), h('div', { class: 'card' },
        f.waiting.length ? bars(f.waiting.map((w) => ({ title: pick(w, 'state_title'), value: Number(w.times ?? w.dossiers ?? w.waiting ?? 0), kind: Number(w.overdue ?? 0) ? 'blocking' : '' }))) : empty(t('dashboard.no_dossier'), h('a', { href: '/dossiers/new' }, t('dashboard.no_dossier_next')))))),
    h('details', {}, h('summary', {}, t('dashboard.table')), tableOf(f)),
    h('p', {}, h('button', { type: 'button', onclick: () => download(f) }, t('dashboard.export'))));
}

/** Which step makes people wait: working days against what it may take; the worst named. */
function slow(f) {
  const steps = f.steps.filter((r) => r.median !== null && r.median !== undefined);
  const [blocks] = steps.filter((r) => r.caused || r.over_limit).sort((a, b) => b.caused - a.caused || b.over_limit - a.over_limit);
  const largest = Math.max(1, ...steps.map((r) => Math.max(r.p90, r.limit ?? 0)));
  const line = (r) => h('div', { class: `step-row${r === blocks ? ' blocks' : ''}` },
    h('span', { class: 'bar-title' }, pick(r, 'title'), r === blocks ? chip('blocking', t('dashboard.blocks')) : null),
    s('svg', { viewBox: '0 0 200 18', preserveAspectRatio: 'none', role: 'img', 'aria-label': t('dashboard.step_line', { median: days(r.median), p90: days(r.p90), limit: days(r.limit) }) },
      s('rect', { x: 0, y: 3, width: (200 * r.p90) / largest, height: 12, class: 'step-p90' }), s('rect', { x: 0, y: 3, width: (200 * r.median) / largest, height: 12, class: 'step-median' }),
      r.limit ? s('line', { x1: (200 * r.limit) / largest, x2: (200 * r.limit) / largest, y1: 0, y2: 18, class: 'step-limit' }) : null),
    h('span', { class: 'number' }, days(r.median)));
  return h('section', { id: 'slow-steps' }, h('h2', {}, t('dashboard.slow')), h('div', { class: 'card' }, steps.length
    ? [h('p', { class: 'hint' }, blocks ? t('dashboard.blocks_text', { step: pick(blocks, 'title'), n: number(blocks.caused || blocks.over_limit) }) : t('dashboard.no_block')), h('div', { class: 'bars' }, steps.map(line)), h('p', { class: 'hint' }, t('dashboard.slow_key'))]
    : empty(t('dashboard.no_steps'), '')));
}

/** From when to when: both days included; the figures are those of the last day. */
function period(f) {
  const form = h('form', { class: 'row', id: 'period', onsubmit: (event) => { event.preventDefault(); load(Object.fromEntries(new FormData(form))); } },
    h('label', {}, t('dashboard.since'), h('input', { type: 'date', name: 'since', value: f.since ?? '' })),
    h('label', {}, t('dashboard.until'), h('input', { type: 'date', name: 'until', value: f.until })),
    h('button', { type: 'submit' }, t('dashboard.show')));
  return form;
}

const days = (value) => (value === null || value === undefined ? '–' : number(value, 2));
const right = (title, cell) => ({ title: t(title), right: true, cell });

/** Where the time goes: procedures, steps, what was sent back, other systems, people. */
function office(f) {
  const lost = f.systems.length ? [h('h3', {}, t('dashboard.systems')), table([{ title: t('dashboard.system'), cell: (r) => r.system }, right('dashboard.times', (r) => number(r.times)), right('dashboard.open_now', (r) => number(r.open)), right('dashboard.lost_days', (r) => days(r.working_days))], f.systems)] : null;
  const back = f.sent_back.length ? [h('h3', {}, t('dashboard.sent_back')), table([{ title: t('dashboard.what'), cell: (r) => pick(r, 'title') }, right('dashboard.times', (r) => number(r.times)), { title: t('dashboard.reasons'), cell: (r) => r.reasons.slice(0, 5).map((x) => `${x.reason} (${number(x.times)})`).join('; ') }], f.sent_back)] : null;
  return h('section', { id: 'office' },
    h('h2', {}, t('dashboard.procedures')), table([{ title: t('dashboard.procedure'), cell: (r) => pick(r, 'title') }, right('dashboard.received', (r) => number(r.received)), right('dashboard.early', (r) => number(r.early)), right('dashboard.on_time', (r) => number(r.on_time)), right('dashboard.late', (r) => number(r.overdue)), right('dashboard.in_progress', (r) => number(r.in_progress)), right('dashboard.past', (r) => number(r.past_due))], f.dossiers),
    h('h2', {}, t('dashboard.steps')), h('p', { class: 'hint' }, t('dashboard.steps_text')),
    table([{ title: t('dashboard.step'), cell: (r) => [h('div', {}, pick(r, 'title')), h('small', {}, pick(f.dossiers.find((d) => d.procedure === r.procedure), 'title'))] }, right('dashboard.dossiers', (r) => number(r.dossiers)), right('dashboard.limit', (r) => days(r.limit)), right('dashboard.median', (r) => days(r.median)), right('dashboard.p90', (r) => days(r.p90)), right('dashboard.waited', (r) => days(r.waited)), right('dashboard.over', (r) => number(r.over_limit)), right('dashboard.caused', (r) => number(r.caused))], f.steps),
    back, lost,
    h('details', {}, h('summary', {}, t('dashboard.persons')), table([{ title: t('dashboard.person'), cell: (r) => r.person }, right('dashboard.steps_taken', (r) => number(r.steps)), right('dashboard.median', (r) => days(r.median)), right('dashboard.p90', (r) => days(r.p90))], f.persons)));
}

function tableOf(f) {
  return table([
    { title: t('dashboard.severity'), cell: (m) => chip(m.severity, t(`severity.${m.severity}`)) },
    { title: t('dashboard.kind'), cell: (m) => word(`code.${m.code}`, m.code) },
    { title: t('dashboard.open'), right: true, cell: (m) => number(m.open) }], f.mismatches);
}

/** The figures as a spreadsheet file, made here; a byte-order mark keeps the accents in Excel. */
function download(f) {
  const rows = [['group', 'name', 'value'],
    ...Object.entries(f.parcels).map(([k, v]) => ['parcels', t(`state.${k}`), v]),
    ...f.mismatches.map((m) => [`mismatches ${m.severity}`, word(`code.${m.code}`, m.code), m.open]),
    ...Object.entries(f.totals).map(([k, v]) => ['totals', k, v]),
    ...f.steps.flatMap((r) => ['dossiers', 'limit', 'median', 'p90', 'worked', 'waited', 'over_limit', 'caused'].map((k) => [`${r.procedure} ${pick(r, 'title')}`, k, r[k]])),
    ...f.waiting.map((w) => ['waiting', pick(w, 'state_title'), w.times ?? w.dossiers ?? w.waiting]),
    ...f.dossiers.flatMap((d) => Object.entries(d).filter(([, v]) => typeof v === 'number').map(([k, v]) => [`dossiers ${d.procedure ?? ''}`, k, v]))];
  const text = `\uFEFF${rows.map((r) => r.map((c) => `"${String(c).replaceAll('"', '""')}"`).join(';')).join('\r\n')}`;
  const link = h('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: 'so-lieu.csv' });
  link.click();
  URL.revokeObjectURL(link.href);
}

async function load(asked = {}) {
  try {
    draw(await get('/statistics', asked));
    const stage = find('#office-map');
    const commune = actor?.communes?.[0];
    if (commune) fill(stage, await officeMap(commune).catch((problem) => h('p', {}, problem.message)));
  } catch (problem) {
    refusedIn(place, problem, () => load());
  }
}

await load();
document.documentElement.dataset.ready = 'dashboard';
