// Accounts: who may sign in, with which role, for which communes; nothing is deleted.

import '../core/shell.js';
import { get, post } from '../core/api.js';
import { chip, empty, fill, find, h, table } from '../core/dom.js';
import { moment } from '../core/format.js';
import { notice, refused, refusedIn } from '../core/notice.js';
import { actor, t } from '../core/page.js';

const ROLES = ['officer', 'surveyor', 'registrar', 'chair', 'manager', 'admin'];
const PASSWORD_BYTES = 9;
const list = find('#list');
const editor = find('#editor');
let communes = [];

/** A password that can be read out over the telephone. */
function freshPassword() {
  const letters = 'abcdefghkmnpqrstuvwxyz23456789';
  return Array.from(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES + 3)), (byte) => letters[byte % letters.length]).join('').replace(/(.{4})(?=.)/g, '$1-');
}

function nameOf(code) {
  const found = communes.find((c) => c.code === code);
  return found ? `${found.kind} ${found.name}` : code;
}

function draw(accounts) {
  if (!accounts.length) { fill(list, empty(t('users.none'), t('users.none_next'))); return; }
  fill(list, table([
    { title: t('users.name'), cell: (a) => [h('strong', {}, a.display_name), h('br'), h('small', {}, a.username)] },
    { title: t('users.role'), cell: (a) => t(`role.${a.role}`) },
    { title: t('users.communes'), cell: (a) => a.communes.map(nameOf).join(', ') },
    { title: t('users.last'), cell: (a) => (a.last_sign_in ? moment(a.last_sign_in) : t('users.never')) },
    { title: t('users.state'), cell: (a) => (a.active ? chip('good', t('users.active')) : chip('plain', t('users.ended'))) },
    { title: '', cell: (a) => h('button', { type: 'button', class: 'small', 'data-change': a.username, onclick: () => edit(a) }, t('users.change')) },
  ], accounts, { cards: true }));
}

/** The form for a new account (null) or a known one. */
function edit(account) {
  const fresh = account === null;
  const a = account ?? { username: '', display_name: '', role: 'officer', communes: actor.communes, active: true };
  const password = h('input', { name: 'password', autocomplete: 'off', minlength: 10, required: fresh, value: fresh ? freshPassword() : '', placeholder: fresh ? '' : t('users.password_stays') });
  const boxes = communes.map((c) => h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'communes', value: c.code, checked: a.communes.includes(c.code) }), nameOf(c.code)));
  const form = h('form', { class: 'card form' },
    h('h2', {}, fresh ? t('users.add') : t('users.changing', { name: a.display_name })),
    h('div', { class: 'form-grid' },
      h('label', {}, t('users.display_name'), h('input', { name: 'display_name', required: true, maxlength: 200, value: a.display_name })),
      h('label', {}, t('users.username'), h('input', { name: 'username', required: true, disabled: !fresh, pattern: '[a-z0-9][a-z0-9._\\-]{1,60}', autocapitalize: 'none', value: a.username, title: t('users.username_hint') }), fresh ? h('small', {}, t('users.username_hint')) : null),
      h('label', {}, t('users.role'), h('select', { name: 'role' }, ROLES.map((r) => h('option', { value: r, selected: r === a.role }, t(`role.${r}`))))),
      h('label', {}, t('users.password'), password, h('small', {}, t('users.password_hint')))),
    h('fieldset', {}, h('legend', {}, t('users.communes')), boxes),
    fresh ? null : h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'active', checked: a.active }), t('users.may_sign_in')),
    h('div', { class: 'row' }, h('button', { class: 'primary', type: 'submit' }, t('users.save')),
      fresh ? null : h('button', { type: 'button', onclick: () => { password.value = freshPassword(); } }, t('users.new_password')),
      h('button', { type: 'button', onclick: () => fill(editor) }, t('users.cancel'))));
  form.addEventListener('submit', (event) => { event.preventDefault(); save(form, a, fresh); });
  fill(editor, form);
  form.elements.display_name.focus();
  form.scrollIntoView({ block: 'nearest' });
}

async function save(form, account, fresh) {
  const values = form.elements;
  const body = {
    display_name: values.display_name.value, role: values.role.value,
    communes: [...form.querySelectorAll('[name=communes]:checked')].map((box) => box.value),
    ...(values.password.value ? { password: values.password.value } : {}),
  };
  try {
    if (fresh) await post('/accounts', { ...body, username: values.username.value });
    else await post(`/accounts/${encodeURIComponent(account.username)}/changes`, { ...body, active: values.active.checked });
    const said = body.password ? h('div', { class: 'card', id: 'handed' }, h('strong', {}, t('users.handed')), h('p', {}, h('code', {}, fresh ? values.username.value : account.username), ' · ', h('code', {}, body.password))) : null;
    fill(editor, said ?? []);
    notice(t('users.saved'), { kind: 'good' });
    await load();
  } catch (problem) {
    refused(problem);
  }
}

async function load() {
  try {
    const [answer, here] = await Promise.all([get('/accounts'), get('/communes')]);
    communes = here.communes;
    draw(answer.accounts);
  } catch (problem) {
    find('#add').hidden = true;
    refusedIn(list, problem, load);
  }
}

find('#add').addEventListener('click', () => edit(null));
await load();
document.documentElement.dataset.ready = 'users';
