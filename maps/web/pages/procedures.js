// What the counter handles: steps, time limits, papers to bring.

import '../core/shell.js';
import { get } from '../core/api.js';
import { fill, find, h, table } from '../core/dom.js';
import { number } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { pick, t } from '../core/page.js';
import { backToKiosk } from '../core/resting.js';

const place = find('#procedures');

function days(item) {
  return item.mountain_extra ? t('procedures.days_mountain', { n: number(item.days, item.days % 1 ? 1 : 0), extra: number(item.mountain_extra) }) : t('common.days', { n: number(item.days, item.days % 1 ? 1 : 0) });
}

function card(p) {
  return h('article', { class: 'card', id: p.name },
    h('h2', {}, pick(p, 'title')), h('p', { class: 'hint' }, t('procedures.code', { code: p.procedure_code })),
    h('h3', {}, t('procedures.bring')),
    h('ul', {}, p.documents.map((paper) => h('li', {}, pick(paper, 'title'), paper.required ? h('strong', {}, ` (${t('procedures.required')})`) : paper.group ? h('small', {}, ` (${t('procedures.one_of')})`) : null))),
    h('h3', {}, t('procedures.limits')), h('ul', {}, p.appointments.map((a) => h('li', {}, `${pick(a, 'title')}: `, h('strong', {}, days(a))))),
    p.stops.length ? h('p', { class: 'hint' }, t('procedures.stops', { list: p.stops.map((stop) => pick(stop, 'title').toLowerCase()).join('; ') })) : null,
    h('details', {}, h('summary', {}, t('procedures.steps', { n: number(p.steps.length) })), table([
      { title: t('procedures.step'), cell: (s) => pick(s, 'title') }, { title: t('procedures.time'), right: true, cell: days }], p.steps)),
    h('p', { class: 'hint' }, t('procedures.source', { source: p.source })));
}

async function load() {
  try {
    const { procedures } = await get('/procedures');
    procedures.sort((a, b) => Number(b.needs_parcel) - Number(a.needs_parcel));
    fill(place, h('div', { class: 'stack' }, procedures.map(card)));
  } catch (problem) {
    refusedIn(place, problem, load);
  }
}

if (backToKiosk()) place.before(h('p', {}, h('a', { class: 'button primary kiosk-back', href: '/kiosk' }, t('procedures.back_kiosk'))));
await load();
document.documentElement.dataset.ready = 'procedures';
