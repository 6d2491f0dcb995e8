// The officer's map: its picture first, then what stands around it.

import { find, h } from '../core/dom.js';
import { data, t } from '../core/page.js';
import { tiles } from '../map/picture.js';

/** Tiles that do not come must not keep anybody from the search and the queue. */
const PATIENCE_MS = 3000;
const form = find('#search');

// Whoever goes to the search before the picture is complete gets it at once; nobody else waits for it.
form.addEventListener('focusin', () => { import('../map/finder.js'); }, { once: true });
// What is asked before the search is there is answered as soon as it is.
form.addEventListener('submit', (event) => { event.preventDefault(); form.dataset.asked = 'true'; }, { once: true });

try {
  const { complete } = await tiles;
  for (const module of data.desk) document.head.append(h('link', { rel: 'modulepreload', href: `/static/${module}`, fetchpriority: 'low' }));
  await Promise.race([complete, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
  await import('../map/desk.js');
} catch (fault) {
  if (!/webgl/i.test(fault.message)) throw fault;
  find('#map').replaceChildren(h('p', { class: 'map-fault', role: 'alert' }, t('map.no_webgl')));
}
