// One dossier: where it stands, what may be done now, what holds it, its papers and its history.

import '../core/shell.js';
import { get, key, post, Problem } from '../core/api.js';
import { chip, empty, facts, fill, find, h } from '../core/dom.js';
import { date, moment, number } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, data, parcelName, pick, t, word } from '../core/page.js';
import { counterCard, marks } from './parts/counter.js';
import { named } from './parts/people.js';
import { deadline } from './parts/dossier_table.js';
import { inputsOf, valuesOf } from './parts/inputs.js';

const place = find('#dossier');
const path = `/dossiers/${encodeURIComponent(data.code)}`;
let dossier;

async function load() {
  try {
    dossier = await get(path);
    draw();
  } catch (problem) {
    refusedIn(place, problem, load);
  }
}

function draw() {
  const d = dossier;
  fill(place,
    h('div', { class: 'page-head' },
      h('div', {}, h('p', { class: 'eyebrow' }, pick(d, 'procedure_title')), h('h1', { class: 'number' }, d.code),
        h('p', { class: 'row' }, h('strong', { id: 'state', 'data-state': d.state }, pick(d, 'state_title')), deadline(d), marks(d), h('small', {}, pick(d, 'step_title')))),
      d.certificate ? h('a', { class: 'card link-card', href: `/verify/${encodeURIComponent(d.certificate.token)}`, id: 'certificate' }, h('strong', {}, t('dossier.certificate', { serial: d.certificate.serial })), h('small', {}, d.certificate.number)) : null),
    h('div', { class: 'columns' },
      h('div', { class: 'stack' }, actionsCard(d), papers(d), timeline(d)),
      h('div', { class: 'stack' }, summary(d), related(d), clock(d), counterCard(d, load), obstacles(d))));
  document.documentElement.dataset.ready = 'dossier';
}

function summary(d) {
  return h('section', { class: 'card' }, h('h3', {}, t('dossier.summary')), facts([
    [t('common.parcel'), d.parcel_uid ? h('a', { href: `/map/${d.commune}?parcel=${d.parcel_uid}` }, parcelName(d.parcel_label) || t('common.open')) : null],
    [t('common.people'), h('ul', { class: 'plain' }, (d.parties ?? []).map((p) => h('li', {}, p.name, p.share && p.share !== '1' ? ` (${p.share})` : '')))],
    [t('dossier.channel'), word(`dossier.channel.${d.channel}`, d.channel)],
    [t('common.lodged'), moment(d.lodged_at)],
    [t('dossier.about'), d.about_certificate ? `${d.about_certificate.serial} · ${d.about_certificate.number}` : null]]));
}

// The same person or parcel in another open dossier is a warning; earlier ones are one click away.
function related(d) {
  if (!d.related.length) return null;
  return h('section', { class: 'card', id: 'related' }, h('h3', {}, t('dossier.other')), h('ul', { class: 'plain links' }, d.related.map(other)));
}

function other(o) {
  const shared = ['people', 'parcel'].filter((what) => o[what]).map((what) => t(`dossier.same.${what}`)).join(', ');
  return h('li', {}, h('span', { class: 'row' }, h('a', { href: `/dossiers/${encodeURIComponent(o.code)}`, class: 'number' }, o.code), chip(o.open ? 'warning' : 'plain', shared)), h('small', {}, [pick(o, 'procedure_title'), date(o.lodged_at), o.open ? t('dossier.open') : t('dossier.closed')].join(' · ')));
}

function clock(d) {
  const c = d.clock ?? {};
  return h('section', { class: 'card' }, h('h3', {}, t('dossier.clock')),
    c.days_limit ? h('progress', { max: c.days_limit, value: Math.min(c.days_used ?? 0, c.days_limit) }) : null,
    h('p', {}, t('dossier.used', { used: number(c.days_used ?? 0), limit: number(c.days_limit ?? 0) }), c.stopped_by ? [' ', chip('info', word(`dossier.stop.${c.stopped_by}`, t('common.stopped')))] : null),
    facts(Object.entries(c.due ?? {}).map(([name, day]) => [word(`dossier.due.${name}`, name), date(day)])));
}

function obstacles(d) {
  if (!d.mismatches?.length) return null;
  return h('section', { class: 'card', id: 'mismatches' }, h('h3', {}, t('dossier.mismatches')),
    d.mismatches.map((m) => h('p', {}, chip(m.severity, word(`code.${m.code}`, m.code)), h('br'), h('small', {}, pick(m, 'message')))),
    h('a', { class: 'button small', href: `/map/${d.commune}?parcel=${d.parcel_uid}` }, t('dossier.to_map')));
}

function actionsCard(d) {
  if (d.final) return null;
  const list = d.actions ?? [];
  return h('section', { class: 'card', id: 'actions' }, h('h3', {}, t('dossier.actions')),
    list.length ? [ahead(list.filter((a) => !a.stays)), beside(list.filter((a) => a.stays))] : empty(t('dossier.no_action'), t('dossier.no_action_next', { role: t(`role.${actor.role}`) })));
}

const ahead = (list) => [...list].sort((a, b) => weight(a) - weight(b)).map((a) => actionBlock(a));

// Steps that leave the dossier where it is: an apology, a wait on another system.
const beside = (list) => (list.length ? h('details', { id: 'beside' }, h('summary', {}, t('dossier.beside')), ahead(list)) : null);

// What can be done with one press comes first, then what asks something, then what is held up.
const weight = (a) => (a.unmet?.length ? 2 : a.inputs?.length ? 1 : 0);

function actionBlock(a) {
  const unmet = a.unmet ?? [];
  const button = h('button', { type: 'submit', class: a.allowed ? 'primary' : '', disabled: !a.allowed, 'data-action': a.action }, pick(a, 'title'));
  const form = h('form', { class: 'form', 'data-form': a.action, onsubmit: (event) => { event.preventDefault(); act(a, form, button); } }, inputsOf(a.inputs ?? []), button);
  const checklist = unmet.length ? h('ul', { class: 'unmet' }, unmet.map((u) => h('li', {}, pick(u, 'message'), u.items?.length ? h('ul', {}, u.items.map((i) => h('li', {}, pick(i, 'message') || (typeof i === 'string' ? i : i.code ?? '')))) : null))) : null;
  const plain = !(a.inputs ?? []).length && !unmet.length;
  return plain ? h('div', { class: 'action' }, form)
    : h('details', { class: 'action', 'data-of': a.action }, h('summary', {}, pick(a, 'title'), ' ', unmet.length ? chip('warning', t('dossier.unmet', { n: number(unmet.length) })) : null), checklist, form);
}

async function act(a, form, button) {
  button.disabled = true;
  try {
    dossier = await post(`${path}/actions/${a.action}`, valuesOf(form, a.inputs ?? []), { version: dossier.row_version });
    notice(t('dossier.done', { action: pick(a, 'title') }), { kind: 'good' });
    draw();
  } catch (problem) {
    refused(problem);
    if (problem.status === 409 || problem.status === 412) await load();
    button.disabled = false;
  }
}

function papers(d) {
  const list = (d.documents ?? []).filter((p) => !p.superseded);
  const line = (p) => h('li', {}, p.href ? h('a', { href: p.href, target: '_blank', rel: 'noopener', 'data-document': p.kind }, p.title) : h('span', {}, p.title),
    h('small', {}, [date(p.created_at), p.version > 1 ? t('dossier.version', { n: p.version }) : '', p.signed_by ? t('dossier.signed', { by: named(d, p.signed_by) }) : '', p.href ? '' : t('dossier.no_scan'), ['waiting', 'unread'].includes(p.reading) ? t(`dossier.reading.${p.reading}`) : ''].filter(Boolean).join(' · ')));
  const group = (direction) => {
    const some = list.filter((p) => p.direction === direction);
    return some.length ? [h('h4', {}, t(`dossier.papers.${direction}`)), h('ul', { class: 'plain links' }, some.map(line))] : null;
  };
  const drafts = d.drafts.length ? [h('h4', {}, t('dossier.papers.draft')), h('ul', { class: 'plain links' }, d.drafts.map((p) => h('li', {}, h('a', { href: p.href, target: '_blank', rel: 'noopener', 'data-draft': p.kind }, pick(p, 'title')))))] : null;
  return h('section', { class: 'card', id: 'papers' }, h('h3', {}, t('dossier.papers')), drafts, group('made'), group('lodged'), attach(d, list));
}

function attach(d, list) {
  const lodged = list.filter((p) => p.direction === 'lodged');
  if (d.final || !['registrar', 'officer'].includes(actor.role) || !lodged.length) return null;
  const form = h('form', { class: 'form', onsubmit: async (event) => {
    event.preventDefault();
    const response = await fetch(`/api/v1${path}/documents`, { method: 'POST', body: new FormData(form), headers: { 'If-Match': `"${dossier.row_version}"`, 'Idempotency-Key': key() } });
    const body = await response.json();
    if (!response.ok) { refused(new Problem(body, response.status)); return; }
    dossier = body;
    draw();
  } },
  h('label', {}, t('dossier.attach.kind'), h('select', { name: 'kind' }, lodged.map((p) => h('option', { value: p.kind }, p.title)))),
  h('label', {}, t('dossier.attach.file'), h('input', { type: 'file', name: 'file', required: true, accept: 'application/pdf,image/jpeg' })),
  h('button', { type: 'submit' }, t('dossier.attach.do')));
  return h('details', {}, h('summary', {}, t('dossier.attach')), form);
}

function timeline(d) {
  return h('section', { class: 'card' }, h('h3', {}, t('dossier.timeline')), h('ol', { class: 'timeline', id: 'timeline' }, [...(d.timeline ?? [])].reverse().map((e) => h('li', { 'data-action': e.action },
    h('strong', {}, pick(e, 'action_title')), h('div', {}, pick(e, 'to_state_title')), h('small', {}, `${moment(e.at)} · ${named(d, e.actor)} (${word(`role.${e.role}`, e.role)})`)))));
}

await load();
