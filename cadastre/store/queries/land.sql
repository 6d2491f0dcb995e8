-- name: commune_insert
-- A commune is opened; its outline may follow.
INSERT INTO cadastre.commune (code, name, kind, province, srid, mountain, outline, valid_from)
VALUES (:code, :name, :kind, :province, :srid, :mountain,
        ST_Multi(ST_GeomFromWKB(CAST(:outline AS bytea), 4326)), :valid_from)
ON CONFLICT (code) DO NOTHING;

-- name: commune_partitions
-- Partitions of parcels and mismatches for a commune.
SELECT cadastre.open_commune(:code);

-- name: former_commune_insert
-- A former commune that went into the commune.
INSERT INTO cadastre.former_commune (commune, code, name, kind, seat, ordinal)
VALUES (:commune, :code, :name, :kind, :seat, :ordinal)
ON CONFLICT (commune, code) DO NOTHING;

-- name: commune_named
-- A commune as papers and dossiers name it.
SELECT code, name, kind, province, srid, mountain FROM cadastre.commune WHERE code = :commune;

-- name: commune_facts
-- What the verbs need to know of a commune.
SELECT code, name, kind, province, srid, mountain, ST_AsBinary(outline) AS outline
FROM cadastre.commune WHERE code = :commune;

-- name: commune_set_outline
-- The outline of a commune from a vector file, WGS 84.
UPDATE cadastre.commune
SET outline = ST_Multi(ST_GeomFromWKB(CAST(:outline AS bytea), 4326)), row_version = row_version + 1
WHERE code = :commune;

-- name: former_communes
-- The former communes in the order in which their sheets are renumbered.
SELECT code, name, kind, seat, ordinal FROM cadastre.former_commune
WHERE commune = :commune ORDER BY ordinal;

-- name: subject_lock
-- One piece of work on a subject at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0));

-- name: sheet_upsert
-- A sheet as delivered; importing it again keeps its identity and its published number.
INSERT INTO cadastre.sheet (
    sheet_uid, commune, former_commune, map_set, scale, former_sheet, surveyed_on, source_id,
    medium, declared_crs, srid, report, opened_by)
VALUES (:sheet_uid, :commune, :former_commune, :map_set, :scale, :former_sheet, :surveyed_on,
        :source_id, :medium, :declared_crs, :srid, CAST(:report AS jsonb), :event)
ON CONFLICT ON CONSTRAINT sheet_former_number DO UPDATE
SET source_id = excluded.source_id, surveyed_on = coalesce(excluded.surveyed_on, sheet.surveyed_on),
    medium = excluded.medium, declared_crs = excluded.declared_crs, srid = excluded.srid,
    report = excluded.report, row_version = sheet.row_version + 1
WHERE (sheet.source_id, sheet.medium, sheet.declared_crs, sheet.srid, sheet.report)
      IS DISTINCT FROM
      (excluded.source_id, excluded.medium, excluded.declared_crs, excluded.srid, excluded.report)
   OR sheet.surveyed_on IS DISTINCT FROM coalesce(excluded.surveyed_on, sheet.surveyed_on)
RETURNING sheet_uid::text;

-- name: sheet_uid_of
-- The identity of a sheet by its former number.
SELECT sheet_uid::text FROM cadastre.sheet
WHERE commune = :commune AND former_commune = :former_commune AND map_set = :map_set
  AND scale = :scale AND former_sheet = :former_sheet;

-- name: sheets_of_source
-- Sheets that came from a file with this content.
SELECT s.sheet_uid::text, s.former_sheet, s.scale, s.map_set, s.report
FROM cadastre.sheet AS s JOIN cadastre.source AS f USING (source_id)
WHERE s.commune = :commune AND f.kind = 'sheet' AND f.sha256 = :sha256
  AND s.former_commune = :former_commune;

-- name: sheet_parcels_current
-- Parcels as delivered, of some sheets or of the whole commune.
SELECT p.sheet_parcel_uid, p.sheet_uid::text, p.parcel_uid::text, p.former_commune::text,
       p.map_set, p.former_sheet, p.former_parcel, p.scale, p.surveyed_on, s.source_id::text,
       p.land_use, p.printed_area_m2, p.attributes::text AS attributes, p.record, p.geometry
FROM cadastre.sheet_parcel AS p JOIN cadastre.sheet AS s USING (sheet_uid)
WHERE p.commune = :commune AND p.valid_to IS NULL
  AND (CAST(:sheets AS uuid[]) IS NULL OR p.sheet_uid = ANY (CAST(:sheets AS uuid[])));

-- name: sheets_about
-- Sheets whose land comes near some parcels, the sheets beside those, and the sheets beside these:
-- all that a look at the parcels depends on.
WITH RECURSIVE extent AS MATERIALIZED (
    SELECT sheet_uid, ST_Expand(ST_Extent(geometry)::geometry, :reach) AS box,
           bool_or(parcel_uid = ANY (CAST(:uids AS uuid[]))) AS asked
    FROM cadastre.sheet_parcel WHERE commune = :commune AND valid_to IS NULL GROUP BY sheet_uid
), about AS (
    SELECT sheet_uid, box, 0 AS steps FROM extent WHERE asked
    UNION
    SELECT e.sheet_uid, e.box, a.steps + 1
    FROM about AS a JOIN extent AS e ON e.box && a.box WHERE a.steps < 2
)
SELECT DISTINCT sheet_uid::text FROM about ORDER BY 1;

-- name: sheet_parcels_close
-- Delivered parcels that a corrected file changed or left out.
UPDATE cadastre.sheet_parcel SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND valid_to IS NULL AND parcel_uid = ANY (CAST(:uids AS uuid[]))
  AND sheet_uid = ANY (CAST(:sheets AS uuid[]));

-- name: person_stage_create
-- What a sheet tells of the persons of its parcels, until it is stored under the policies.
CREATE TEMPORARY TABLE person_stage (parcel_uid uuid, attributes jsonb) ON COMMIT DROP;

-- name: person_store
-- Persons of the delivered parcels just written.
INSERT INTO cadastre.sheet_person (commune, sheet_parcel_uid, attributes)
SELECT p.commune, p.sheet_parcel_uid, s.attributes
FROM person_stage AS s JOIN cadastre.sheet_parcel AS p
  ON p.commune = :commune AND p.parcel_uid = s.parcel_uid AND p.valid_to IS NULL;

-- name: published_sheets
-- Sheet numbers given so far; they never change.
SELECT former_commune::text, map_set, scale, former_sheet, sheet
FROM cadastre.sheet WHERE commune = :commune AND sheet IS NOT NULL;

-- name: sheet_publish
-- A sheet gets its number in the new commune, once.
UPDATE cadastre.sheet SET sheet = :sheet, row_version = row_version + 1
WHERE commune = :commune AND former_commune = :former_commune AND map_set = :map_set
  AND scale = :scale AND former_sheet = :former_sheet AND sheet IS NULL;

-- name: register_areas
-- Registered area of each parcel from the land book.
SELECT parcel_uid::text, max(register_area_m2) AS register_area_m2
FROM cadastre.landbook_record
WHERE commune = :commune AND valid_to IS NULL AND parcel_uid IS NOT NULL
GROUP BY parcel_uid;

-- name: parcels_current
-- The merged parcel map as it stands.
SELECT parcel_uid::text, version, former_commune::text, map_set, former_sheet, former_parcel,
       commune::text, sheet, parcel, scale, surveyed_on, source_id::text, land_use,
       printed_area_m2, register_area_m2, origin, geometry
FROM cadastre.parcel WHERE commune = :commune AND valid_to IS NULL
  AND (CAST(:uids AS uuid[]) IS NULL OR parcel_uid = ANY (CAST(:uids AS uuid[])));

-- name: parcel_versions
-- Highest version ever of some parcels.
SELECT parcel_uid::text, max(version) AS version FROM cadastre.parcel
WHERE commune = :commune AND parcel_uid = ANY (CAST(:uids AS uuid[])) GROUP BY parcel_uid;

-- name: parcels_close
-- Current versions that an event replaces or ends.
UPDATE cadastre.parcel SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND valid_to IS NULL AND parcel_uid = ANY (CAST(:uids AS uuid[]));

-- name: crosswalk_current
-- Every old number in force and its parcel.
SELECT crosswalk_id, former_commune::text, map_set, scale, former_sheet, former_parcel,
       parcel_uid::text, commune::text, sheet, parcel, valid_from
FROM cadastre.crosswalk WHERE commune = :commune AND valid_to IS NULL;

-- name: numbers_converted
-- Every old number with the sheet and parcel number that it has become. The number of a parcel that
-- gives way to another mapping of its land keeps its own new number here, though it leads to that one.
WITH own AS (
    SELECT former_commune::text, coalesce(map_set, '') AS map_set, scale, former_sheet, former_parcel,
           sheet, parcel
    FROM cadastre.parcel
    WHERE commune = :commune AND valid_to IS NULL AND former_parcel IS NOT NULL
)
SELECT * FROM own
UNION ALL
SELECT w.former_commune::text, w.map_set, w.scale, w.former_sheet, w.former_parcel, w.sheet, w.parcel
FROM cadastre.crosswalk AS w
WHERE w.commune = :commune AND w.valid_to IS NULL
  AND NOT EXISTS (
      SELECT FROM own WHERE own.former_commune = w.former_commune AND own.map_set = w.map_set
      AND own.scale = w.scale AND own.former_sheet = w.former_sheet
      AND own.former_parcel = w.former_parcel);

-- name: crosswalk_close
-- Crosswalk rows whose target changed.
UPDATE cadastre.crosswalk SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND valid_to IS NULL AND crosswalk_id = ANY (:ids);

-- name: identifiers_held
-- Parcels that already have their identifier.
SELECT parcel_uid::text FROM cadastre.parcel_identifier WHERE commune = :commune;

-- name: identifier_store
-- An identifier is stored once; a second parcel at the same cell waits for a decision.
INSERT INTO cadastre.parcel_identifier (identifier, commune, parcel_uid, east, north, opened_by)
SELECT i.identifier, :commune, i.parcel_uid, i.east, i.north, :event
FROM identifier_stage AS i
ON CONFLICT DO NOTHING;

-- name: identifier_stage_create
-- Identifiers computed in this transaction.
CREATE TEMPORARY TABLE identifier_stage (
    identifier text, parcel_uid uuid, east double precision, north double precision
) ON COMMIT DROP;

-- name: sheet_of_key
-- The sheet that a former commune knew by this number.
SELECT sheet_uid::text FROM cadastre.sheet
WHERE commune = :commune AND former_commune = :former_commune AND map_set = :map_set
  AND scale = :scale AND former_sheet = :former_sheet;

-- name: parcels_of_sheet
-- Parcels of the map that stand as a sheet drew them, not as a survey did.
SELECT parcel_uid::text FROM cadastre.parcel
WHERE commune = :commune AND valid_to IS NULL AND origin <> 'survey'
  AND former_commune = :former_commune AND map_set = :map_set AND scale = :scale
  AND former_sheet = :former_sheet;

-- name: survey_latest
-- The current version of a survey by its label.
SELECT survey_uid::text, version, source_id::text FROM cadastre.survey
WHERE commune = :commune AND label = :label AND valid_to IS NULL;

-- name: survey_of_content
-- A survey already recorded from a file with this content.
SELECT s.survey_uid::text, s.version, s.label, s.report FROM cadastre.survey AS s
JOIN cadastre.source AS f USING (source_id)
WHERE s.commune = :commune AND f.kind = 'survey' AND f.sha256 = :sha256 AND s.valid_to IS NULL;

-- name: survey_close
-- A survey replaced by its new version, with its parcels.
WITH parcels AS (
    UPDATE cadastre.measured_parcel SET valid_to = now(), closed_by = :event
    WHERE commune = :commune AND survey_uid = :survey_uid AND valid_to IS NULL
)
UPDATE cadastre.survey SET valid_to = now(), closed_by = :event, row_version = row_version + 1
WHERE commune = :commune AND survey_uid = :survey_uid AND valid_to IS NULL;

-- name: survey_insert
-- A survey as uploaded.
INSERT INTO cadastre.survey (
    survey_uid, commune, label, version, source_id, srid, surveyed_on, uploaded_by, report, opened_by)
VALUES (:survey_uid, :commune, :label, :version, :source_id, :srid, :surveyed_on, :uploaded_by,
        CAST(:report AS jsonb), :event);

-- name: measured_current
-- Measured parcels in force, of some surveys or all.
SELECT m.measured_uid::text, s.label AS survey, m.label, m.sigma_m, m.survey_uid::text,
       m.boundary_confirmed, m.geometry
FROM cadastre.measured_parcel AS m JOIN cadastre.survey AS s USING (survey_uid)
WHERE m.commune = :commune AND m.valid_to IS NULL
  AND (CAST(:surveys AS uuid[]) IS NULL OR m.survey_uid = ANY (CAST(:surveys AS uuid[])));

-- name: boundaries_confirmed
-- What the signed boundary descriptions of some parcels, or of all, say.
SELECT parcel_uid::text, confirmed FROM cadastre.boundary_description
WHERE commune = :commune AND valid_to IS NULL
  AND (CAST(:uids AS uuid[]) IS NULL OR parcel_uid = ANY (CAST(:uids AS uuid[])));

-- name: reconciliation_insert
-- One comparison of map and ground.
INSERT INTO cadastre.reconciliation (reconciliation_id, commune, summary, shifts, event_id)
VALUES (:reconciliation_id, :commune, CAST(:summary AS jsonb), CAST(:shifts AS jsonb), :event);

-- name: matches_supersede
-- Matches and corners of the surveys judged again are no longer current.
WITH corners AS (
    UPDATE cadastre.corner SET current = false
    WHERE commune = :commune AND current AND measured_uid = ANY (CAST(:measured AS uuid[]))
)
UPDATE cadastre.match SET current = false
WHERE commune = :commune AND current AND measured_uid = ANY (CAST(:measured AS uuid[]));

-- name: landbook_close
-- Records of a land book replaced by a newer delivery for the same sheets.
WITH records AS (
    UPDATE cadastre.landbook_record SET valid_to = now(), closed_by = :event
    WHERE commune = :commune AND valid_to IS NULL
      AND (former_commune::text, former_sheet) IN (
          SELECT * FROM unnest(CAST(:former_communes AS text[]), CAST(:former_sheets AS text[])))
    RETURNING record_uid, parcel_uid
), rights AS (
    UPDATE cadastre.parcel_right SET valid_to = now(), closed_by = :event
    WHERE commune = :commune AND valid_to IS NULL AND record_uid IN (SELECT record_uid FROM records)
)
UPDATE cadastre.parcel_purpose SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND valid_to IS NULL AND parcel_uid IN (SELECT parcel_uid FROM records);

-- name: landbook_of_content
-- Records already loaded from a file with this content, and how many of them have a parcel.
SELECT count(*) AS records, count(r.parcel_uid) AS joined FROM cadastre.landbook_record AS r JOIN cadastre.source AS f USING (source_id)
WHERE r.commune = :commune AND r.valid_to IS NULL AND f.sha256 = :sha256;

-- name: landbook_records_current
-- All records in force, as the judge of the land book reads them.
SELECT row_number, former_commune::text, map_set, scale, former_sheet, former_parcel,
       register_area_m2, address, certificate_serial, book_number
FROM cadastre.landbook_record WHERE commune = :commune AND valid_to IS NULL;

-- name: numbers_known
-- Old numbers of the parcels delivered so far, for joining a land book.
SELECT former_commune::text, map_set, scale, former_sheet, former_parcel, parcel_uid::text
FROM cadastre.sheet_parcel
WHERE commune = :commune AND valid_to IS NULL AND former_parcel IS NOT NULL;

-- name: parties_held
-- Parties already known in the commune.
SELECT party_uid::text FROM cadastre.party WHERE commune = :commune AND valid_to IS NULL;

-- name: communes_opened
-- The communes of this service and how many parcels they hold.
SELECT c.code::text, c.name, c.kind, c.province, c.srid,
       (SELECT count(*) FROM cadastre.parcel AS p WHERE p.commune = c.code AND p.valid_to IS NULL) AS parcels
FROM cadastre.commune AS c ORDER BY c.code;

-- name: verbs_done
-- Which verbs have been carried out for a commune.
SELECT verb, count(*) AS times, max(at) AS last FROM cadastre.event
WHERE commune = :commune GROUP BY verb;

-- name: identifiers_of_commune
-- The identifier of each parcel.
SELECT parcel_uid::text, identifier::text FROM cadastre.parcel_identifier WHERE commune = :commune;

-- name: parcels_with_holders
-- Current parcels of a state with the parties of their land book record, one row per party.
SELECT p.parcel_uid::text, p.land_use, s.state, t.party_uid::text, t.name, t.id_number, t.birth_date,
       t.address, r.share_numerator, r.share_denominator
FROM cadastre.parcel AS p
JOIN cadastre.parcel_state AS s USING (commune, parcel_uid)
JOIN cadastre.parcel_right AS r ON r.commune = p.commune AND r.parcel_uid = p.parcel_uid AND r.valid_to IS NULL
JOIN cadastre.party AS t ON t.party_uid = r.party_uid
JOIN cadastre.landbook_record AS b ON b.record_uid = r.record_uid AND b.certificate_serial IS NULL
WHERE p.commune = :commune AND p.valid_to IS NULL AND s.state = :state
  AND EXISTS (SELECT FROM cadastre.parcel_identifier AS i WHERE i.commune = p.commune AND i.parcel_uid = p.parcel_uid)
ORDER BY p.sheet, p.parcel, r.right_uid;

-- name: parcels_opened_by
-- Parcels of which an event opened a version.
SELECT parcel_uid::text FROM cadastre.parcel WHERE commune = :commune AND opened_by = :event;

-- name: parcels_before
-- Versions that an event closed: the parcel map as it was before it.
SELECT parcel_uid::text, version, former_commune::text, map_set, former_sheet, former_parcel,
       commune::text, sheet, parcel, scale, surveyed_on, source_id::text, land_use,
       printed_area_m2, register_area_m2, origin, geometry
FROM cadastre.parcel WHERE commune = :commune AND closed_by = :event;

-- name: parcel_lineage
-- Every version of a parcel with the events that opened and closed it.
SELECT p.version, p.sheet, p.parcel, p.area_m2, p.origin, p.valid_from, p.valid_to,
       o.event_id AS opened_event, o.verb AS opened_verb, o.actor AS opened_actor, o.at AS opened_at,
       o.subject AS opened_subject,
       c.event_id AS closed_event, c.verb AS closed_verb, c.actor AS closed_actor, c.at AS closed_at
FROM cadastre.parcel AS p
LEFT JOIN cadastre.event AS o ON o.event_id = p.opened_by
LEFT JOIN cadastre.event AS c ON c.event_id = p.closed_by
WHERE p.commune = :commune AND p.parcel_uid = :parcel_uid
ORDER BY p.version;

-- name: paper_sheet_medium
-- Whether a sheet is held already, and how.
SELECT medium FROM cadastre.sheet
WHERE commune = :commune AND former_commune = :former_commune AND map_set = :map_set
  AND scale = :scale AND former_sheet = :former_sheet;

-- name: paper_sheets
-- Sheets that are kept on paper only, with how many parcels they list.
SELECT former_commune::text, map_set, scale, former_sheet,
       coalesce(jsonb_array_length(report -> 'parcels'), 0) AS parcels
FROM cadastre.sheet WHERE commune = :commune AND medium = 'paper'
ORDER BY former_commune, map_set, scale, former_sheet;
