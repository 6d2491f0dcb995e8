// Blanks of the certificate form and printers: counts, ranges, damaged blanks, shifts, overprints.

import '../core/shell.js';
import { get, post } from '../core/api.js';
import { empty, fill, find, h, table } from '../core/dom.js';
import { number } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, data, t } from '../core/page.js';

const root = `/communes/${data.commune}`;
const told = new URLSearchParams(location.search);
const overprint = find('#overprint');
const printer = find('#printer');
overprint.elements.code.value = told.get('dossier') ?? '';

async function blanks() {
  const place = find('#blanks');
  try {
    const counted = await get(`${root}/blanks`);
    fill(place, ['free', 'used', 'spoiled'].map((status) => h('div', { class: `card tile${status === 'free' && counted.free === 0 ? ' bad' : ''}` },
      h('div', { class: 'figure', 'data-blanks': status }, number(counted[status])), h('div', {}, t(`stationery.${status}`)))));
  } catch (problem) {
    refusedIn(place, problem, blanks);
  }
}

async function printers() {
  const place = find('#printers');
  try {
    const { printers: known } = await get(`${root}/printers`);
    const choice = overprint.elements.printer;
    fill(choice, h('option', { value: '' }, t('stationery.no_shift')), known.map((p) => h('option', { value: p.name }, p.name)));
    if (known.length === 1) choice.value = known[0].name;
    fill(place, known.length ? table([
      { title: t('stationery.printer'), cell: (p) => p.name },
      { title: t('stationery.right'), right: true, cell: (p) => number(p.right_mm, 1) },
      { title: t('stationery.down'), right: true, cell: (p) => number(p.down_mm, 1) },
      { title: '', cell: (p) => [h('a', { class: 'button small', target: '_blank', rel: 'noopener', href: `/api/v1${root}/calibration.pdf?${new URLSearchParams({ printer: p.name })}` }, t('stationery.page')), ' ', h('button', { type: 'button', class: 'small', onclick: () => edit(p) }, t('stationery.change'))] },
    ], known) : empty(t('stationery.none'), t('stationery.none_next')));
  } catch (problem) {
    refusedIn(place, problem, printers);
  }
}

function edit(known) {
  printer.closest('details').open = true;
  for (const name of ['name', 'right_mm', 'down_mm']) printer.elements[name].value = known[name];
  printer.elements.right_mm.focus();
}

/** Send a form when it is submitted; empty it and look again when it was taken. */
function sending(form, path, values, said, again) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await post(`${root}${path}`, values(form.elements));
      notice(t(said), { kind: 'good' });
      form.reset();
      await again();
    } catch (problem) {
      refused(problem);
    }
  });
}

sending(printer, '/printers', (f) => ({ name: f.name.value.trim(), right_mm: Number(f.right_mm.value), down_mm: Number(f.down_mm.value) }), 'stationery.printer_saved', printers);
sending(find('#load'), '/blanks', (f) => ({ letters: f.letters.value, first: Number(f.first.value), count: Number(f.count.value) }), 'stationery.loaded', blanks);
sending(find('#spoil'), '/blanks/spoiled', (f) => ({ serial: f.serial.value, reason: f.reason.value.trim() }), 'stationery.spoiled_kept', blanks);

overprint.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { code, printer: chosen } = overprint.elements;
  const query = chosen.value ? `?${new URLSearchParams({ printer: chosen.value })}` : '';
  const path = `/api/v1/dossiers/${encodeURIComponent(code.value.trim())}/overprint.pdf${query}`;
  // Ask first: a refusal is told here and not as a blank tab.
  const answer = await fetch(path, { headers: { Accept: 'application/pdf, application/json' } });
  if (answer.ok) open(path, '_blank', 'noopener');
  else refused(Object.assign(new Error(), { items: [], message: await words(answer) }));
});

async function words(answer) {
  const body = await answer.json().catch(() => ({ title: answer.statusText }));
  return document.documentElement.lang === 'vi' ? (body.detail_vi ?? body.title_vi ?? body.title) : (body.detail ?? body.title);
}

find('#load').closest('details').hidden = !['registrar', 'admin'].includes(actor.role);
find('#spoil').closest('details').hidden = actor.role !== 'registrar';
printer.closest('details').hidden = !['registrar', 'officer', 'admin'].includes(actor.role);
find('#overprint-card').hidden = !['registrar', 'officer', 'chair'].includes(actor.role);
await Promise.all([blanks(), printers()]);
document.documentElement.dataset.ready = 'stationery';
