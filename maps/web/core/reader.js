// What reads codes in the picture of a camera: the browser itself where it can, else a decoder in a worker.

const FORMATS = ['code_128', 'qr_code'];
// Longest side of a picture that the worker is given: an old phone reads it in a few tenths of a second.
const SIDE = 1024;

/** Whether this browser looks for both kinds of codes by itself. */
async function able() {
  if (!('BarcodeDetector' in window)) return false;
  const known = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
  return FORMATS.every((format) => known.includes(format));
}

function byBrowser() {
  const detector = new window.BarcodeDetector({ formats: FORMATS });
  return {
    read: async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? '',
    end: () => {},
  };
}

/** Which part of the picture is looked at: the whole and, where the camera is finer, its middle as it is. */
function frames(width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const whole = { left: 0, top: 0, width, height, scale };
  if (scale === 1) return [whole];
  const [w, h] = [width, height].map((side) => Math.min(side, SIDE));
  return [whole, { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h, scale: 1 }];
}

/** A worker that decodes; refuses when the browser cannot start it. */
async function byWorker() {
  const worker = new Worker('/static/workers/codes.js', { type: 'module' });
  const canvas = document.createElement('canvas');
  const paper = canvas.getContext('2d', { willReadFrequently: true });
  let turn = 0;
  const answer = () => new Promise((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => { event.preventDefault(); reject(new Error(event.message)); };
  });
  await answer();
  return {
    async read(video) {
      if (!video.videoWidth) return '';
      const looks = frames(video.videoWidth, video.videoHeight);
      const look = looks[turn % looks.length];
      // Two looks upright, two on their side.
      const sideways = turn % 4 > 1;
      turn += 1;
      canvas.width = Math.round(look.width * look.scale);
      canvas.height = Math.round(look.height * look.scale);
      paper.drawImage(video, look.left, look.top, look.width, look.height, 0, 0, canvas.width, canvas.height);
      const { data, width, height } = paper.getImageData(0, 0, canvas.width, canvas.height);
      const found = answer();
      worker.postMessage({ pixels: data.buffer, width, height, sideways }, [data.buffer]);
      return found;
    },
    end: () => worker.terminate(),
  };
}

/** The reader of this browser: `read(video)` answers the text of a code or '', `end()` frees it. */
export async function codeReader() {
  return await able() ? byBrowser() : byWorker();
}
