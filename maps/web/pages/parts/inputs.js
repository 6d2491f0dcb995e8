// Forms made from data: each action of a procedure says what it asks.

import { h } from '../../core/dom.js';
import { pick, t } from '../../core/page.js';

const LONG = /reason|note|text|opinion|content|answer/;

/** Fields for the inputs of an action. */
export function inputsOf(inputs) {
  return inputs.map((input) => {
    const title = [pick(input, 'title'), input.required ? null : h('small', {}, ` (${t('common.optional')})`)];
    if (input.type === 'boolean') return h('label', { class: 'check' }, h('input', { type: 'checkbox', name: input.name }), title);
    return h('label', {}, title, field(input));
  });
}

function field(input) {
  const common = { name: input.name, required: input.required };
  if (input.choices?.length) {
    return h('select', common, input.required ? null : h('option', { value: '' }, ''), input.choices.map((c) => h('option', { value: c.value ?? c }, pick(c, 'title') || c.value || c)));
  }
  if (input.type === 'date') return h('input', { ...common, type: 'date' });
  if (input.type === 'number') return h('input', { ...common, type: 'number', step: 'any', inputmode: 'decimal' });
  if (LONG.test(input.name)) return h('textarea', { ...common, rows: 2, maxlength: 4000 });
  return h('input', { ...common, type: 'text', maxlength: 1000 });
}

/** What the person filled in, typed; empty fields are left out. */
export function valuesOf(form, inputs) {
  const values = {};
  for (const input of inputs) {
    const element = form.elements[input.name];
    if (input.type === 'boolean') values[input.name] = element.checked;
    else if (element.value !== '') values[input.name] = input.type === 'number' ? Number(element.value) : element.value;
  }
  return values;
}
