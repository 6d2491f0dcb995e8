// The counter beside a dossier: its folder's way, codes of other systems, and late dossiers.

import { post } from '../../core/api.js';
import { chip, facts, h } from '../../core/dom.js';
import { date, moment } from '../../core/format.js';
import { refused } from '../../core/notice.js';
import { actor, t, word } from '../../core/page.js';
import { named } from './people.js';

const OUTCOME = { early: 'good', on_time: 'good', overdue: 'blocking' };
const COUNTER = ['registrar', 'officer'];

/** What an officer must see at once: the new date, systems waited on, an apology that is owed. */
export function marks(d) {
  const found = [];
  if (d.reappointed_on) found.push(chip('warning', t('dossier.reappointed', { date: date(d.reappointed_on) })));
  for (const system of d.waiting_on ?? []) found.push(chip('info', t('dossier.waiting_on', { system })));
  if (!d.final && !d.reappointed_on && d.clock?.running && d.clock.days_left <= 1) found.push(chip('blocking', t('dossier.apology_owed')));
  return found;
}

/** Hand-overs that were scanned, with a field for the next scan; and codes of other systems. */
export function counterCard(d, again) {
  const path = `/dossiers/${encodeURIComponent(d.code)}`;
  const sent = (where, body) => async (event) => {
    event.preventDefault();
    try {
      await post(`${path}/${where}`, body(new FormData(event.target)));
      await again();
    } catch (problem) {
      refused(problem);
    }
  };
  const codes = Object.entries(d.external_codes ?? {});
  return h('section', { class: 'card', id: 'counter' }, h('h3', {}, t('dossier.folder')),
    d.hand_overs?.length ? h('ol', { class: 'plain' }, d.hand_overs.map((o) => h('li', {}, `${named(d, o.given_by)} → ${named(d, o.taken_by)} `, chip(OUTCOME[o.outcome], t(`dossier.outcome.${o.outcome}`)), h('br'), h('small', {}, moment(o.at), o.due_on ? ` · ${t('dossier.step_due', { date: date(o.due_on) })}` : '')))) : h('p', { class: 'hint' }, t('dossier.no_hand_over')),
    COUNTER.includes(actor.role) && d.hand_overs?.at(-1)?.taken_by !== actor.username ? h('form', { class: 'form', 'data-form': 'hand-over', onsubmit: sent('hand-overs', () => ({})) }, h('button', { type: 'submit', class: 'small' }, t('dossier.take_folder'))) : null,
    codes.length ? facts(codes.map(([system, code]) => [word(`dossier.system.${system}`, system), h('span', { class: 'number' }, code)])) : null,
    COUNTER.includes(actor.role) && !codes.some(([system]) => system === 'portal') ? h('details', {}, h('summary', {}, t('dossier.external')), h('form', { class: 'form', 'data-form': 'external', onsubmit: sent('external-codes', (f) => ({ system: 'portal', scanned: f.get('scanned') })) },
      h('label', {}, t('dossier.external_scan'), h('input', { name: 'scanned', required: true, maxlength: 80, autocomplete: 'off' })), h('button', { type: 'submit', class: 'small' }, t('dossier.external_do')))) : null);
}
