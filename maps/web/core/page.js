// What the server told this page: language, texts, data, who is signed in.

const block = document.getElementById('page-settings');

export const settings = JSON.parse(block.textContent);
export const language = settings.language;
export const data = settings.data;
export const actor = settings.actor;

/** The text of a key in the page's language, with {values} filled in. */
export function t(key, values = {}) {
  let found = settings.texts[key] ?? key;
  for (const [name, value] of Object.entries(values)) found = found.replaceAll(`{${name}}`, value);
  return found;
}

/** Whether the catalogue knows a key. */
export const knows = (key) => key in settings.texts;

/** The text of a key, or a fallback where the vocabulary is open. */
export const word = (key, fallback) => (knows(key) ? t(key) : fallback);

/** A parcel's name in the page's language; the register calls it "Tờ 98 thửa 34", other words stay. */
export function parcelName(label) {
  const [, sheet, parcel] = /^Tờ (\S+) thửa (.+)$/.exec(label ?? '') ?? [];
  return sheet ? t('common.parcel_name', { sheet, parcel }) : label ?? '';
}

/** Who did something: an account by its name, the service itself in words. */
export const who = (name) => (name ? word(`common.actor.${name}`, name) : '');

/** The member of an object in the page's language: title_vi or title_en. */
export function pick(thing, name) {
  return thing?.[`${name}_${language}`] ?? thing?.[`${name}_vi`] ?? thing?.[name] ?? '';
}

/** The land use of a thing in words with its code; the code alone where it has no name. */
export function landUse(thing) {
  const name = pick(thing, 'land_use_name');
  return name ? `${name} (${thing.land_use})` : thing.land_use ?? '';
}
