// A kiosk goes back to its start after a minute without a touch, on every page it leads to.

const REST_MS = 60_000;
const MARK = 'kiosk';

/** Call back when nobody has touched the screen for a minute. */
export function afterRest(callback, ms = REST_MS) {
  let waiting;
  const again = () => { clearTimeout(waiting); waiting = setTimeout(callback, ms); };
  for (const name of ['pointerdown', 'keydown', 'scroll']) document.addEventListener(name, again, { passive: true, capture: true });
  again();
}

/** This browser window is a kiosk from now on. */
export function markKiosk() {
  sessionStorage.setItem(MARK, '1');
}

/** On a page that a kiosk leads to: go back after a minute; true when this is a kiosk. */
export function backToKiosk() {
  if (sessionStorage.getItem(MARK) !== '1') return false;
  afterRest(() => location.assign('/kiosk'));
  return true;
}
