// What programs can ask, from the OpenAPI description.

import '../core/shell.js';
import { chip, fill, find, h, table } from '../core/dom.js';

const KIND = { get: 'info', post: 'warning', put: 'warning', delete: 'blocking' };
const description = await (await fetch('/api/v1/openapi.json')).json();
const rows = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, what]) => ({ path, method, ...what })));
const groups = Map.groupBy ? Map.groupBy(rows, (r) => r.tags?.[0] ?? '') : new Map([['', rows]]);

fill(find('#docs'), [...groups].map(([tag, some]) => [h('h2', {}, tag), table([
  { title: '', cell: (r) => chip(`${KIND[r.method] ?? 'info'} plain`, r.method.toUpperCase()) },
  { title: '', cell: (r) => h('code', {}, r.path) },
  { title: '', cell: (r) => [h('div', {}, r.summary ?? ''), h('small', {}, (r.parameters ?? []).map((p) => p.name).join(', '))] },
], some)]));
document.documentElement.dataset.ready = 'docs';
