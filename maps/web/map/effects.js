// What each decision on a mismatch would change, said in its button before anybody takes it.

import { h } from '../core/dom.js';
import { area, number, signed } from '../core/format.js';
import { parcelName, pick, t } from '../core/page.js';

/** States, dossiers, areas and land that one decision changes, as the service works it out. */
export function effectLines(one) {
  const line = (name, value, kind = '') => h('li', {}, h('span', {}, name), ' ', h('strong', { class: kind }, value));
  const states = one.parcels.map((p) => line(parcelName(p.label), p.state_before === p.state_after
    ? t('map.effect.state_stays', { state: t(`state.${p.state_after}`) }) : `${t(`state.${p.state_before}`)} → ${t(`state.${p.state_after}`)}`));
  const gates = one.dossiers.map((d) => line(t('map.effect.dossier', { code: d.code }), d.held_after
    ? t('map.effect.held', { n: number(d.held_after) }) : t('map.effect.free'), d.held_after ? 'loses' : 'gains'));
  const areas = one.parcels.filter((p) => one.gains.length === 0 || p.area_before_m2 === p.area_after_m2).slice(0, 1)
    .map((p) => line(t(`map.effect.area.${p.basis}`), area(p.area_after_m2)));
  const gains = one.gains.map((g) => line(g.label ? parcelName(g.label) : t('map.adoption.this'), `${signed(g.gain_m2, 1)} m²`, g.gain_m2 < 0 ? 'loses' : 'gains'));
  const hindrance = pick(one, 'hindrance');
  return [
    h('small', { class: 'foreseen' }, pick(one, 'message')),
    h('ul', { class: 'plain effect', 'data-clears': String(one.clears) }, states, gates, areas, gains),
    hindrance ? h('small', { class: 'refusal' }, hindrance) : null,
  ].filter(Boolean);
}
