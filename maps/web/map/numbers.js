// The conversion table on the screen: an old sheet looked up in the new numbers, and back.

import { get } from '../core/api.js';
import { empty, fill, find, h, table } from '../core/dom.js';
import { number } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { t } from '../core/page.js';

/** The table of a commune, read when it is first looked at. */
export class Numbers {
  constructor({ commune }) {
    this.path = `/communes/${commune}/conversion`;
    this.place = find('#conversion');
    this.asked = find('#conversion-find');
    this.asked.addEventListener('input', () => this.draw());
  }

  async load() {
    try {
      this.sheets = (await get(this.path)).sheets;
      this.asked.hidden = !this.sheets.length;
      this.draw();
    } catch (problem) {
      refusedIn(this.place, problem, () => this.load());
    }
  }

  draw() {
    const words = this.asked.value.trim().toLocaleLowerCase('vi').split(/\s+/).filter(Boolean);
    const rows = this.sheets.filter((sheet) => words.every((one) => held(sheet, one)));
    if (!rows.length) {
      fill(this.place, empty(t(this.sheets.length ? 'merge.numbers.find_none' : 'merge.numbers.none'), ''));
      return;
    }
    fill(this.place, table([
      { title: t('merge.numbers.from'), cell: (s) => s.former_name },
      { title: t('merge.numbers.old'), right: true, cell: (s) => [s.former_sheet, h('small', {}, ` 1:${s.scale}`)] },
      { title: t('merge.numbers.new'), right: true, cell: (s) => (s.sheet === null ? h('small', {}, t('merge.numbers.paper')) : h('strong', {}, String(s.sheet))) },
      { title: t('merge.numbers.parcels'), right: true, cell: (s) => number(s.parcels) },
    ], rows));
  }
}

/** Whether a number or a part of the name of a former commune belongs to a sheet. */
function held(sheet, one) {
  return String(sheet.sheet) === one || sheet.former_sheet.toLocaleLowerCase('vi') === one || sheet.former_name.toLocaleLowerCase('vi').includes(one);
}
