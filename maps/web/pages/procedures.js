// What the counter handles: steps, time limits, papers to bring.

import '../core/shell.js';
import { get } from '../core/api.js';
import { chip, empty, facts, fill, find, h, table } from '../core/dom.js';
import { number } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { pick, t } from '../core/page.js';
import { backToKiosk } from '../core/resting.js';

const place = find('#procedures');
const posted = find('#catalogue');
const PAUSE_MS = 250;
let waiting;

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

// The whole catalogue that the office posts: by words without accents, online or not.
function entry(e) {
  return h('details', { class: 'card', 'data-code': e.code }, h('summary', {}, h('strong', {}, e.title), ' ', h('small', {}, `${e.code} · ${e.field}`), ' ', e.online ? chip('good', t('procedures.online')) : chip('plain', t('procedures.direct'))),
    facts([[t('procedures.limits'), e.time_limit || (e.days === null ? null : t('common.days', { n: number(e.days, e.days % 1 ? 1 : 0) }))], [t('procedures.fee'), e.fee], [t('procedures.bring'), e.documents], [t('procedures.instructions'), e.instructions], [t('procedures.basis'), e.basis]]));
}

async function search(form, list, more) {
  const asked = { q: form.elements.q.value, online: form.elements.online.checked ? true : '' };
  const draw = async (cursor) => {
    const found = await get('/procedures/catalogue', { ...asked, limit: 50, cursor });
    if (!cursor) fill(list);
    list.append(...found.catalogue.map(entry));
    if (!list.children.length) list.append(empty(t('procedures.none'), t('procedures.none_next')));
    fill(more, found.next ? h('button', { type: 'button', onclick: () => draw(found.next) }, t('common.more')) : null);
    return found;
  };
  return draw('');
}

async function catalogue() {
  const list = h('div', { class: 'stack', id: 'catalogue-list' });
  const more = h('p');
  const count = h('p', { class: 'lead', id: 'catalogue-count' });
  const form = h('form', { class: 'row', onsubmit: (event) => event.preventDefault() }, h('label', {}, t('procedures.search'), h('input', { type: 'search', name: 'q', maxlength: 200, autocomplete: 'off' })), h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'online' }), t('procedures.only_online')));
  const first = await search(form, list, more);
  if (!first.procedures) { fill(posted); return; }
  count.textContent = t('procedures.counted', { n: number(first.procedures), online: number(first.online) });
  form.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(() => search(form, list, more), PAUSE_MS); });
  fill(posted, h('h2', {}, t('procedures.catalogue')), count, form, list, more, h('h2', {}, t('procedures.run')));
}

async function load() {
  try {
    const { procedures } = await get('/procedures');
    const rank = (p) => (p.needs_certificate ? 1 : p.needs_parcel ? 0 : 2);
    procedures.sort((a, b) => rank(a) - rank(b));
    fill(place, h('div', { class: 'stack' }, procedures.map(card)));
  } catch (problem) {
    refusedIn(place, problem, load);
  }
}

if (backToKiosk()) place.before(h('p', {}, h('a', { class: 'button primary kiosk-back', href: '/kiosk' }, t('procedures.back_kiosk'))));
await Promise.all([catalogue().catch((problem) => refusedIn(posted, problem, catalogue)), load()]);
document.documentElement.dataset.ready = 'procedures';
