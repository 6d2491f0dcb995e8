// Receiving a dossier: the procedure, the parcel, the people, the papers handed in.

import '../core/shell.js';
import { get, post } from '../core/api.js';
import { chip, fill, find, h } from '../core/dom.js';
import { refused } from '../core/notice.js';
import { data, parcelName, pick, t } from '../core/page.js';
import { canScan, scan } from '../core/scan.js';

const form = find('#lodge');
const problemLine = find('#problem');
const PAUSE_MS = 250;
const hasCamera = canScan();
let procedures = [];
let parcel = null;

/** A field that searches while one types: only the answer to the last words is shown. */
function searches(input, place, ask, cleared) {
  let waiting;
  let asked = 0;
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    const mine = ++asked;
    const q = input.value.trim();
    if (q.length < 2) { cleared(); return; }
    waiting = setTimeout(() => ask(q).then((found) => { if (mine === asked) fill(place, found); }).catch(refused), PAUSE_MS);
  });
}

const choices = (buttons, none) => (buttons.length ? h('div', { class: 'stack choices' }, buttons) : h('p', { class: 'hint' }, none));

function party() {
  const block = h('fieldset', { class: 'party form-grid' },
    h('label', {}, t('new_dossier.name'), h('input', { 'data-field': 'name', required: true, maxlength: 200, autocomplete: 'off' })),
    h('label', {}, t('new_dossier.id_number'), h('input', { 'data-field': 'id_number', inputmode: 'numeric', maxlength: 20, pattern: '[0-9]{9,12}' })),
    h('label', {}, t('new_dossier.birth_date'), h('input', { 'data-field': 'birth_date', type: 'date' })),
    h('label', {}, t('new_dossier.gender'), h('select', { 'data-field': 'gender' }, h('option', { value: '' }, ''), ['Nam', 'Nữ'].map((value) => h('option', { value }, t(value === 'Nam' ? 'new_dossier.male' : 'new_dossier.female'))))),
    h('label', {}, t('new_dossier.address'), h('input', { 'data-field': 'address', maxlength: 300 })),
    h('label', {}, t('new_dossier.phone'), h('input', { 'data-field': 'phone', type: 'tel', maxlength: 30, autocomplete: 'off' })),
    h('label', {}, t('new_dossier.share'), h('input', { 'data-field': 'share', value: '1', maxlength: 40, pattern: '[0-9]+(/[0-9]+)?' })),
    h('button', { type: 'button', class: 'small', onclick: () => { if (find('#parties').children.length > 1) block.remove(); } }, t('new_dossier.remove')));
  const known = h('div', { class: 'known' });
  const card = h('input', { type: 'text', 'data-card': true, autocomplete: 'off', placeholder: t('new_dossier.scan_hint') });
  card.addEventListener('change', () => fromCard(card, block));
  const camera = h('button', { type: 'button', class: 'small', 'data-camera': true, hidden: true, onclick: () => scan((text) => { card.value = text; fromCard(card, block); }, { title: t('new_dossier.camera_title'), hold: t('new_dossier.camera_hold') }) }, t('new_dossier.camera'));
  hasCamera.then((found) => { camera.hidden = !found; });
  block.prepend(h('label', { class: 'whole' }, t('new_dossier.scan'), card), camera);
  block.append(known);
  find('[data-field=name]', block).addEventListener('change', (event) => offer(event.target.value, block, known));
  find('[data-field=id_number]', block).addEventListener('change', (event) => offer(event.target.value, block, known));
  find('#parties').append(block);
}

function put(block, person) {
  for (const field of block.querySelectorAll('[data-field]')) if (person[field.dataset.field]) field.value = person[field.dataset.field];
  block.dataset.party = person.party_uid ?? '';
}

// A hand scanner types the code of the card and presses Enter.
async function fromCard(card, block) {
  if (!card.value.trim()) return;
  try {
    put(block, await post('/identity-card', { scanned: card.value }));
    await offer(find('[data-field=id_number]', block).value, block, find('.known', block));
  } catch (problem) {
    refused(problem);
  }
  card.value = '';
}

// A person who is known already is offered, not asked again.
async function offer(q, block, place) {
  if (q.trim().length < 2) return;
  const { parties: found } = await get(`/communes/${data.commune}/parties`, { q: q.trim() }).catch(() => ({ parties: [] }));
  fill(place, found.slice(0, 5).map((p) => h('button', { type: 'button', class: 'small', 'data-party': p.party_uid, onclick: () => { put(block, p); fill(place); } }, t('new_dossier.known', { name: p.name, id: p.id_number ?? '–' }))));
}

function parties() {
  return [...document.querySelectorAll('.party')].map((block) => Object.fromEntries(
    [...[...block.querySelectorAll('[data-field]')].filter((f) => f.value.trim()).map((f) => [f.dataset.field, f.value.trim()]), ...(block.dataset.party ? [['party_uid', block.dataset.party]] : [])]));
}

function documents() {
  return [...document.querySelectorAll('#documents input:checked')].map((box) => ({ kind: box.value, title: box.dataset.title }));
}

function chosenProcedure() {
  return procedures.find((p) => p.name === form.elements.procedure.value);
}

function showProcedure() {
  const procedure = chosenProcedure();
  find('#parcel-field').hidden = !procedure?.needs_parcel || procedure.needs_certificate;
  find('#certificate-field').hidden = !procedure?.needs_certificate;
  find('#wants-field').hidden = !procedure?.issues_certificate || procedure.needs_certificate;
  fill(find('#documents'), (procedure?.documents ?? []).map((paper) => h('label', { class: 'check' },
    h('input', { type: 'checkbox', value: paper.kind, 'data-title': paper.title_vi, checked: paper.required }),
    h('span', {}, pick(paper, 'title'), paper.required ? h('small', {}, ` (${t('new_dossier.required')})`) : paper.group ? h('small', {}, ` (${t('new_dossier.one_of')})`) : null))));
}

function choose(found) {
  parcel = found;
  find('#parcel-search').value = '';
  fill(find('#parcel-choice'), h('p', { class: 'row' }, h('strong', { id: 'chosen-parcel', 'data-uid': found.parcel_uid }, parcelName(found.label)), h('small', {}, found.detail ?? ''), found.state ? h('span', { class: `state-chip state-${found.state}` }, t(`state.${found.state}`)) : null),
    found.state === 'blocking' ? h('p', { class: 'hint' }, chip('blocking', t('new_dossier.blocking'))) : null);
}

// What is looked for anew is not chosen yet.
async function lookForParcel(q) {
  parcel = null;
  const { results } = await get('/lookup', { q, commune: data.commune });
  return choices(results.filter((r) => r.parcel_uid).slice(0, 8).map((r) => h('button', { type: 'button', class: 'small', 'data-uid': r.parcel_uid, onclick: () => choose(r) }, [parcelName(r.label), r.detail].filter(Boolean).join(' · '))), t('new_dossier.no_parcel'));
}

// Every procedure of the commune can be lodged: those without a profile are found in its catalogue.
async function takeProcedure(entry) {
  const name = entry.profile ?? entry.code;
  if (!procedures.some((p) => p.name === name)) {
    const found = await get(`/procedures/${encodeURIComponent(name)}`, { commune: data.commune });
    procedures.push(found);
    form.elements.procedure.append(h('option', { value: found.name }, pick(found, 'title')));
  }
  form.elements.procedure.value = name;
  find('#procedure-search').value = '';
  fill(find('#procedure-choice'));
  showProcedure();
}

async function lookForProcedure(q) {
  const { catalogue } = await get('/procedures/catalogue', { q, commune: data.commune, limit: 8 });
  return choices(catalogue.map((entry) => h('button', { type: 'button', class: 'small', 'data-code': entry.code, onclick: () => takeProcedure(entry).catch(refused) }, `${entry.title} · ${entry.code}`)), t('new_dossier.no_procedure'));
}

searches(find('#parcel-search'), find('#parcel-choice'), lookForParcel, () => (parcel ? choose(parcel) : fill(find('#parcel-choice'))));
searches(find('#procedure-search'), find('#procedure-choice'), lookForProcedure, () => fill(find('#procedure-choice')));
form.elements.procedure.addEventListener('change', showProcedure);
find('#add-party').addEventListener('click', party);
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  problemLine.hidden = true;
  if (!find('#parcel-field').hidden && !parcel) { find('#parcel-search').focus(); problemLine.textContent = t('new_dossier.choose_parcel'); problemLine.hidden = false; return; }
  const button = find('button[type=submit]', form);
  button.disabled = true;
  try {
    const lodged = await post('/dossiers', {
      commune: data.commune, procedure: form.elements.procedure.value, parcel_uid: find('#parcel-field').hidden ? null : parcel?.parcel_uid ?? null, channel: form.elements.channel.value,
      wants_certificate: form.elements.wants_certificate.checked, parties: parties(), documents: documents(),
      external_codes: form.elements.portal.value.trim() ? { portal: form.elements.portal.value } : {}, certificate: (!find('#certificate-field').hidden && form.elements.certificate.value.trim()) || null,
    });
    location.assign(`/dossiers/${encodeURIComponent(lodged.code)}`);
  } catch (problem) {
    problemLine.textContent = problem.message;
    problemLine.hidden = false;
    button.disabled = false;
  }
});

const [runs, posted] = await Promise.all([get('/procedures'), get('/procedures/catalogue', { commune: data.commune, limit: 1 })]);
({ procedures } = runs);
// Without a catalogue there is nothing to look for.
find('#catalogue-field').hidden = !posted.procedures;
// The work on land comes first, then what is about a certificate held, then the rest of the counter.
const rank = (p) => (p.needs_certificate ? 1 : p.needs_parcel ? 0 : 2);
procedures.sort((a, b) => rank(a) - rank(b));
form.elements.procedure.append(...procedures.map((p) => h('option', { value: p.name }, pick(p, 'title'))));
party();
showProcedure();
if (data.parcel) {
  const feature = await get(`/parcels/${data.parcel}`).catch((problem) => { refused(problem); return null; });
  if (feature) {
    const p = feature.properties;
    choose({ parcel_uid: p.parcel_uid, label: p.label, state: p.state, detail: p.former_commune_name });
    const [name] = document.querySelectorAll('.party [data-field=name]');
    if (p.holders?.length && !name.value) name.value = p.holders[0].name;
  }
}
document.documentElement.dataset.ready = 'new_dossier';
