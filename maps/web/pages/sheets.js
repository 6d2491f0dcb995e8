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
find('#import').hidden = !['officer', 'admin'].includes(actor.role);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!input.files.length) { input.click(); return; }
  fill(result);
  const body = new FormData(form);
  for (const name of ['scale', 'sheet', 'surveyed_on']) if (!body.get(name)) body.delete(name);
  try {
    const { job } = await send(`/communes/${data.commune}/sheets`, body);
    await imported(await showJob(progress, job, t('sheets.reading')));
    form.reset();
  } catch (problem) {
    refused(problem);
  }
});

find('#merge').addEventListener('click', async () => {
  try {
    const { job } = await post(`/communes/${data.commune}/merges`);
    const ended = await showJob(progress, job, t('sheets.merging'));
    const [outcome] = ended.result?.results ?? [];
    if (outcome) fill(result, h('section', { class: 'card' }, h('h3', {}, t('sheets.merged', { n: number(outcome.parcels) })), h('p', {}, t('sheets.merged_text', { moved: number(outcome.moved), proposals: number(outcome.proposals) })), h('a', { class: 'button primary', href: `/map/${data.commune}` }, t('sheets.to_map'))));
  } catch (problem) {
    refused(problem);
  }
});

async function imported(job) {
  for (const one of job.result?.results ?? []) result.append(report(one.report));
  await list();
}

async function list() {
  const place = find('#list');
  try {
    const { sheets } = await get(`/communes/${data.commune}/sheets`);
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
  const open = () => { fill(shown, report(first)); shown.scrollIntoView({ behavior: 'smooth', block: 'start' }); };
  return h('button', { type: 'button', class: 'small', onclick: open }, r.file, r.refused ? ` (${t('report.refused', { n: number(r.refused) })})` : '');
}

const { communes } = await get('/communes').catch(() => ({ communes: [] }));
const commune = communes.find((c) => c.code === data.commune);
find('[name=former_commune]').append(...(commune?.former_communes ?? []).map((f) => h('option', { value: f.code }, `${f.kind} ${f.name}`)));
await list();
document.documentElement.dataset.ready = 'sheets';
for (const job of await runningJobs(data.commune, ['import_sheets', 'merge_commune'])) showJob(progress, job, t('sheets.reading')).then(imported);
