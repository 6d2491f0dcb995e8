// Several mismatches with one cause, such as a displaced sheet: seen on the map, chosen, decided and taken back at once.

import { get, post } from '../core/api.js';
import { chip, fill, h } from '../core/dom.js';
import { number, quantity } from '../core/format.js';
import { notice, refused } from '../core/notice.js';
import { actor, parcelName, t, word } from '../core/page.js';
import { codeName, takeBack } from './decisions.js';

/** Offer the mismatches that share the cause of one; null when it stands alone. */
export async function together(m, commune, { onlook, ondone }) {
  if (actor?.role !== 'officer' || m.status !== 'open') return null;
  const answer = await get(`/mismatches/${m.mismatch_id}/cause`).catch(() => null);
  if (!answer || answer.mismatches.length < 2) return null;
  const { mismatches, cause } = answer;
  const root = h('details', { class: 'together', id: 'together' });
  const sheet = mismatches.find((one) => one.code === 'SHEET_SHIFT')?.subject ?? '';
  fill(root, h('summary', {}, t(`together.${cause}`, { n: number(mismatches.length), sheet })));
  root.addEventListener('toggle', () => {
    if (root.open && !root.querySelector('form')) root.append(h('button', { type: 'button', class: 'small', id: 'together-look', onclick: () => onlook(mismatches) }, t('together.look')), form(mismatches, commune, { onlook, ondone }));
  });
  return root;
}

function form(mismatches, commune, { onlook, ondone }) {
  const shared = mismatches.map((m) => m.allowed_decisions).reduce((all, some) => all.filter((d) => some.includes(d)));
  const named = (m) => [m.parcel_label, m.other_label].filter(Boolean).map(parcelName).join(' / ') || m.subject;
  const rows = mismatches.map((m) => h('div', { class: 'together-line' }, h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'chosen', value: m.mismatch_id, 'data-version': m.row_version, checked: true }),
    h('span', {}, chip(m.severity, codeName(m.code)), ' ', named(m), m.measured === null ? '' : ` · ${quantity(m.measured, m.unit)}`)),
  h('button', { type: 'button', class: 'small', 'aria-label': t('together.look_one', { what: named(m) }), onclick: () => onlook([m]) }, t('map.show_short'))));
  const count = h('strong', {});
  const element = h('form', { class: 'form' },
    h('div', { class: 'together-list', tabindex: 0, role: 'group', 'aria-label': t('together.list') }, rows), count,
    h('label', {}, t('together.reason'), h('textarea', { name: 'note', rows: 2, maxlength: 2000, required: true })),
    h('div', { class: 'decide-buttons' }, shared.map((decision) => h('button', { type: 'submit', class: 'small', value: decision, 'data-together': decision },
      h('span', {}, t(`decision.${decision}`)), h('small', {}, word(`decision.${decision}.hint`, ''))))));
  const chosen = () => [...element.querySelectorAll('[name=chosen]:checked')];
  const tell = () => { count.textContent = t('together.chosen', { n: number(chosen().length) }); };
  element.addEventListener('change', tell);
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    const seen = Object.fromEntries(chosen().map((box) => [box.value, Number(box.dataset.version)]));
    try {
      const done = await post(`/communes/${commune}/mismatches/decisions`, { mismatches: seen, decision: event.submitter.value, note: element.elements.note.value });
      const undo = async () => {
        try {
          await takeBack(commune, done.versions);
        } catch (problem) {
          refused(problem);
        }
        ondone?.();
      };
      notice(t('together.done', { n: number(done.decided), decision: t(`decision.${done.decision}`) }), { kind: 'good', action: { title: t('together.undo'), run: undo } });
      ondone?.();
    } catch (problem) {
      refused(problem);
    }
  });
  tell();
  return element;
}
