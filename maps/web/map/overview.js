// The far map: whole sheets coloured by what their parcels are, from one answer of the service.

import { get } from '../core/api.js';

const SHARES = [[0.05, 'share_many'], [0.02, 'share_some'], [0, 'share_few']];

/** Colours of sheets by state and by land use, as MapLibre expressions. */
export async function overview(commune, themes) {
  const { sheets } = await get(`/communes/${commune}/overview`);
  const fills = (legend) => Object.fromEntries(legend.map((entry) => [entry.key, entry.fill]));
  const shares = fills(themes.state.far_legend);
  const uses = fills(themes.land_use.legend);
  const match = (pairs, otherwise) => (pairs.length ? ['match', ['get', 'sheet'], ...pairs.flat(), otherwise] : otherwise);
  return {
    state: match(sheets.map((s) => [s.sheet, shares[shareKey(s.states.blocking ?? 0, s.parcels)]]), shares.share_none),
    land_use: match(sheets.map((s) => [s.sheet, uses[s.land_use]]), uses.other),
  };
}

/** Key of the symbology for the share of parcels that are blocked. */
export function shareKey(blocked, parcels) {
  const part = blocked / parcels;
  return SHARES.find(([least]) => part > least)?.[1] ?? 'share_none';
}
