// Review of the merge: proposals before and after on the map, merges to take back, table of numbers.

/* global L */

import '../core/shell.js';
import { post } from '../core/api.js';
import { find } from '../core/dom.js';
import { number } from '../core/format.js';
import { refused } from '../core/notice.js';
import { actor, data, t } from '../core/page.js';
import { Evidence } from '../map/evidence.js';
import { addTiles, refreshTiles } from '../map/layer.js';
import { Merges } from '../map/merges.js';
import { Numbers } from '../map/numbers.js';
import { ProposalDrawing } from '../map/proposal_drawing.js';
import { Proposals } from '../map/proposals.js';
import { runningJobs, showJob } from './parts/upload.js';

const configuration = JSON.parse(find('#map-configuration').textContent);
const mayMerge = ['officer', 'admin'].includes(actor.role);
// Movements are centimetres: this map goes closer than the officer's.
const CLOSEST = 23;
const map = L.map('map', { zoomControl: false, maxZoom: CLOSEST, minZoom: 8, zoomSnap: 0.5, attributionControl: false });
L.control.zoom({ position: 'topright', zoomInTitle: t('map.zoom_in'), zoomOutTitle: t('map.zoom_out') }).addTo(map);
map.fitBounds(configuration.bounds);
const evidence = new Evidence(map, configuration);
const { gl } = await addTiles(map, configuration);
gl.on('idle', () => { document.documentElement.dataset.tiles = String(Number(document.documentElement.dataset.tiles ?? 0) + 1); });

const proposals = new Proposals({
  commune: data.commune,
  drawing: new ProposalDrawing(map, evidence),
  onshow: (item) => {
    if (!item.geometry) return;
    const below = innerWidth > 900 ? 0 : innerHeight * 0.4;
    map.fitBounds(L.geoJSON(item.geometry).getBounds().pad(0.3), { maxZoom: CLOSEST - 1, paddingTopLeft: [0, below], animate: false });
  },
  oncounts: (counts) => {
    find('#waiting').hidden = !counts.waiting || !mayMerge;
    find('#waiting-text').textContent = t('merge.waiting', { n: number(counts.waiting) });
  },
});
const numbers = new Numbers({ commune: data.commune });
const merges = new Merges({ commune: data.commune, onundo: () => { refreshTiles(gl); proposals.load(); } });

async function merged(job) {
  await showJob(find('#progress'), job, t('merge.merging'));
  refreshTiles(gl);
  await Promise.all([proposals.load(), merges.load(), numbers.load()]);
}

find('#merge-now').addEventListener('click', async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    const { job } = await post(`/communes/${data.commune}/merges`);
    await merged(job);
  } catch (problem) {
    refused(problem);
  } finally {
    button.disabled = false;
  }
});

for (const button of document.querySelectorAll('[data-side]')) {
  button.addEventListener('click', () => {
    for (const other of document.querySelectorAll('[data-side]')) {
      other.setAttribute('aria-selected', String(other === button));
      find(`#${other.dataset.side}-pane`).hidden = other !== button;
    }
  });
}
find('#side-toggle').addEventListener('click', (event) => {
  event.currentTarget.setAttribute('aria-expanded', String(document.body.classList.toggle('side-open')));
});
document.addEventListener('keydown', (event) => {
  if (event.target.closest('input, textarea, select') || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'n') proposals.step(1);
  if (event.key === 'p') proposals.step(-1);
  if (event.key === 'b') proposals.turn();
  if (event.key === 'a') proposals.decideShown('accepted');
  if (event.key === 'r') proposals.decideShown('rejected');
});

await Promise.all([proposals.load(), merges.load(), numbers.load()]);
document.documentElement.dataset.ready = 'merge';
for (const job of await runningJobs(data.commune, ['merge_commune'])) merged(job);
