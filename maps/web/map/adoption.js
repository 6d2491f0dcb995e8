// Adopting a measured outline: what every neighbour gains or loses is shown first, then done, then undone.

import { get, post } from '../core/api.js';
import { fill, h, table } from '../core/dom.js';
import { metres, number, signed } from '../core/format.js';
import { notice, refused } from '../core/notice.js';
import { actor, parcelName, t } from '../core/page.js';

const mayAdopt = actor?.role === 'officer';
const path = (measuredUid, parcelUid) => `/measured/${measuredUid}/adoption${parcelUid ? `?parcel_uid=${encodeURIComponent(parcelUid)}` : ''}`;

/** What an adoption would do, as the service works it out; nothing is changed. */
export const planOf = (measuredUid, parcelUid) => get(path(measuredUid, parcelUid));

/** The section of one measurement; draws the plan on the map and calls back when the map has changed. */
export function adoption(measured, parcelUid, { onplan, onchange } = {}) {
  if (!mayAdopt) return null;
  const section = h('section', { class: 'adoption', 'data-adoption': measured.measured_uid });
  const look = async () => {
    try {
      const plan = await planOf(measured.measured_uid, parcelUid);
      onplan?.(plan);
      fill(section, h('h4', {}, t('map.adoption.title')), effects(plan), standing(plan), steps(plan));
    } catch (problem) {
      fill(section, h('h4', {}, t('map.adoption.title')), h('p', { class: 'refusal' }, problem.message));
    }
  };
  const change = async (work, said) => {
    try {
      const answer = await work();
      notice(said, { kind: 'good', action: answer.neighbours ? { title: t('map.undo'), run: () => undo(answer.event_id) } : undefined });
      onchange?.();
    } catch (problem) {
      refused(problem);
      if (problem.status === 409 || problem.status === 412) await look();
    }
  };
  const undo = (event) => change(() => post(`/measured/${measured.measured_uid}/adoption/undo`, { event_id: event }), t('map.adoption.undone'));
  const steps = (plan) => (plan.event_id
    ? h('button', { type: 'button', class: 'small', 'data-adoption-undo': plan.event_id, onclick: () => undo(plan.event_id) }, t('map.adoption.undo'))
    : h('button', { type: 'button', class: 'primary', 'data-adoption-do': '', disabled: !plan.agreed,
      onclick: () => change(() => post(path(measured.measured_uid, parcelUid), {}, { version: plan.seen }), t('map.adoption.done')) }, t('map.adoption.do')));
  fill(section, h('button', { type: 'button', class: 'small', 'data-adoption-look': measured.measured_uid, onclick: look }, t('map.adoption.look')));
  return section;
}

function effects(plan) {
  if (plan.event_id) return null;
  return table([
    { title: t('map.adoption.parcel'), cell: (f) => (f.properties.role === 'parcel' ? h('strong', {}, t('map.adoption.this')) : parcelName(f.properties.label)) },
    { title: t('map.adoption.before'), right: true, cell: (f) => number(f.properties.area_before_m2, 1) },
    { title: t('map.adoption.gain'), right: true, cell: (f) => h('strong', { class: f.properties.gain_m2 < 0 ? 'loses' : 'gains' }, signed(f.properties.gain_m2, 1)) },
    { title: t('map.adoption.move'), right: true, cell: (f) => metres(f.properties.max_move_m) },
    { title: t('map.adoption.answer'), cell: (f) => (f.properties.role === 'parcel' ? '' : answer(f.properties.answer)) },
  ], plan.features);
}

function answer(value) {
  if (!value) return t('map.adoption.unrecorded');
  return t(value === 'absent' ? 'boundary.absent_noticed' : `boundary.${value}`);
}

/** Why it may be done, or what is still missing. */
function standing(plan) {
  const said = (key, values) => h('p', { class: plan.agreed ? 'soft' : 'refusal' }, t(`map.adoption.${key}`, values));
  if (plan.event_id) return said('standing');
  if (plan.decided) return said('decided');
  if (!plan.agreed) {
    const missing = plan.features.filter((f) => plan.missing.includes(f.properties.parcel_uid)).map((f) => parcelName(f.properties.label));
    return said(plan.disputed ? 'disputed' : 'missing', { names: missing.join(', ') });
  }
  return said(plan.features.length > 1 ? 'agreed' : 'alone');
}
