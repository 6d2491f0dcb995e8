// Elements from data: text is always text, never markup.

/** An element with attributes, listeners (onclick: fn) and children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  assign(element, attributes);
  element.append(...flat(children));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An SVG element with attributes and children. */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  assign(element, attributes);
  element.append(...flat(children));
  return element;
}

function assign(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.setAttribute('class', value);
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name === 'value' || name === 'checked' || name === 'disabled') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Replace everything inside an element. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  element.removeAttribute('aria-busy');
  return element;
}

export const find = (selector, root = document) => root.querySelector(selector);

/** A table from column descriptions [{title, cell: row => node, right}] and rows; `cards` on a phone. */
export function table(columns, rows, { caption, onrow, cards } = {}) {
  // A frame that scrolls must be reachable by keys.
  return h('div', { class: `table-frame${cards ? ' as-cards' : ''}`, tabindex: '0' }, h('table', {},
    caption ? h('caption', {}, caption) : null,
    h('thead', {}, h('tr', {}, columns.map((c) => h('th', { scope: 'col', class: c.right ? 'right' : null }, c.title)))),
    h('tbody', {}, rows.map((row) => {
      const line = h('tr', { class: onrow ? 'link' : null }, columns.map((c) => h('td', { class: c.right ? 'right' : null, 'data-title': cards ? c.title : null }, c.cell(row))));
      if (onrow) onrow(line, row);
      return line;
    }))));
}

/** An empty state: what it means and what to do next. */
export function empty(title, next, ...more) {
  return h('div', { class: 'empty' }, h('strong', {}, title), next, ...more);
}

/** A coloured word with a shape. */
export function chip(kind, text) {
  return h('span', { class: `chip ${kind}` }, text);
}

/** Term and description pairs; empty ones are left out. */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([term, value]) => [h('dt', {}, term), h('dd', {}, value)]));
}
