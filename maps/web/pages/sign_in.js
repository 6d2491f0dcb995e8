// Sign-in: the answer sets the cookie; the page goes on to where the person wanted to be.

import { find } from '../core/dom.js';
import { data, language } from '../core/page.js';

const form = find('#sign-in');
const problem = find('#problem');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const button = find('button', form);
  button.disabled = true;
  try {
    const response = await fetch('/api/v1/auth/token', { method: 'POST', body: new URLSearchParams(new FormData(form)) });
    const body = await response.json();
    if (response.ok) {
      location.assign(data.next);
      return;
    }
    problem.textContent = language === 'vi' ? body.title_vi : body.title;
    problem.hidden = false;
    find('[name=password]', form).select();
  } finally {
    button.disabled = false;
  }
});
