// Short messages in the corner of the page; refusals say what was unmet.

import { fill, find, h } from './dom.js';
import { pick, t } from './page.js';

const SHOWN_MS = 8000;

/** Show a message; with an action it waits for the person a little longer. */
export function notice(text, { kind = '', action, items = [] } = {}) {
  const close = () => element.remove();
  const element = h('div', { class: `notice ${kind}` },
    h('div', {}, text, items.length ? h('ul', {}, items.map((item) => h('li', {}, pick(item, 'message') || item.message || item.field || String(item)))) : null),
    h('div', { class: 'row' },
      action ? h('button', { type: 'button', class: 'small', onclick: () => { close(); action.run(); } }, action.title) : null,
      h('button', { type: 'button', class: 'plain', 'aria-label': t('common.close'), onclick: close }, '×')));
  find('#notices').append(element);
  setTimeout(close, kind === 'bad' || action ? SHOWN_MS * 2 : SHOWN_MS);
  return element;
}

/** Show why the service refused. */
export function refused(problem) {
  if (problem.name === 'AbortError') return null;
  if (!problem.code) console.warn(problem);
  return notice(problem.message, { kind: 'bad', items: problem.items ?? [] });
}

/** Put the refusal in place of what could not be shown, with a way to try again. */
export function refusedIn(element, problem, again) {
  fill(element, h('div', { class: 'empty' }, h('strong', {}, problem.message), t('error.next'),
    again ? h('p', {}, h('button', { type: 'button', onclick: again }, t('common.again'))) : null));
}
