-- name: external_code_insert
-- The code that another system gave a dossier; never minted here.
INSERT INTO cadastre.external_code (commune, system, code, dossier_uid, recorded_at, event_id)
VALUES (:commune, :system, :code, :dossier_uid, :recorded_at, :event);

-- name: hand_over_insert
-- The folder of a dossier passes from one person to another.
INSERT INTO cadastre.hand_over (
    commune, dossier_uid, from_step, to_step, given_by, taken_by, scanned_by, at, due_on, outcome,
    note, event_id)
VALUES (:commune, :dossier_uid, :from_step, :to_step, :given_by, :taken_by, :scanned_by, :at,
        :due_on, :outcome, :note, :event);

-- name: colleague
-- An active account of the commune.
SELECT username, display_name, role FROM cadastre.account
WHERE username = :username AND active
  AND CAST(:commune AS text) = ANY (CAST(communes AS text[]));

-- name: colleagues
-- Active accounts of the commune.
SELECT username, display_name, role FROM cadastre.account
WHERE active AND CAST(:commune AS text) = ANY (CAST(communes AS text[]))
ORDER BY display_name, username;

-- name: delegation_insert
-- A role handed to another person for a time.
INSERT INTO cadastre.delegation (
    commune, given_by, taken_by, role, title, reference, starts_on, ends_on, event_id)
VALUES (:commune, :given_by, :taken_by, :role, :title, :reference, :starts_on, :ends_on, :event)
RETURNING delegation_id;

-- name: delegation_end
-- A delegation ends before its time.
UPDATE cadastre.delegation SET ended_on = :ended_on
WHERE delegation_id = :delegation_id AND commune = :commune AND ended_on IS NULL
  AND given_by = :given_by
RETURNING delegation_id;

-- name: delegations
-- Delegations of a commune, the latest first, and whether each is in force on a day.
SELECT delegation_id, given_by, taken_by, role, title, reference, starts_on, ends_on, ended_on,
       starts_on <= :day AND ends_on >= :day AND (ended_on IS NULL OR ended_on > :day) AS in_force
FROM cadastre.delegation WHERE commune = :commune ORDER BY starts_on DESC, delegation_id DESC;

-- name: delegated_now
-- Roles that are handed to a person on a day.
SELECT commune::text, role, given_by, title FROM cadastre.delegation
WHERE taken_by = :taken_by AND commune = ANY (CAST(:communes AS char(5)[]))
  AND starts_on <= :day AND ends_on >= :day AND (ended_on IS NULL OR ended_on > :day)
ORDER BY delegation_id;

-- name: delegation_in_force
-- The delegation under which somebody signs, locked against an early end until the step is done.
SELECT delegation_id, title FROM cadastre.delegation
WHERE commune = :commune AND taken_by = :taken_by AND given_by = :given_by AND role = :role
  AND starts_on <= :day AND ends_on >= :day AND (ended_on IS NULL OR ended_on > :day)
ORDER BY delegation_id LIMIT 1 FOR UPDATE;

-- name: catalogue_current
-- The catalogue in force of a commune.
SELECT code, title, field, online, days::float8 AS days, time_limit, fee, documents, instructions,
       basis, profile
FROM cadastre.catalogue_entry WHERE commune = :commune AND valid_to IS NULL;

-- name: catalogue_entry
-- One procedure of a commune's catalogue in force.
SELECT code, title, field, online, days::float8 AS days, time_limit, fee, documents, instructions,
       basis, profile
FROM cadastre.catalogue_entry WHERE commune = :commune AND code = :code AND valid_to IS NULL;

-- name: catalogue_close
-- Entries that are gone or changed end.
UPDATE cadastre.catalogue_entry SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND valid_to IS NULL AND code = ANY (CAST(:codes AS text[]));

-- name: catalogue_open
-- Entries of the catalogue as the table has them, all in one statement.
INSERT INTO cadastre.catalogue_entry (
    commune, code, title, field, online, days, time_limit, fee, documents, instructions, basis,
    profile, words, opened_by)
SELECT :commune, code, title, field, online, days, time_limit, fee, documents, instructions, basis,
       profile, words, :event
FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS entry (
    code text, title text, field text, online boolean, days numeric, time_limit text, fee text,
    documents text, instructions text, basis text, profile text, words text);

-- name: catalogue_search
-- Entries in force by part of a code or of the title, accents or not.
SELECT commune::text, code, title, field, online, days::float8 AS days, time_limit, fee, documents,
       instructions, basis, profile
FROM cadastre.catalogue_entry
WHERE valid_to IS NULL
  AND (CAST(:commune AS text) IS NULL OR commune = :commune)
  AND (CAST(:online AS boolean) IS NULL OR online = :online)
  AND (CAST(:field AS text) IS NULL OR field = :field)
  AND words LIKE :words ESCAPE '\'
  AND (CAST(:after AS text) IS NULL OR code > :after)
ORDER BY code LIMIT :limit;

-- name: catalogue_counted
-- How many procedures are posted, how many of them online, by field.
SELECT field, count(*) AS procedures, count(*) FILTER (WHERE online) AS online
FROM cadastre.catalogue_entry
WHERE valid_to IS NULL AND (CAST(:commune AS text) IS NULL OR commune = :commune)
GROUP BY field ORDER BY field;

-- name: documents_found
-- Papers whose title, text layer or recognised words have all the words asked for.
SELECT d.code, t.document_uid::text, t.kind, t.title, t.direction, t.version, t.superseded,
       t.created_at, w.reading,
       ts_headline('simple', w.words, websearch_to_tsquery('simple', :words),
                   'StartSel=[,StopSel=],MaxFragments=1,MaxWords=18,MinWords=6') AS excerpt
FROM cadastre.document_words AS w
JOIN cadastre.dossier_document AS t USING (document_uid)
JOIN cadastre.dossier AS d USING (dossier_uid)
WHERE w.commune = :commune AND w.searched @@ websearch_to_tsquery('simple', :words)
ORDER BY t.created_at DESC, t.document_uid LIMIT 50;

-- name: scan_to_read
-- The file of a scan and how it has been read so far.
SELECT d.code, t.title, s.sha256::text, s.media_type, w.reading
FROM cadastre.dossier_document AS t
JOIN cadastre.dossier AS d USING (dossier_uid)
JOIN cadastre.source AS s USING (source_id)
JOIN cadastre.document_words AS w USING (document_uid)
WHERE t.commune = :commune AND t.document_uid = CAST(:document_uid AS uuid)
  AND t.direction = 'lodged';

-- name: scans_unread
-- Scans whose words are not known, the oldest first.
SELECT w.document_uid::text FROM cadastre.document_words AS w
JOIN cadastre.dossier_document AS t USING (document_uid)
WHERE w.commune = :commune AND w.reading IN ('waiting', 'unread')
ORDER BY t.created_at, w.document_uid;

-- name: words_enter
-- What a scan is found by, and how it was read.
UPDATE cadastre.document_words SET words = :words, reading = :reading
WHERE document_uid = CAST(:document_uid AS uuid);
