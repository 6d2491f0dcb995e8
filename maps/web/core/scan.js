// Reading a barcode or a QR code with the camera of a phone, where the browser can.

import { fill, h } from './dom.js';
import { t } from './page.js';

const FORMATS = ['code_128', 'qr_code'];
const PAUSE_MS = 150;
const CODE = /^[A-Z0-9][A-Z0-9.]{1,19}-\d{6}-\d{4}$/i;
const PAGE = /\/(verify|dossiers)\/[\w.%-]+$/;

/** Where a scanned text leads inside this service, or null: a dossier's code or one of our QR pages. */
export function destination(text) {
  const code = text.trim();
  if (CODE.test(code)) return `/dossiers/${encodeURIComponent(code.toUpperCase())}`;
  return PAGE.exec(code)?.[0] ?? null;
}

/** Whether this browser can look for codes in a picture. */
export async function canScan() {
  if (!('BarcodeDetector' in window) || !navigator.mediaDevices?.getUserMedia) return false;
  const known = await window.BarcodeDetector.getSupportedFormats();
  return FORMATS.some((format) => known.includes(format));
}

/** Show the camera until a code is found or the person closes; calls back with the text. */
export async function scan(onfound) {
  const video = h('video', { playsinline: true, muted: true, 'aria-label': t('scan.picture') });
  const said = h('p', { role: 'status' }, t('scan.hold'));
  const dialog = h('dialog', { class: 'scanner', 'aria-label': t('scan.title') });
  let stream = null;
  let closed = false;
  const stop = () => { closed = true; stream?.getTracks().forEach((track) => track.stop()); dialog.remove(); };
  fill(dialog, h('h2', {}, t('scan.title')), video, said, h('button', { type: 'button', class: 'wide', onclick: () => dialog.close() }, t('common.close')));
  dialog.addEventListener('close', stop);
  document.body.append(dialog);
  dialog.showModal();
  if (!await canScan()) {
    // Safari and Firefox cannot do this by themselves: a person is told, and types.
    video.hidden = true;
    said.textContent = t('scan.cannot');
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch {
    video.hidden = true;
    said.textContent = t('scan.refused');
    return;
  }
  video.srcObject = stream;
  await video.play();
  const detector = new window.BarcodeDetector({ formats: FORMATS });
  while (!closed) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found?.rawValue) {
      dialog.close();
      onfound(found.rawValue);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
