// Sending files: drag and drop, progress that moves, a job that can be left and come back to.

import { follow, get } from '../../core/api.js';
import { chip, fill, find, h, table } from '../../core/dom.js';
import { coordinate, number } from '../../core/format.js';
import { pick, t, word } from '../../core/page.js';

const LINES_SHOWN = 100;

/** Make the drop area of a form take files. */
export function dropArea(form) {
  const area = find('#drop', form);
  const input = find('input[type=file]', area);
  const chosen = find('#chosen', area);
  const said = chosen.textContent;
  const show = () => { chosen.textContent = input.files.length ? [...input.files].map((f) => f.name).join(', ') : said; };
  input.addEventListener('change', show);
  for (const name of ['dragover', 'dragenter']) area.addEventListener(name, (event) => { event.preventDefault(); area.classList.add('over'); });
  for (const name of ['dragleave', 'drop']) area.addEventListener(name, () => area.classList.remove('over'));
  area.addEventListener('drop', (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    show();
  });
  form.addEventListener('reset', () => setTimeout(show));
  return input;
}

/** Show a job as it runs; resolves with the ended job. */
export async function showJob(place, job, title) {
  const bar = h('progress', { max: 1, value: 0 });
  const stage = h('p', { class: 'hint' });
  const card = h('section', { class: 'card', 'data-job': job.job_id, 'aria-live': 'polite' }, h('h3', {}, title), bar, stage);
  place.append(card);
  const draw = (now) => {
    bar.value = now.progress ?? 0;
    stage.textContent = now.status === 'running' ? `${word(`job.stage.${now.stage}`, t('job.running'))} ${number((now.progress ?? 0) * 100)} %` : t(`job.${now.status}`);
    card.dataset.status = now.status;
  };
  draw(job);
  const ended = await follow(job.job_id, draw);
  if (ended.status === 'done') card.remove();
  else fill(card, h('h3', {}, title), chip('blocking', t('job.failed')), problems(ended));
  return ended;
}

/** Jobs of a commune that are still at work, to be followed again after coming back. */
export async function runningJobs(commune, kinds) {
  const { jobs } = await get(`/communes/${commune}/jobs`).catch(() => ({ jobs: [] }));
  return jobs.filter((job) => kinds.includes(job.kind) && (job.status === 'queued' || job.status === 'running'));
}

/** Why files were refused, with the row and the field where they are known. */
export function problems(job) {
  const all = job.result?.problems?.length ? job.result.problems : [job.problem].filter(Boolean);
  return h('ul', {}, all.map((p) => h('li', {}, p.file ? h('strong', {}, `${p.file}: `) : null, pick(p, 'detail') || pick(p, 'title'),
    p.row ? ` (${t('report.row', { n: p.row })}${p.field ? `, ${p.field}` : ''})` : '')));
}

/** The accounting of a file: every record loaded, repaired or refused, with the reasons. */
export function report(r, { correct } = {}) {
  const outcome = { repaired: 'warning', refused: 'blocking' };
  const lines = r.lines ?? [];
  return h('section', { class: 'card report' },
    h('h3', {}, r.file ?? ''),
    h('p', { class: 'row' }, h('span', {}, t('report.records', { n: number(r.records) })), chip('good', t('report.loaded', { n: number(r.loaded) })),
      r.repaired ? chip('warning', t('report.repaired', { n: number(r.repaired) })) : null, r.refused ? chip('blocking', t('report.refused', { n: number(r.refused) })) : null),
    noted(r, 'ZONE').map(zone), noted(r, 'LEVELS').map((n) => levels(n, correct)),
    r.notes?.length ? h('details', {}, h('summary', {}, t('report.notes', { n: number(r.notes.length) })), h('ul', {}, r.notes.map((n) => h('li', {}, said(n))))) : null,
    lines.length ? h('details', { open: lines.length <= 8 }, h('summary', {}, t('report.lines', { n: number(lines.length) })), table([
      { title: t('report.row_title'), right: true, cell: (l) => number(l.record) },
      { title: '', cell: (l) => chip(outcome[l.outcome] ?? 'info', t(`report.outcome.${l.outcome}`)) },
      { title: t('report.reason'), cell: (l) => pick(l, 'reason') },
      { title: 'm²', right: true, cell: (l) => (l.change_m2 ? number(l.change_m2, 2) : '') },
      { title: 'X / Y', cell: (l) => (l.north ? h('span', { class: 'number' }, `${coordinate(l.north, 1)} / ${coordinate(l.east, 1)}`) : '') },
    ], lines.slice(0, LINES_SHOWN)), lines.length > LINES_SHOWN ? h('p', { class: 'hint' }, t('report.more', { n: number(lines.length - LINES_SHOWN) })) : null) : null,
    lines.length ? h('p', {}, linesFile(r)) : null);
}

const said = (note) => pick(note, 'reason') || note[document.documentElement.lang] || note.vi;
const noted = (r, code) => (r.notes ?? []).filter((note) => note.code === code);

/** In which zone the file is, and by what evidence. */
function zone(note) {
  const wrong = note.declared_srid && note.declared_srid !== note.found_srid;
  // A zone that a person gave against the outline is obeyed, and looks like what it is.
  return h('p', {}, chip(wrong || note.contradicted_m ? 'warning' : 'info', `EPSG:${note.found_srid}`), ' ', said(note),
    wrong ? ` ${t('report.declared', { declared: note.declared, away: note.displaced_m ? number(note.displaced_m) : '–' })}` : '');
}

/** For what the levels of a drawing were taken, and the way to correct it. */
function levels(note, correct) {
  return h('details', {}, h('summary', {}, t('report.levels')), h('p', { class: 'hint' }, said(note)), h('pre', {}, note.toml ?? ''),
    correct ? h('button', { type: 'button', class: 'small', onclick: () => correct(note.toml) }, t('report.levels_correct')) : null);
}

/** All lines of an account as a table file that spreadsheets open. */
function linesFile(r) {
  const columns = ['record', 'outcome', 'field', 'reason_vi', 'reason_en', 'east', 'north', 'change_m2', 'original'];
  const cell = (value) => `"${String(value ?? '').replaceAll('"', '""').replace(/^([=+@-])(?=\D)/, "'$1")}"`;
  const rows = [columns.join(','), ...r.lines.map((line) => columns.map((name) => cell(line[name])).join(','))];
  const address = URL.createObjectURL(new Blob(['\ufeff', rows.join('\r\n')], { type: 'text/csv' }));
  return h('a', { class: 'button small', href: address, download: `${r.file}.csv` }, t('report.download', { n: number(r.lines.length) }));
}
