// Figures at a glance, and the tables behind them to take away.

import '../core/shell.js';
import { get } from '../core/api.js';
import { chip, empty, fill, find, h, s, table } from '../core/dom.js';
import { number } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { pick, t, word } from '../core/page.js';

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
  const received = sum(f.dossiers, 'received');
  const overdue = sum(f.dossiers, 'overdue');
  const waiting = sum(f.waiting, 'times') || sum(f.waiting, 'dossiers') || sum(f.waiting, 'waiting');
  const issued = sum(f.certificates, 'issued') || sum(f.certificates, 'times') || f.certificates.length;
  const blocking = f.mismatches.filter((m) => m.severity === 'blocking');
  fill(place,
    h('div', { class: 'cards' },
      figure(t('dashboard.received'), received), figure(t('dashboard.waiting'), waiting),
      figure(t('dashboard.overdue'), overdue, '', overdue ? 'bad' : ''), figure(t('dashboard.issued'), issued),
      figure(t('dashboard.blocking'), sum(blocking, 'open'))),
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
    ...f.waiting.map((w) => ['waiting', pick(w, 'state_title'), w.times ?? w.dossiers ?? w.waiting]),
    ...f.dossiers.flatMap((d) => Object.entries(d).filter(([, v]) => typeof v === 'number').map(([k, v]) => [`dossiers ${d.procedure ?? ''}`, k, v]))];
  const text = `\uFEFF${rows.map((r) => r.map((c) => `"${String(c).replaceAll('"', '""')}"`).join(';')).join('\r\n')}`;
  const link = h('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: 'so-lieu.csv' });
  link.click();
  URL.revokeObjectURL(link.href);
}

async function load() {
  try {
    draw(await get('/statistics'));
  } catch (problem) {
    refusedIn(place, problem, load);
  }
}

await load();
document.documentElement.dataset.ready = 'dashboard';
