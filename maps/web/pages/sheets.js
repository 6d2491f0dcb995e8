// Sheets of the former communes: import with an account of every record, then the merge.

import '../core/shell.js';
import { get, post, send } from '../core/api.js';
import { chip, empty, fill, find, h, table } from '../core/dom.js';
import { date, number } from '../core/format.js';
import { refused, refusedIn } from '../core/notice.js';
import { actor, data, t } from '../core/page.js';
import { dropArea, report, runningJobs, showJob } from './parts/upload.js';

const form = find('#upload');
const progress = find('#progress');
const result = find('#result');
const input = dropArea(form);
for (const place of ['#import', '#paper', '#control']) find(place).hidden = !['officer', 'admin'].includes(actor.role);

/** What a form holds, without the fields that were left empty. */
function filled(sent) {
  const body = new FormData(sent);
  for (const name of [...body.keys()]) {
    const value = body.get(name);
    if (value === '' || (value instanceof File && !value.name)) body.delete(name);
  }
  return body;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!input.files.length) { input.click(); return; }
  fill(result);
  try {
    const { job } = await send(`/communes/${data.commune}/sheets`, filled(form));
    const ended = await followed(job);
    // After a refusal the files stay chosen, so that only the missing word has to be added.
    if (ended.status === 'done') form.reset();
    else suggest(ended);
  } catch (problem) {
    refused(problem);
  }
});

/** Put the mapping that a refusal suggests where it can be corrected and sent again. */
function suggest(job) {
  const all = [...(job.result?.problems ?? []), ...(job.problem ? [job.problem] : [])];
  const told = all.find((problem) => problem.suggestion !== undefined);
  // Every level that has lines is named: the person takes away what is no boundary.
  const lines = `boundary = [${(told?.levels ?? []).map((level) => JSON.stringify(level)).join(', ')}]\n`;
  if (told) correct(told.suggestion.includes('boundary') ? told.suggestion : lines + told.suggestion);
  else if (all.some((problem) => ['zone_unclear', 'columns_unclear'].includes(problem.code))) find('#word').open = true;
}

/** Open the levels of a drawing for correction. */
function correct(toml) {
  find('#import').open = true;
  find('#word').open = true;
  const area = find('[name=levels]', form);
  area.value = toml;
  area.focus();
}

find('#paper-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const sent = event.target;
  try {
    const paper = await send(`/communes/${data.commune}/sheets/paper`, filled(sent));
    fill(result, h('section', { class: 'card' }, h('h3', {}, t('sheets.paper_done', { sheet: paper.former_sheet, n: number(paper.parcels.length) })), h('p', {}, t('sheets.paper_found'))));
    sent.reset();
    await list();
  } catch (problem) {
    refused(problem);
  }
});

find('#control-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const sent = event.target;
  try {
    const { job } = await send(`/communes/${data.commune}/control`, filled(sent));
    const ended = await followed(job);
    if (ended.status === 'done') sent.reset();
  } catch (problem) {
    refused(problem);
  }
});

find('#merge').addEventListener('click', async () => {
  try {
    const { job } = await post(`/communes/${data.commune}/merges`);
    await followed(job);
  } catch (problem) {
    refused(problem);
  }
});

// What a job of each kind is called while it runs and tells when it ends, also after coming back to it.
const JOBS = { import_sheets: ['sheets.reading', imported], merge_commune: ['sheets.merging', merged], load_control: ['sheets.control_reading', controlled] };

async function followed(job) {
  const [title, told] = JOBS[job.kind];
  const ended = await showJob(progress, job, t(title));
  await told(ended);
  return ended;
}

function controlled(job) {
  const [done] = job.result?.results ?? [];
  if (done) fill(result, h('section', { class: 'card' }, h('h3', {}, t('sheets.control_done', { n: number(done.points) }))));
}

async function merged(job) {
  const [outcome] = job.result?.results ?? [];
  if (!outcome) return;
  fill(result, h('section', { class: 'card' }, h('h3', {}, t('sheets.merged', { n: number(outcome.parcels) })), h('p', {}, t('sheets.merged_text', { moved: number(outcome.moved), proposals: number(outcome.proposals) })), h('a', { class: 'button primary', href: `/map/${data.commune}` }, t('sheets.to_map'))));
  await list();
}

async function imported(job) {
  for (const one of job.result?.results ?? []) result.append(report(one.report, { correct }));
  await list();
}

async function list() {
  const place = find('#list');
  try {
    const { sheets } = await get(`/communes/${data.commune}/sheets`);
    // A commune begins here: what it needs first is not folded away.
    if (!sheets.length) find('#import').open = true;
    fill(place, sheets.length ? sheetTable(sheets) : empty(t('sheets.none'), t('sheets.none_next')));
  } catch (problem) {
    refusedIn(place, problem, list);
  }
}

function sheetTable(sheets) {
  const reports = new Map(sheets.filter((s) => s.report?.file).map((s) => [s.report.file, s.report]));
  const shown = h('div', { class: 'stack' });
  return [table([
    { title: t('sheets.number'), right: true, cell: (s) => (s.sheet === null ? '–' : number(s.sheet)) },
    { title: t('sheets.former'), cell: (s) => s.former_commune_name },
    { title: t('sheets.former_number'), right: true, cell: (s) => s.former_sheet },
    { title: t('sheets.scale'), right: true, cell: (s) => `1:${s.scale}` },
    { title: t('sheets.surveyed_on'), right: true, cell: (s) => date(s.surveyed_on) },
    { title: t('sheets.parcels'), right: true, cell: (s) => number(s.parcels) },
    { title: t('sheets.file'), cell: (s) => (s.medium === 'paper' ? chip('info', t('sheets.paper')) : account(s.report, reports, shown)) },
  ], sheets), shown];
}

function account(r, reports, shown) {
  if (!r?.file) return '';
  // One file may hold many sheets: its account is opened from the first of them.
  if (!reports.has(r.file)) return h('small', {}, r.file);
  const first = reports.get(r.file);
  reports.delete(r.file);
  const open = () => { fill(shown, report(first, { correct })); shown.scrollIntoView({ behavior: 'smooth', block: 'start' }); };
  return h('button', { type: 'button', class: 'small', onclick: open }, r.file, r.refused ? ` (${t('report.refused', { n: number(r.refused) })})` : '');
}

const { communes } = await get('/communes').catch(() => ({ communes: [] }));
const commune = communes.find((c) => c.code === data.commune);
for (const choice of document.querySelectorAll('[name=former_commune]')) choice.append(...(commune?.former_communes ?? []).map((f) => h('option', { value: f.code }, `${f.kind} ${f.name}`)));
await list();
document.documentElement.dataset.ready = 'sheets';
for (const job of await runningJobs(data.commune, Object.keys(JOBS))) followed(job).catch(refused);
