// Search by any number, old or new: answers while typing, candidates on the map when ambiguous.

/* global L */

import { get } from '../core/api.js';
import { fill, find, h } from '../core/dom.js';
import { coordinate } from '../core/format.js';
import { refused } from '../core/notice.js';
import { parcelName, t, word } from '../core/page.js';
import { parsePlace } from './places.js';

const PAUSE_MS = 220;
const SHORTEST = 2;
/** With more candidates than this their names would hide one another: they are told when touched. */
const NAMED_MOST = 8;

export class Search {
  constructor({ map, commune, zone, onparcel, onplace }) {
    this.map = map;
    this.commune = commune;
    this.onparcel = onparcel;
    this.onplace = onplace;
    this.zone = zone;
    this.form = find('#search');
    this.input = find('input', this.form);
    this.list = find('#search-results');
    this.candidates = L.layerGroup().addTo(map);
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener('input', () => { clearTimeout(this.waiting); this.waiting = setTimeout(() => this.suggest(), PAUSE_MS); });
    this.input.addEventListener('keydown', (event) => this.keys(event));
    document.addEventListener('click', (event) => { if (!this.form.contains(event.target)) this.hide(); });
  }

  async ask() {
    const q = this.input.value.trim();
    if (q.length < SHORTEST) { this.forget(); return null; }
    this.pending?.abort();
    this.pending = new AbortController();
    const answer = await get('/lookup', { q, commune: this.commune }, { signal: this.pending.signal });
    const place = parsePlace(q, this.zone);
    if (place) answer.results.push(typed(place, q));
    return answer;
  }

  async suggest() {
    try {
      const answer = await this.ask();
      if (answer) this.show(answer);
    } catch (problem) {
      if (problem.name !== 'AbortError') refused(problem);
    }
  }

  async submit() {
    clearTimeout(this.waiting);
    const active = find('[aria-selected="true"]', this.list);
    if (active) { active.click(); return; }
    try {
      const answer = await this.ask();
      if (!answer) return;
      const [first, second] = answer.results;
      if (first && !second) this.choose(first);
      else this.show(answer);
    } catch (problem) {
      if (problem.name !== 'AbortError') refused(problem);
    }
  }

  show(answer) {
    const rows = answer.results.map((result, index) => h('li', {
      role: 'option', id: `result-${index}`, 'aria-selected': 'false', 'data-uid': result.parcel_uid, onclick: () => this.choose(result),
    }, result.state ? h('i', { class: `swatch swatch-state-${result.state}` }) : null,
    h('span', {}, h('strong', {}, parcelName(result.label)), h('small', {}, [word(`map.kind.${result.kind}`, ''), result.kind === 'holder' ? result.code : null, result.detail].filter(Boolean).join(' · ')))));
    fill(this.list, rows.length ? rows : h('li', { class: 'none' }, h('strong', {}, t(answer.status === 'paper' ? 'map.search.paper' : 'map.search.none')), h('small', {}, t('map.search.none_next', { example: this.input.placeholder }))));
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.place(answer.results);
  }

  /** Candidates of an ambiguous number stand numbered on the map. */
  place(results) {
    this.candidates.clearLayers();
    const placed = results.filter((r) => r.point);
    if (placed.length < 2) return;
    placed.forEach((result) => {
      const [lon, lat] = result.point;
      L.circleMarker([lat, lon], { radius: 9, color: '#b3005e', weight: 3, fillColor: '#ffffff', fillOpacity: 0.9 })
        .bindTooltip(h('span', {}, parcelName(result.label)), { permanent: placed.length <= NAMED_MOST, direction: 'right', className: 'candidate' })
        .on('click', () => this.choose(result)).addTo(this.candidates);
    });
    this.map.fitBounds(L.latLngBounds(placed.map(({ point: [lon, lat] }) => [lat, lon])).pad(0.3), { maxZoom: 17 });
  }

  choose(result) {
    this.forget();
    if (result.kind === 'dossier') location.assign(`/dossiers/${encodeURIComponent(result.code)}`);
    else if (result.parcel_uid) this.onparcel(result.parcel_uid, result);
    else if (result.place) this.onplace(result.place);
    else if (result.point) this.map.setView([result.point[1], result.point[0]], 18);
  }

  keys(event) {
    if (event.key === 'Escape') { this.forget(); return; }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const options = [...this.list.querySelectorAll('[role=option]')];
    if (!options.length) return;
    const now = options.findIndex((o) => o.getAttribute('aria-selected') === 'true');
    const next = options[(now + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length];
    options.forEach((o) => o.setAttribute('aria-selected', o === next ? 'true' : 'false'));
    this.input.setAttribute('aria-activedescendant', next.id);
    next.scrollIntoView({ block: 'nearest' });
  }

  /** Nothing is looked for any more: the candidates leave the map. */
  forget() {
    this.pending?.abort();
    this.hide();
    this.candidates.clearLayers();
  }

  hide() {
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }
}

/** A typed coordinate as a result of its own: there is a place even where there is no parcel. */
function typed(place, q) {
  const label = place.north ? `X ${coordinate(place.north, 2)} · Y ${coordinate(place.east, 2)}` : q;
  return { kind: 'coordinate', label: t('place.to', { place: label }), detail: '', place };
}
