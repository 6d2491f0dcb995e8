// Asking the service: one place for tokens, keys, versions and refusals.

import { language } from './page.js';

const ROOT = '/api/v1';

/** A refusal of the service, as problem+json describes it. */
export class Problem extends Error {
  constructor(body, status) {
    super(language === 'vi' ? (body.detail_vi ?? body.title_vi ?? body.title) : (body.detail ?? body.title));
    this.body = body;
    this.status = status;
    this.code = body.code;
    this.items = body.items ?? [];
  }
}

/** A key that lets the same write be sent twice and carried out once. */
export function key() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function answered(response) {
  if (response.status === 204) return null;
  const kind = response.headers.get('content-type') ?? '';
  const body = kind.includes('json') ? await response.json() : { title: response.statusText };
  if (response.ok) return body;
  if (response.status === 401 && location.pathname !== '/') {
    location.assign(`/?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw new Problem(body, response.status);
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(ROOT + path, { headers: { Accept: 'application/json', ...options.headers }, ...withoutHeaders(options) });
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new Problem({ title: 'The service does not answer.', title_vi: 'Dịch vụ không trả lời.', code: 'no_answer' }, 0);
  }
  return answered(response);
}

function withoutHeaders({ headers: _headers, ...rest }) {
  return rest;
}

/** Read; values of the query that are empty are left out. */
export function get(path, query = {}, { signal } = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  const search = given.length ? `?${new URLSearchParams(given)}` : '';
  return ask(path + search, { signal });
}

/** Write JSON; the version seen goes with it where there is one. */
export function post(path, body = {}, { version } = {}) {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key() };
  if (version !== undefined && version !== null) headers['If-Match'] = `"${version}"`;
  return ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Send files and fields; progress of the sending from 0 to 1. */
export function send(path, form, onprogress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', ROOT + path);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Idempotency-Key', key());
    request.upload.addEventListener('progress', (event) => event.lengthComputable && onprogress(event.loaded / event.total));
    request.addEventListener('error', () => reject(new Problem({ title: 'The service does not answer.', title_vi: 'Dịch vụ không trả lời.' }, 0)));
    request.addEventListener('load', () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { body = { title: request.statusText }; }
      if (request.status < 300) resolve(body);
      else reject(new Problem(body, request.status));
    });
    request.send(form);
  });
}

/** Follow a job until it ends; calls back with every change. */
export function follow(jobId, onchange) {
  return new Promise((resolve) => {
    const events = new EventSource(`${ROOT}/jobs/${jobId}/events`);
    const ended = (job) => job.status === 'done' || job.status === 'failed';
    const take = (job) => {
      onchange(job);
      if (ended(job)) {
        events.close();
        resolve(job);
      }
    };
    events.addEventListener('progress', (event) => take(JSON.parse(event.data)));
    // A dropped connection reopens by itself; one that stays closed is asked again.
    events.addEventListener('error', async () => {
      if (events.readyState !== EventSource.CLOSED) return;
      const { job } = await get(`/jobs/${jobId}`).then((body) => ({ job: body.job ?? body }));
      onchange(job);
      if (ended(job)) resolve(job);
      else setTimeout(() => follow(jobId, onchange).then(resolve), 2000);
    });
  });
}
