// The history of a parcel as a time line; a version that is chosen is drawn as it stood that day.

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { area, moment, number } from '../core/format.js';
import { refused } from '../core/notice.js';
import { t, who, word } from '../core/page.js';

/** The time line; choosing a version draws its outline, choosing it again takes it away. */
export function timeline(feature, { evidence }) {
  const { history = [], parcel_uid: uid } = feature.properties;
  let shown = null;
  const choose = async (version, button) => {
    const again = shown === version;
    root.querySelectorAll('[aria-pressed]').forEach((b) => b.setAttribute('aria-pressed', 'false'));
    shown = null;
    evidence.select(feature);
    if (again) return;
    try {
      const then = await get(`/parcels/${uid}/versions/${version}`);
      shown = version;
      button.setAttribute('aria-pressed', 'true');
      evidence.select(then);
    } catch (problem) {
      refused(problem);
    }
  };
  const item = (v) => {
    const button = h('button', { type: 'button', class: 'small', 'aria-pressed': 'false', 'data-version': v.version, onclick: () => choose(v.version, button) }, t('map.history.draw'));
    return h('li', { class: v.valid_to ? '' : 'now' },
      h('div', { class: 'row spread' }, h('span', {}, h('strong', {}, t('map.history.version', { n: number(v.version) })), ' ', word(`map.origin.${v.origin}`, v.origin ?? '')), button),
      h('div', {}, area(v.area_m2)),
      h('small', {}, `${moment(v.valid_from)}${v.valid_to ? ` → ${moment(v.valid_to)}` : ` → ${t('map.history.today')}`} · ${word(`map.verb.${v.verb}`, v.verb ?? '')} · ${who(v.actor)}`));
  };
  const root = h('ol', { class: 'timeline' }, history.map(item));
  return [h('p', { class: 'hint' }, t('map.history.hint')), root];
}
