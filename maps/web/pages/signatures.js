// Signing a batch: everything that waits for a signature on one page, looked at, then signed.

import '../core/shell.js';
import { get, post } from '../core/api.js';
import { chip, empty, facts, fill, find, h } from '../core/dom.js';
import { area, date, number, today } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, data, parcelName, pick, t } from '../core/page.js';
import { named } from './parts/people.js';

const place = find('#signatures');
const path = `/communes/${data.commune}/signatures`;
const BATCH = 100;
let waiting = [];
let all = 0;
let more = false;

async function load() {
  try {
    await fetchNext();
    draw();
  } catch (problem) {
    refusedIn(place, problem, load);
  }
}

/** The first dossiers that wait, or those after the last one shown. */
async function fetchNext(after = '') {
  const answer = await get(path, after ? { after } : {});
  waiting = after ? [...waiting, ...answer.dossiers] : answer.dossiers;
  ({ waiting: all, more } = answer);
}

/** The next ones below those already looked at, whose ticks stay as they are. */
async function showMore(event) {
  event.target.disabled = true;
  const ticked = new Map([...find('form', place).elements].filter((e) => e.type === 'checkbox').map((e) => [e.name, e.checked]));
  try {
    await fetchNext(waiting.at(-1).code);
    draw();
    for (const [code, checked] of ticked) find('form', place).elements[code].checked = checked;
  } catch (problem) {
    refused(problem);
    event.target.disabled = false;
  }
}

const ready = (d) => d.actions.some((a) => a.allowed);

function draw(results = []) {
  const told = new Map(results.map((r) => [r.code, r]));
  fill(place, waiting.length ? h('form', { class: 'stack', onsubmit: sign },
    h('p', { class: 'hint', id: 'shown' }, t('signatures.shown', { n: number(waiting.length), all: number(all) })),
    waiting.map((d) => review(d, told.get(d.code))),
    more ? h('p', {}, h('button', { type: 'button', id: 'more', onclick: showMore }, t('signatures.more'))) : null,
    h('p', {}, h('button', { type: 'submit', class: 'primary', id: 'sign', disabled: !waiting.some(ready) }, t('signatures.do'))))
    : empty(t('signatures.none'), t('signatures.none_next')));
}

function review(d, result) {
  const unmet = d.actions.flatMap((a) => a.unmet ?? []);
  const papers = d.documents.filter((p) => !p.superseded && p.href);
  return h('section', { class: 'card', 'data-code': d.code },
    h('label', { class: 'check' }, h('input', { type: 'checkbox', name: d.code, checked: ready(d), disabled: !ready(d) }), h('span', {}, h('a', { href: `/dossiers/${encodeURIComponent(d.code)}`, class: 'number' }, d.code), ` · ${pick(d, 'procedure_title')}`)),
    facts([
      [t('common.parcel'), d.parcel_uid ? h('a', { href: `/map/${d.commune}?parcel=${d.parcel_uid}` }, parcelName(d.parcel_label)) : null],
      [t('signatures.area'), d.area_m2 ? `${area(d.area_m2)}${d.area_reason_vi ? ` · ${pick(d, 'area_reason')}` : ''}` : null],
      [t('common.people'), d.parties.map((p) => `${p.name}${p.share === '1' ? '' : ` (${p.share})`}`).join('; ')],
      [t('dossier.about'), d.about_certificate ? `${d.about_certificate.serial} · ${d.about_certificate.number}` : null],
      ...d.findings.map((f) => [pick(f, 'title'), f.value]),
      [t('signatures.grounds'), d.grounds],
      [t('signatures.prepared'), d.prepared_by.map((who) => named(d, who)).join(', ')],
      [t('common.deadline'), Object.values(d.clock.due).sort().map(date).at(-1)],
      [t('signatures.drafts'), d.drafts.length ? h('ul', { class: 'plain' }, d.drafts.map((p) => h('li', {}, h('a', { href: p.href, target: '_blank', rel: 'noopener', class: 'button small', 'data-draft': p.kind }, t('signatures.draft', { paper: pick(p, 'title') }))))) : null],
      [t('dossier.papers'), papers.length ? h('ul', { class: 'plain' }, papers.map((p) => h('li', {}, h('a', { href: p.href, target: '_blank', rel: 'noopener' }, p.title)))) : null]]),
    unmet.length ? h('ul', { class: 'unmet' }, unmet.map((u) => h('li', {}, pick(u, 'message')))) : null,
    result?.status === 'refused' ? h('p', {}, chip('blocking', t('signatures.refused')), ' ', pick(result, 'message')) : null);
}

async function sign(event) {
  event.preventDefault();
  const form = event.target;
  const dossiers = waiting.filter((d) => form.elements[d.code]?.checked).map((d) => ({ code: d.code, row_version: d.row_version }));
  if (!dossiers.length) return;
  find('#sign').disabled = true;
  try {
    const results = [];
    for (let first = 0; first < dossiers.length; first += BATCH) results.push(...(await post(path, { dossiers: dossiers.slice(first, first + BATCH) })).results);
    const signed = results.filter((r) => r.status === 'signed').length;
    notice(t('signatures.done', { signed: number(signed), refused: number(results.length - signed) }), { kind: signed < results.length ? 'warning' : 'good' });
    await fetchNext();
    draw(results);
  } catch (problem) {
    refused(problem);
    find('#sign').disabled = false;
  }
}

// Who signs instead of the chairman, from when to when ------------------------------------------

const delegates = find('#delegations');

async function delegations() {
  const where = `/communes/${data.commune}/delegations`;
  const [{ delegations: rows }, { colleagues }] = await Promise.all([get(where), get(`/communes/${data.commune}/colleagues`)]);
  const again = async (work) => { try { await work(); await delegations(); } catch (problem) { refused(problem); } };
  const known = new Map(colleagues.map((c) => [c.username, c.display_name]));
  fill(delegates, h('h2', {}, t('signatures.delegations')),
    rows.length ? h('ul', {}, rows.map((r) => h('li', {}, `${known.get(r.taken_by) ?? r.taken_by} (${r.title}) · ${date(r.starts_on)} – ${date(r.ended_on ?? r.ends_on)} · ${r.reference} `,
      r.in_force ? chip('good', t('signatures.in_force')) : null, ' ',
      !r.ended_on && r.given_by === actor.username ? h('button', { type: 'button', class: 'small', onclick: () => again(() => post(`${where}/${r.delegation_id}/end`)) }, t('signatures.end')) : null))) : h('p', { class: 'hint' }, t('signatures.no_delegation')),
    actor.role === 'chair' ? h('details', {}, h('summary', {}, t('signatures.delegate')), h('form', { class: 'form', onsubmit: (event) => { event.preventDefault(); again(() => post(where, Object.fromEntries(new FormData(event.target)))); } },
      h('label', {}, t('signatures.to'), h('select', { name: 'taken_by' }, colleagues.filter((c) => c.username !== actor.username).map((c) => h('option', { value: c.username }, `${c.display_name} (${c.username})`)))),
      h('label', {}, t('signatures.from_day'), h('input', { type: 'date', name: 'starts_on', required: true, min: today() })),
      h('label', {}, t('signatures.until_day'), h('input', { type: 'date', name: 'ends_on', required: true, min: today() })),
      h('label', {}, t('signatures.reference'), h('input', { name: 'reference', required: true, maxlength: 200 })),
      h('button', { type: 'submit' }, t('signatures.delegate')))) : null);
}

await Promise.all([load(), delegations()]);
document.documentElement.dataset.ready = 'signatures';
