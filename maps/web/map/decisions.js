// Deciding a mismatch: what was measured, what is allowed, the decisions that the code knows, a note, undo.

import { get, post } from '../core/api.js';
import { chip, h } from '../core/dom.js';
import { moment, number, quantity } from '../core/format.js';
import { notice, refused } from '../core/notice.js';
import { actor, pick, t, who, word } from '../core/page.js';
import { planOf } from './adoption.js';
import { effectLines } from './effects.js';

/** Take the decision on several mismatches back, each in the version that was seen. */
export async function takeBack(commune, versions) {
  const { undone } = await post(`/communes/${commune}/mismatches/decisions/undo`, { mismatches: versions });
  notice(t('together.undone', { n: number(undone) }), { kind: 'good' });
}

const mayDecide = actor?.role === 'officer';

/** The name of a mismatch code in the page's language. */
export const codeName = (code) => word(`code.${code}`, code);

/** What was found against what is allowed. */
export function judgement(m) {
  if (m.measured === null || m.measured === undefined) return null;
  return h('p', { class: 'judgement' },
    h('span', {}, t('map.measured'), ' ', h('strong', {}, quantity(m.measured, m.unit))),
    m.allowed === null || m.allowed === undefined ? null : h('span', {}, t('map.allowed'), ' ', h('strong', {}, quantity(m.allowed, m.unit))),
    m.allowed ? h('span', { class: m.measured > m.allowed ? 'over' : '' }, t('map.times', { n: quantity(Math.round((m.measured / m.allowed) * 10) / 10, '') })) : null);
}

/** A mismatch with its judgement and decisions; calls back with the new state, or that many have changed. */
export function mismatchCard(m, { onchange, onshow, onplan, onmany } = {}) {
  const card = h('article', { class: `mismatch ${m.severity}`, 'data-mismatch': m.mismatch_id, 'data-code': m.code });
  const draw = (state) => {
    card.replaceChildren(
      h('header', {}, chip(state.severity, t(`severity.${state.severity}`)), h('strong', {}, codeName(state.code)),
        onshow ? h('button', { type: 'button', class: 'small', 'data-show': state.mismatch_id, onclick: () => onshow(state) }, t('map.show')) : null),
      h('p', {}, pick(state, 'message')), ...[judgement(state)].filter(Boolean), lapsed(state) ?? '', decided(state) ?? '', proposal(state) ?? '', buttons(state));
  };
  const change = async (work, done) => {
    try {
      const answer = await work();
      const now = answer.properties ?? answer;
      draw(now);
      // What was foreseen is no question any more.
      onplan?.(null);
      onchange?.(now);
      done?.(now);
    } catch (problem) {
      refused(problem);
      if (problem.status === 409 || problem.status === 412) draw(await get(`/mismatches/${m.mismatch_id}`).then((a) => a.properties ?? a));
    }
  };
  const undo = (state) => change(() => post(`/mismatches/${state.mismatch_id}/decisions/undo`, {}, { version: state.row_version }), () => notice(t('map.undone')));
  // Decided with others in one step: taken back with them, however long ago that was.
  const offerAll = async (state, row) => {
    const { mismatches } = await get(`/mismatches/${state.mismatch_id}/decisions/together`).catch(() => ({ mismatches: {} }));
    const count = Object.keys(mismatches).length;
    if (count < 2) return;
    row.append(h('button', { type: 'button', class: 'small', 'data-undo-together': state.mismatch_id, onclick: () => change(async () => {
      await takeBack(state.commune, mismatches);
      return get(`/mismatches/${state.mismatch_id}`);
    }, () => onmany?.()) }, t('together.undo_with', { n: number(count - 1) })));
  };
  const buttons = (state) => {
    if (!mayDecide || state.status === 'closed') return '';
    if (state.decision) {
      const row = h('div', { class: 'row' }, h('button', { type: 'button', class: 'small', 'data-undo': state.mismatch_id, onclick: () => undo(state) }, t('map.undo')));
      offerAll(state, row);
      return row;
    }
    const note = h('textarea', { rows: 2, maxlength: 2000, 'aria-label': t('map.note'), placeholder: t('map.note_hint') });
    const decide = (decision) => change(
      () => post(`/mismatches/${state.mismatch_id}/decisions`, { decision, note: note.value }, { version: state.row_version }),
      (now) => notice(t('map.decided', { decision: t(`decision.${decision}`) }), { kind: 'good', action: { title: t('map.undo'), run: () => undo(now) } }));
    const details = h('details', { class: 'decide' }, h('summary', {}, t('map.decide')), note,
      h('div', { class: 'decide-buttons' }, (state.allowed_decisions ?? []).map((decision) => h('button', {
        type: 'button', class: 'small', 'data-decision': decision, onclick: () => decide(decision),
      }, h('span', {}, t(`decision.${decision}`)), h('small', {}, word(`decision.${decision}.hint`, ''))))));
    details.addEventListener('toggle', () => foresee(state, details), { once: true });
    return details;
  };
  // Before anybody decides: what each decision would change, and the outline that would be adopted.
  const foresee = async (state, details) => {
    try {
      const { decisions } = await get(`/mismatches/${state.mismatch_id}/effects`);
      for (const one of decisions) {
        const button = details.querySelector(`[data-decision=${one.decision}]`);
        button?.querySelector('small')?.remove();
        button?.append(...effectLines(one));
      }
      if (!decisions.some((one) => one.gains.length)) return;
      const plan = await planOf(state.measured_uid, state.parcel_uid);
      if (!plan.event_id) onplan?.(plan);
    } catch (problem) {
      details.append(h('small', { class: 'refusal' }, problem.message));
    }
  };
  draw(m);
  return card;
}

/** A decision that ended because the value has moved or the difference came back: decided again. */
function lapsed(m) {
  const last = (m.decisions ?? [])[0];
  if (!['lapsed', 'reopened'].includes(last?.ended_why)) return null;
  return h('p', { class: 'lapsed' }, t(`map.${last.ended_why}`, { decision: t(`decision.${last.decision}`), actor: who(last.actor), at: moment(last.at) }), last.note ? h('q', {}, last.note) : null);
}

/** A displaced sheet is set right on the page of the merge, seen before and after. */
function proposal(m) {
  if (m.code !== 'SHEET_SHIFT' || m.status === 'closed') return null;
  return h('p', {}, h('a', { href: `/merge/${m.commune}?kind=shift`, 'data-sheet-proposal': m.mismatch_id }, t('map.sheet_proposal')));
}

function decided(m) {
  const current = (m.decisions ?? []).find((d) => !d.ended_at);
  if (!current) return null;
  return h('p', { class: 'decided' }, chip('good', t(`decision.${current.decision}`)), ' ', `${who(current.actor)}, ${moment(current.at)}`, current.note ? h('q', {}, current.note) : null);
}
