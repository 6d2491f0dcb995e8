// Several mismatches with one cause, such as a displaced sheet: listed, chosen, decided at once.

import { get, post } from '../core/api.js';
import { chip, fill, h } from '../core/dom.js';
import { number, quantity } from '../core/format.js';
import { notice, refused } from '../core/notice.js';
import { actor, t, word } from '../core/page.js';
import { codeName } from './decisions.js';

/** Offer the mismatches that share the cause of one; null when it stands alone. */
export async function together(m, commune, { ondone }) {
  if (actor?.role !== 'officer' || m.status !== 'open') return null;
  const answer = await get(`/mismatches/${m.mismatch_id}/cause`).catch(() => null);
  if (!answer || answer.mismatches.length < 2) return null;
  const { mismatches, cause } = answer;
  const root = h('details', { class: 'together', id: 'together' });
  fill(root, h('summary', {}, t(`together.${cause}`, { n: number(mismatches.length) })));
  root.addEventListener('toggle', () => { if (root.open && !root.querySelector('form')) root.append(form(mismatches, commune, ondone)); });
  return root;
}

function form(mismatches, commune, ondone) {
  const shared = mismatches.map((m) => m.allowed_decisions).reduce((all, some) => all.filter((d) => some.includes(d)));
  const rows = mismatches.map((m) => h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'chosen', value: m.mismatch_id, 'data-version': m.row_version, checked: true }),
    h('span', {}, chip(m.severity, codeName(m.code)), ' ', [m.parcel_label, m.other_label].filter(Boolean).join(' / ') || m.subject, m.measured === null ? '' : ` · ${quantity(m.measured, m.unit)}`)));
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
      notice(t('together.done', { n: number(done.decided), decision: t(`decision.${done.decision}`) }), { kind: 'good' });
      ondone?.();
    } catch (problem) {
      refused(problem);
    }
  });
  tell();
  return element;
}
