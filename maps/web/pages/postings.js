// What a commune posts to the public: the list and the land side by side, by touch alone.

/* global L */

import '../core/shell.js';
import { get } from '../core/api.js';
import { empty, fill, find, h } from '../core/dom.js';
import { area, date, number, today } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { data, landUse, t } from '../core/page.js';
import { backToKiosk } from '../core/resting.js';

const place = find('#postings');
const where = find('#where');
const stage = find('#postings-map');
const colours = getComputedStyle(document.documentElement);
/** Line and fill of a state in the symbology of maps and plans. */
const state = (name) => ({ color: colours.getPropertyValue(`--state-${name}-line`), fillColor: colours.getPropertyValue(`--state-${name}-fill`) });
const POSTED = { ...state('dossier'), weight: 3, fillOpacity: .55 };
const CHOSEN = { ...POSTED, weight: 6, fillOpacity: .9 };
const AROUND = { ...state('clear'), weight: 1, fillOpacity: 1, interactive: false };
const cards = new Map();
const outlines = new Map();

function card(p) {
  const label = t('common.parcel_name', { sheet: p.sheet, parcel: p.parcel });
  return h('button', { type: 'button', class: 'card posting', 'data-code': p.code, 'aria-pressed': 'false', onclick: () => choose(p.code) },
    h('strong', {}, p.holders), h('span', {}, `${label} · ${area(p.area_m2)} · ${landUse(p)}`),
    h('span', { class: 'posting-facts' }, p.origin ? h('span', {}, t('postings.origin', { origin: p.origin }), h('br')) : null,
      h('span', { class: 'until' }, t(p.ends_on < today() ? 'postings.over' : 'postings.until', { from: date(p.opened_on), to: date(p.ends_on) })), h('br'),
      h('small', {}, t('postings.places', { places: (p.places ?? []).join('; ') })), h('br'), h('small', {}, t('postings.code', { code: p.code }))));
}

function choose(code, fly = true) {
  for (const [own, element] of cards) element.setAttribute('aria-pressed', String(own === code));
  for (const [own, outline] of outlines) outline.setStyle(own === code ? CHOSEN : POSTED);
  cards.get(code)?.scrollIntoView({ block: 'nearest' });
  const outline = outlines.get(code);
  if (outline && fly) outline._map.fitBounds(outline.getBounds(), { maxZoom: 19, padding: [70, 70] });
}

function numberOn(outline, feature, posted) {
  outline.bindTooltip(h('span', {}, feature.properties.number), { permanent: true, direction: 'center', className: `parcel-number${posted ? ' posted' : ''}` });
}

function draw(land) {
  stage.hidden = false;
  const map = L.map(stage, { zoomControl: false, attributionControl: false, maxZoom: 21, zoomSnap: .5 });
  L.control.zoom({ zoomInTitle: t('postings.nearer'), zoomOutTitle: t('postings.farther') }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const canvas = L.canvas({ padding: .4 });
  L.geoJSON(land.features.filter((f) => !f.properties.code), { renderer: canvas, style: AROUND, onEachFeature: (f, l) => numberOn(l, f, false) }).addTo(map);
  const posted = L.geoJSON(land.features.filter((f) => f.properties.code), { style: POSTED, onEachFeature: (f, l) => {
    numberOn(l, f, true);
    outlines.set(f.properties.code, l);
    l.on('click', () => choose(f.properties.code, false));
  } }).addTo(map);
  // Numbers of the surroundings only where there is room for them.
  const crowded = () => stage.classList.toggle('far', map.getZoom() < 17.5);
  map.on('zoomend', crowded);
  map.fitBounds(posted.getBounds(), { maxZoom: 19, padding: [60, 60] });
  crowded();
}

function several(communes) {
  where.textContent = t('postings.choose');
  fill(place, communes.map((c) => h('a', { class: 'button posting', href: `/postings/${c.code}` }, h('strong', {}, `${c.kind} ${c.name}`), t('postings.counted', { n: number(c.postings) }))));
}

async function load() {
  try {
    const { communes } = await get('/postings');
    const commune = communes.find((c) => c.code === (data.commune || communes[0]?.code));
    if (!data.commune && communes.length > 1) { several(communes); return; }
    if (!commune) { fill(place, empty(t('postings.unknown'), t('postings.unknown_next'))); return; }
    where.textContent = t('postings.lead', { commune: `${commune.kind} ${commune.name}` });
    const [{ postings }, land] = await Promise.all([get(`/communes/${commune.code}/postings`), get(`/communes/${commune.code}/postings/land`)]);
    if (!postings.length) { fill(place, empty(t('postings.none'), t('postings.none_next'))); return; }
    fill(place, postings.map((p) => { const own = card(p); cards.set(p.code, own); return own; }), h('p', { class: 'hint' }, t('postings.object')));
    draw(land);
  } catch (problem) {
    refusedIn(place, problem, load);
  }
}

if (backToKiosk()) find('h1').before(h('p', {}, h('a', { class: 'button primary kiosk-back', href: '/kiosk' }, t('kiosk.back'))));
await load();
document.documentElement.dataset.ready = 'postings';
