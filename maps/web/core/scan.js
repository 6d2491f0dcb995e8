// Reading a barcode or a QR code with the camera of a phone or of the hall's screen.

import { fill, h } from './dom.js';
import { t } from './page.js';
import { codeReader } from './reader.js';

// The picture rests between two looks, so that a phone shows it smoothly and stays cool.
const PAUSE_MS = 100;
const ADVICE_MS = 6000;
// Finer than a page needs to be seen: the small bars of a receipt are read from its middle as they are.
const CAMERA = { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } };
const CODE = /^[A-Z0-9][A-Z0-9.]{1,19}-\d{6}-\d{4}$/i;
const PAGE = /\/(verify|dossiers)\/[\w.%-]+$/;
const RECEIPT = /\/kiosk\?q=([^&#]+)$/;

/**
 * Where a scanned text leads inside this service, or null: a dossier's code, the address on a receipt
 * or one of our pages. The QR of a certificate goes on after its address with what it certifies.
 */
export function destination(text) {
  const line = text.trim().split('\n')[0].trim();
  const code = RECEIPT.exec(line)?.[1] ?? line;
  if (CODE.test(code)) return `/dossiers/${encodeURIComponent(code.toUpperCase())}`;
  return PAGE.exec(code)?.[0] ?? null;
}

/** Whether there is a camera that this page could ask for. */
export async function canScan() {
  const devices = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []) ?? [];
  return devices.some((device) => device.kind === 'videoinput');
}

/** Why there is no picture, in a person's words. */
function reason(problem) {
  if (!navigator.mediaDevices?.getUserMedia) return t('scan.insecure');
  if (['NotFoundError', 'OverconstrainedError'].includes(problem.name)) return t('scan.none');
  if (problem.name === 'NotReadableError') return t('scan.busy');
  return t('scan.refused');
}

/** Show the camera until a code is found or the person closes; calls back with the text. */
export async function scan(onfound, { hold = t('scan.hold'), title = t('scan.title') } = {}) {
  const video = h('video', { playsinline: true, 'aria-label': t('scan.picture') });
  const said = h('p', { role: 'status' }, t('scan.opening'));
  const dialog = h('dialog', { class: 'scanner', 'aria-label': title });
  const running = { closed: false, stream: null, reader: null };
  video.muted = true;
  fill(dialog, h('h2', {}, title), video, said, h('button', { type: 'button', class: 'wide', onclick: () => dialog.close() }, t('common.close')));
  dialog.addEventListener('close', () => { running.closed = true; end(running); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
  try {
    running.stream = await navigator.mediaDevices.getUserMedia({ video: CAMERA });
    video.srcObject = running.stream;
    await video.play();
  } catch (problem) {
    video.hidden = true;
    said.textContent = reason(problem);
    return;
  } finally {
    // Closed while the person was still being asked: the camera goes out again.
    if (running.closed) end(running);
  }
  try {
    running.reader = await codeReader();
    said.textContent = hold;
    const text = await look(video, running, said);
    if (!text) return;
    dialog.close();
    onfound(text);
  } catch {
    // The decoder does not start, or fails: an old browser.
    video.hidden = true;
    said.textContent = t('scan.cannot');
    end(running);
  }
}

/** The text of the first code that is read, or '' when the person closes. */
async function look(video, running, said) {
  const advised = setTimeout(() => { said.textContent = t('scan.advice'); }, ADVICE_MS);
  let text = '';
  while (!running.closed && !text) {
    text = await running.reader.read(video);
    if (!text) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  clearTimeout(advised);
  if (running.closed) end(running);
  return running.closed ? '' : text;
}

function end({ stream, reader }) {
  stream?.getTracks().forEach((track) => track.stop());
  reader?.end();
}
