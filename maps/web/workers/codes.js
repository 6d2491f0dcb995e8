// CODE 128 and QR in a picture, off the page's thread: for browsers that have no BarcodeDetector of their own.

import decodeQR from '/static/vendor/codes/qr/decode.js';
import '/static/vendor/codes/zxing.js';

const { BinaryBitmap, Code128Reader, DecodeHintType, HybridBinarizer, RGBLuminanceSource } = globalThis.ZXing;
const bars = new Code128Reader();
// Every third row instead of every twenty-fifth: it costs some tens of milliseconds and reads noisy pictures.
const HINTS = new Map([[DecodeHintType.TRY_HARDER, true]]);

/** Brightness of each pixel, the green counted twice as the eye does. */
function brightness(pixels) {
  const grey = new Uint8ClampedArray(pixels.length / 4);
  for (let i = 0, p = 0; i < grey.length; i += 1, p += 4) grey[i] = (pixels[p] + 2 * pixels[p + 1] + pixels[p + 2]) >> 2;
  return grey;
}

/** The picture on its side: bars along a phone that is held upright lie along its rows. */
function turned(grey, width, height) {
  const side = new Uint8ClampedArray(grey.length);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) side[x * height + height - 1 - y] = grey[y * width + x];
  return side;
}

function barcode(grey, width, height) {
  return bars.decode(new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(grey, width, height))), HINTS).getText();
}

/** The first text that is read; a decoder throws where there is nothing to read. */
function first(...ways) {
  for (const read of ways) {
    try {
      const text = read();
      if (text) return text;
    } catch {
      continue;
    }
  }
  return '';
}

self.addEventListener('message', ({ data: { pixels, width, height, sideways } }) => {
  const data = new Uint8ClampedArray(pixels);
  const grey = brightness(data);
  self.postMessage(first(
    () => (sideways ? barcode(turned(grey, width, height), height, width) : barcode(grey, width, height)),
    () => decodeQR({ width, height, data }),
  ));
});

// Ready: the decoders have been loaded.
self.postMessage('');
