// The search box of the map: there before the rest of the desk for whoever touches the page early.

import { configuration, map } from './picture.js';
import { Search } from './search.js';

let attach;
const desk = new Promise((resolve) => { attach = resolve; });

/** What opens a parcel and a place; until the desk has said so, what is chosen waits. */
export { attach };

export const search = new Search({
  map,
  commune: configuration.commune.code,
  zone: configuration.zone,
  onparcel: async (uid) => (await desk).openParcel(uid),
  onplace: async (place) => (await desk).goTo(place),
});

// What was typed or asked before is answered now.
if (search.form.dataset.asked) search.submit();
else if (search.input.value) search.suggest();
