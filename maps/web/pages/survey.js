// One survey: what was judged and how it came out, the network, residuals, points, parcels, versions.

import '../core/shell.js';
import { get } from '../core/api.js';
import { chip, empty, facts, fill, find, h, table } from '../core/dom.js';
import { area, coordinate, date, moment, number, signed } from '../core/format.js';
import { refusedIn } from '../core/notice.js';
import { data, language, parcelName, t, word } from '../core/page.js';
import { land } from './parts/survey_map.js';
import { report } from './parts/upload.js';

const ANGULAR = new Set(['direction', 'angle', 'azimuth', 'z-angle']);
// The smallest correction that is worth a place: a twentieth of a millimetre or of a second.
const SMALLEST = 0.05;
const SECONDS = (180 / Math.PI) * 3600;
const ROWS = 200;
const PAPERS = ['measured_state', 'boundary_description', 'survey_plan'];
const root = `/api/v1/surveys/${data.survey}`;

const named = (name) => name.replace(/^\S+/, (kind) => word(`survey.kind.${kind}`, kind));
const passed = (ok) => chip(ok ? 'good' : 'blocking', t(ok ? 'survey.passed' : 'survey.failed'));
/** Residuals smaller than the stated precision fail the test too, and are no fault. */
const tested = (told) => (!told.passed && told.ratio < told.lower ? chip('good', t('survey.better')) : passed(told.passed));
const seconds = (radians) => (radians === null ? '–' : `${number(radians * SECONDS, 1)}″`);
const millimetres = (metres) => (metres === null || metres === undefined ? '–' : `${number(metres * 1000, 1)} mm`);

/** An angle in degrees, minutes and tenths of seconds, as field books write it. */
function sexagesimal(radians) {
  const tenths = Math.round(Math.abs(radians) * SECONDS * 10);
  const [degrees, minutes] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60];
  return `${radians < 0 ? '−' : ''}${degrees}°${String(minutes).padStart(2, '0')}′${number((tenths % 600) / 10, 1).padStart(4, '0')}″`;
}

/** How far an observation is likely wrong, in the unit of its kind. */
function likely(o) {
  const amount = ANGULAR.has(o.name.split(' ')[0]) ? `${number(Math.abs(o.likely_error) * SECONDS, 1)}″` : `${number(Math.abs(o.likely_error), 3)} m`;
  return t('survey.likely', { amount });
}

function head(s) {
  const adjusted = s.report?.network;
  return [h('div', { class: 'page-head' },
    h('div', {}, h('h1', {}, s.label, s.version > 1 ? ` (${t('surveys.version', { n: s.version })})` : ''),
      h('p', { class: 'lead' }, `${s.file} · ${moment(s.uploaded_at)} · ${s.uploaded_by}${s.surveyed_on ? ` · ${t('surveys.surveyed_on')} ${date(s.surveyed_on)}` : ''}`),
      s.replaced_at ? chip('warning', t('survey.replaced', { at: moment(s.replaced_at) })) : null),
    h('div', { class: 'row' },
      adjusted ? h('a', { class: 'button primary', href: `${root}/adjustment.pdf`, target: '_blank', rel: 'noopener' }, t('survey.adjustment_pdf')) : null,
      h('a', { class: 'button', href: `/surveys?label=${encodeURIComponent(s.label)}` }, t('survey.again'))))];
}

function adjustment(name, told) {
  if (!told) return null;
  return h('section', { class: 'card', 'data-adjustment': name }, h('h3', {}, t(`survey.${name}`), ' ', tested(told)),
    facts([
      [t('survey.sigma0'), `${number(told.sigma0, 3)} (${t('survey.apriori')} ${number(told.sigma_apriori, 3)})`],
      [t('survey.test', { share: number(told.confidence * 100) }), `${number(told.ratio, 3)} (${number(told.lower, 3)} – ${number(told.upper, 3)})`],
      [t('survey.redundancy'), `${number(told.observations)} − ${number(told.unknowns)} + ${number(told.defect)} = ${number(told.degrees_of_freedom)}`],
    ]),
    told.notes?.length ? h('ul', { class: 'hint' }, told.notes.map((one) => h('li', {}, one[language] ?? one.vi))) : null);
}

function judged(network) {
  if (!network) return [];
  const control = network.control;
  return [adjustment('plane', network.plane), adjustment('levels', network.levels),
    control ? h('section', { class: 'card' }, h('h3', {}, t('survey.control'), ' ', passed(control.fits)),
      facts([[t('survey.strain'), `${number(control.strain, 2)} (${t('survey.limit')} ${control.limit === null ? '–' : number(control.limit, 2)})`],
        ...Object.entries(control.moved_m ?? {}).map(([name, by]) => [name, millimetres(by)])])) : null,
    network.outliers?.length ? h('section', { class: 'card', id: 'outliers' }, h('h3', {}, t('survey.outliers')), h('p', { class: 'hint' }, t('survey.outliers_hint')),
      h('ul', {}, network.outliers.map((o) => h('li', {}, h('strong', {}, named(o.name)), o.line ? ` (${t('report.row', { n: o.line })})` : '', `: ${number(o.standardised, 2)} > ${number(o.limit, 2)}; ${likely(o)}`)))) : null,
    network.traverses?.length ? h('section', { class: 'card' }, h('h3', {}, t('survey.traverses')), table([
      { title: t('survey.stations'), cell: (x) => x.stations.join(' – ') },
      { title: t('survey.length'), right: true, cell: (x) => number(x.length, 2) },
      { title: t('survey.angular'), right: true, cell: (x) => `${seconds(x.angular)} (≤ ${seconds(x.angular_allowed)})` },
      { title: t('survey.linear'), right: true, cell: (x) => number(x.linear, 3) },
      { title: t('survey.relative'), right: true, cell: (x) => `${x.relative === null ? '0' : `1:${number(x.relative)}`} (1:${number(x.relative_allowed)})` },
      { title: '', cell: (x) => passed(x.passed) },
    ], network.traverses)) : null];
}

function observation(o) {
  const angular = ANGULAR.has(o.kind);
  const whole = (value) => (value === null ? '–' : angular ? sexagesimal(value) : number(value, 4));
  const small = (value) => (value === null ? '–' : angular ? `${number(value * SECONDS, 1)}″` : `${number(value * 1000, 1)} mm`);
  return { ...o, observed_told: whole(o.observed), adjusted_told: whole(o.adjusted), residual_told: small(o.residual), sigma_told: small(o.sigma) };
}

// In the order in which they are made.
const CORRECTIONS = ['collimation', 'index_error', 'prism_m', 'atmosphere_m', 'sight_m', 'curvature_m', 'instrument_m', 'target_m', 'to_horizontal_m', 'to_ellipsoid_m', 'to_grid_m', 'arc_to_chord'];

/** What was done to a reading: how many faces were meant, then each correction in its unit. */
function made(o) {
  const { faces, ...amounts } = o.corrections ?? {};
  const size = (name) => (name.endsWith('_m') ? 1000 : SECONDS);
  const told = Object.entries(amounts).sort(([a], [b]) => CORRECTIONS.indexOf(a) - CORRECTIONS.indexOf(b)).filter(([name, v]) => Math.abs(v) * size(name) >= SMALLEST)
    .map(([name, v]) => `${word(`survey.correction.${name}`, name)} ${signed(v * size(name), 1)}${name.endsWith('_m') ? ' mm' : '″'}`);
  return [faces ? t('survey.faces', { n: number(faces) }) : null, ...told].filter(Boolean).join('; ');
}

function observations(rows) {
  if (!rows.length) return [];
  const doubt = (o) => (o.used ? Math.abs(o.standardised ?? 0) : Infinity);
  const worst = [...rows].sort((a, b) => (doubt(a) === doubt(b) ? a.number - b.number : doubt(b) - doubt(a))).slice(0, ROWS).map(observation);
  return [h('h2', {}, t('survey.observations', { n: number(rows.length) })), h('p', { class: 'hint' }, t('survey.observations_hint')), table([
    { title: t('survey.kind'), cell: (o) => word(`survey.kind.${o.kind}`, o.kind) },
    { title: t('survey.sight'), cell: (o) => `${o.station} → ${o.target}` },
    { title: t('survey.observed'), right: true, cell: (o) => o.observed_told },
    { title: t('survey.residual'), right: true, cell: (o) => o.residual_told },
    { title: 'σ', right: true, cell: (o) => o.sigma_told },
    { title: t('survey.redundancy_number'), right: true, cell: (o) => (o.redundancy === null ? '–' : number(o.redundancy, 2)) },
    { title: t('survey.standardised'), right: true, cell: (o) => (o.standardised === null ? '–' : h('span', { class: Math.abs(o.standardised) > 3 ? 'bad-text' : '' }, number(o.standardised, 2))) },
    { title: t('survey.corrections'), cell: (o) => h('small', { class: 'corrections' }, made(o)) },
    { title: '', cell: (o) => (o.used ? null : chip('blocking', t('survey.off'))) },
  ], worst)];
}

function points(rows) {
  if (!rows.length) return [];
  return [h('details', { open: rows.length <= 30 }, h('summary', {}, t('survey.points', { n: number(rows.length) })), table([
    { title: t('survey.point'), cell: (p) => p.point },
    { title: '', cell: (p) => word(`survey.role.${p.role}`, p.role ?? '') },
    { title: 'X (m)', right: true, cell: (p) => coordinate(p.north) },
    { title: 'Y (m)', right: true, cell: (p) => coordinate(p.east) },
    { title: 'H (m)', right: true, cell: (p) => (p.height === null ? '–' : coordinate(p.height)) },
    { title: 'mX, mY (mm)', right: true, cell: (p) => (p.var_north === null || p.var_north === undefined ? number(p.sigma_m * 1000, 1) : `${number(Math.sqrt(p.var_north) * 1000, 1)}; ${number(Math.sqrt(p.var_east) * 1000, 1)}`) },
  ], rows.slice(0, ROWS * 5)))];
}

function parcels(features) {
  const title = h('h2', {}, t('survey.parcels', { n: number(features.length) }));
  if (!features.length) return [title, empty(t('survey.no_parcels'), t('survey.no_parcels_next'))];
  return [title, h('div', { class: 'cards' }, features.map(({ properties: p }) => h('article', { class: 'card', 'data-measured': p.measured_uid },
    h('h3', {}, p.label || t('survey.unnamed'), p.parcel_label ? h('small', {}, ` · ${parcelName(p.parcel_label)}`) : ''),
    facts([[t('survey.area'), area(p.area_m2)], [t('survey.precision'), millimetres(p.sigma_m)]]),
    p.verdict ? h('p', {}, word(`verdict.${p.verdict}`, p.verdict)) : null,
    p.parcel_uid ? null : h('p', { class: 'hint' }, t('survey.unmatched')),
    p.parcel_uid ? h('p', { class: 'row' }, h('a', { class: 'button small', href: `/map/${data.commune}?parcel=${p.parcel_uid}` }, t('survey.on_map')),
      ...PAPERS.map((kind) => h('a', { class: 'button small', target: '_blank', rel: 'noopener', href: `/api/v1/measured/${p.measured_uid}/documents/${kind}.pdf` }, t(`survey.paper.${kind}`)))) : null)))];
}

function checks(rows) {
  if (!rows?.length) return [];
  return [h('h2', {}, t('survey.checks')), h('ul', { class: 'card plain checks' }, rows.map((c) => h('li', {}, passed(c.passed), ' ', c[language] ?? c.vi,
    c.east === null || !ground ? null : [' ', h('button', { type: 'button', class: 'small', onclick: () => ground.show(c.east, c.north) }, t('survey.show'))])))];
}

let ground = null;

function versions(rows) {
  if (rows.length < 2) return [];
  return [h('h2', {}, t('survey.versions')), h('ul', { class: 'plain links card' }, rows.map((v) => h('li', {}, h('a', { href: `/surveys/${v.survey_uid}`, 'aria-current': v.survey_uid === data.survey ? 'page' : false }, `${t('surveys.version', { n: v.version })} · ${v.file}`), h('small', {}, `${moment(v.uploaded_at)}, ${v.uploaded_by}`))))];
}

async function drawing(found) {
  if (!found.points.length) return;
  const place = find('#drawing');
  const picture = h('img', { src: `${root}/network.svg`, alt: t('survey.drawing_alt', { n: number(found.points.length) }) });
  fill(place, picture, h('figcaption', { class: 'hint' }, t('survey.drawing')));
  place.hidden = false;
  await picture.decode().catch(() => {});
}

async function load() {
  const place = find('#survey');
  try {
    const found = await get(`/surveys/${data.survey}`);
    data.commune = found.commune;
    document.title = `${found.label} · ${document.title}`;
    fill(find('#head'), head(found));
    fill(find('#judged'), judged(found.report?.network));
    fill(find('#observations'), observations(found.observations ?? []));
    fill(find('#points'), points(found.points));
    fill(find('#parcels'), parcels(found.measured.features));
    ground = await land(found);
    fill(find('#checks'), checks(found.report?.checks));
    fill(find('#account'), report(found.report ?? {}));
    fill(find('#versions'), versions(found.versions ?? []));
    await drawing(found);
  } catch (problem) {
    refusedIn(place, problem, load);
  }
  place.removeAttribute('aria-busy');
}

await load();
document.documentElement.dataset.ready = 'survey';
