// The papers of a parcel: its page of the land register, those of its measurements and of its dossiers.

import { get } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { date } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { actor, t } from '../core/page.js';

const SEES_PERSONS = ['officer', 'registrar', 'chair', 'admin'];
const OF_MEASUREMENT = ['measured_state', 'boundary_description', 'survey_plan'];

const paper = (href, title, note) => h('li', {}, h('a', { href, target: '_blank', rel: 'noopener' }, title), note ? [' ', h('small', {}, note)] : null);

const group = (title, lines) => (lines.length ? [h('h4', {}, title), h('ul', { class: 'plain links' }, lines)] : null);

/** Read when it is opened; nothing for who may not read papers. */
export function papersOf(p) {
  const measured = (p.measured ?? []).flatMap((m) => OF_MEASUREMENT.map((kind) => paper(`/api/v1/measured/${m.measured_uid}/documents/${kind}.pdf`, t(`survey.paper.${kind}`), m.label)));
  const persons = SEES_PERSONS.includes(actor?.role);
  if (!persons && (actor?.role !== 'surveyor' || !measured.length)) return null;
  const place = h('div', {});
  const load = async () => {
    try {
      fill(place, persons ? await ofDossiers(p) : null, group(t('map.papers.measured'), measured));
      if (!place.childElementCount) fill(place, h('p', { class: 'hint' }, t('map.papers.none')));
    } catch (problem) {
      refusedIn(place, problem, load);
    }
  };
  const details = h('details', { id: 'parcel-papers' }, h('summary', {}, t('map.papers')), place);
  details.addEventListener('toggle', load, { once: true });
  return details;
}

async function ofDossiers(p) {
  const { dossiers } = await get('/dossiers', { parcel_uid: p.parcel_uid });
  const whole = await Promise.all(dossiers.map(({ code }) => get(`/dossiers/${encodeURIComponent(code)}`)));
  const register = p.certificates?.length ? [paper(`/api/v1/parcels/${p.parcel_uid}/register.pdf`, t('map.papers.register_page'))] : [];
  return [
    group(t('map.papers.register'), register),
    whole.map((d) => group(d.code, d.documents.filter((one) => one.href && !one.superseded).map((one) => paper(one.href, one.title, date(one.created_at))))),
  ];
}
