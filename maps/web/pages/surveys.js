// Measurements: send a file, see it read and compared with the map, look at earlier ones.

import '../core/shell.js';
import { get, post, send } from '../core/api.js';
import { chip, empty, facts, fill, find, h } from '../core/dom.js';
import { moment, number } from '../core/format.js';
import { refused, refusedIn } from '../core/notice.js';
import { actor, data, t, who, word } from '../core/page.js';
import { dropArea, report, runningJobs, showJob } from './parts/upload.js';

const form = find('#upload');
const progress = find('#progress');
const result = find('#result');
const input = dropArea(form);
form.hidden = !['surveyor', 'officer', 'admin'].includes(actor.role);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!input.files.length) { input.click(); return; }
  const button = find('button[type=submit]', form);
  button.disabled = true;
  fill(result);
  const body = new FormData(form);
  for (const name of ['label', 'surveyed_on', 'scale']) if (!body.get(name)) body.delete(name);
  for (const name of ['control', 'sequences']) if (!body.get(name)?.size) body.delete(name);
  try {
    const { job } = await send(`/communes/${data.commune}/surveys`, body);
    fill(progress);
    const ended = await showJob(progress, job, t('surveys.reading'));
    // What was refused stays chosen: often only the zone or the order has to be told.
    if (ended.status === 'done') form.reset();
    else askFor(ended);
    await recorded(ended);
  } catch (problem) {
    refused(problem);
  } finally {
    button.disabled = false;
  }
});

/** Open the choices that a refusal asks for. */
function askFor(job) {
  const asked = (job.result?.problems ?? [job.problem]).map((p) => p?.field).find((name) => name === 'crs' || name === 'axes');
  if (!asked) return;
  find('#more').open = true;
  form.elements[asked].focus();
}

/** Whether a survey was found sound, and what to look at where it was not. */
function judged(one) {
  const failed = (one.report.checks ?? []).filter((check) => !check.passed);
  const sound = !failed.length && !one.report.refused && !one.mismatches;
  return h('section', { class: 'card', id: 'judged' }, h('p', {}, sound ? chip('good', t('surveys.sound')) : chip('warning', t('surveys.look_at', { n: number(failed.length + one.report.refused + one.mismatches) }))),
    failed.length ? h('ul', {}, failed.map((check) => h('li', {}, check[document.documentElement.lang] ?? check.vi))) : null);
}

async function recorded(job) {
  for (const one of job.result?.results ?? []) {
    if (one.report) result.append(judged(one));
    result.append(report(one.report));
    if (one.survey_uid) result.append(h('p', {}, h('a', { class: 'button', href: `/surveys/${one.survey_uid}` }, t('surveys.open'))));
    if (one.unchanged) result.append(h('p', { class: 'hint' }, t('surveys.same')));
  }
  if (job.status === 'done' && find('#compare').checked) await compare((job.result?.results ?? []).map((one) => one.survey_uid).filter(Boolean));
  await list();
}

// Only what was sent now, and the surveys beside it: not the whole commune.
async function compare(surveys) {
  const { job } = await post(`/communes/${data.commune}/reconciliations`, surveys.length ? { surveys } : {});
  const ended = await showJob(progress, job, t('surveys.comparing'));
  const [outcome] = ended.result?.results ?? [];
  if (outcome) result.append(h('section', { class: 'card', id: 'comparison' }, h('h3', {}, t('surveys.compared')), verdicts(outcome.verdicts), h('p', {}, h('a', { class: 'button primary', href: `/map/${data.commune}` }, t('surveys.to_map')))));
}

const KIND = { within: 'good', confirmed_unchanged: 'good', unchanged_area_differs: 'info', not_confirmed: 'warning', changed: 'blocking', conflict: 'blocking', encroachment: 'blocking', position_wrong: 'blocking', unmapped: 'blocking' };

function verdicts(counts = {}) {
  return h('ul', { class: 'plain verdicts' }, Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([verdict, n]) => h('li', {}, chip(KIND[verdict] ?? 'info', `${number(n)} ${word(`verdict.${verdict}`, verdict)}`))));
}

async function list() {
  const place = find('#list');
  try {
    const { surveys } = await get(`/communes/${data.commune}/surveys`);
    fill(place, surveys.length ? surveys.map(card) : empty(t('surveys.none'), t('surveys.none_next')));
  } catch (problem) {
    refusedIn(place, problem, list);
  }
}

function card(s) {
  return h('article', { class: 'card', 'data-survey': s.survey_uid },
    h('h3', {}, h('a', { href: `/surveys/${s.survey_uid}` }, s.label), s.version > 1 ? ` (${t('surveys.version', { n: s.version })})` : ''),
    facts([[t('surveys.file'), s.file], [t('surveys.parcels'), number(s.measured)], [t('surveys.sent'), `${moment(s.uploaded_at)}, ${who(s.uploaded_by)}`]]),
    verdicts(s.verdicts),
    s.report?.lines?.length || s.report?.notes?.length ? h('details', {}, h('summary', {}, t('report.show')), report(s.report)) : null);
}

const again = new URLSearchParams(location.search).get('label');
if (again) form.elements.label.value = again;
await list();
document.documentElement.dataset.ready = 'surveys';
for (const job of await runningJobs(data.commune, ['record_survey'])) showJob(progress, job, t('surveys.reading')).then(recorded);
