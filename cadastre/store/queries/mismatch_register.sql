-- name: mismatch_stage_create
-- A table of this transaction for the mismatches that a run has found.
CREATE TEMPORARY TABLE mismatch_stage (
    mismatch_id uuid PRIMARY KEY, moment text, code text, severity text, subject text,
    parcel_uid uuid, other_parcel_uid uuid, measured_uid uuid, survey_uid uuid, sheet text,
    measured double precision, allowed double precision, unit text, rule text,
    message_vi text, message_en text, geometry geometry, display geometry
) ON COMMIT DROP;

-- name: mismatch_stage_drop
-- The run is written; the next one in this transaction starts afresh.
DROP TABLE mismatch_stage;

-- name: mismatch_decisions_lapse
-- Decisions end as lapsed where the value has moved by more than a share of the allowed.
WITH lapsed AS (
    UPDATE cadastre.mismatch_decision AS d
    SET ended_at = now(), ended_why = 'lapsed', ended_by = :event
    FROM mismatch_stage AS s
    WHERE d.commune = :commune AND d.mismatch_id = s.mismatch_id AND d.ended_at IS NULL
      AND d.measured IS NOT NULL AND s.measured IS NOT NULL
      AND abs(s.measured - d.measured) > CAST(:share AS double precision) * coalesce(nullif(s.allowed, 0), 1)
    RETURNING d.mismatch_id
)
UPDATE cadastre.mismatch AS m
SET status = 'open', decision = NULL, row_version = m.row_version + 1
FROM lapsed
WHERE m.commune = :commune AND m.mismatch_id = lapsed.mismatch_id;

-- name: mismatch_decisions_reopen
-- Decisions end where the difference had gone and is back: nobody has looked at the new one.
UPDATE cadastre.mismatch_decision AS d
SET ended_at = now(), ended_why = 'reopened', ended_by = :event
FROM mismatch_stage AS s
JOIN cadastre.mismatch AS m ON m.commune = :commune AND m.mismatch_id = s.mismatch_id
WHERE d.commune = :commune AND d.mismatch_id = s.mismatch_id AND d.ended_at IS NULL
  AND m.status = 'closed';

-- name: mismatch_renew
-- Mismatches found again take the new values; a closed one is open again, a decided one stays decided.
UPDATE cadastre.mismatch AS m
SET severity = s.severity, subject = s.subject, parcel_uid = s.parcel_uid,
    other_parcel_uid = s.other_parcel_uid, measured_uid = s.measured_uid, survey_uid = s.survey_uid,
    sheet = s.sheet, measured = s.measured, allowed = s.allowed, unit = s.unit, rule = s.rule,
    geometry = s.geometry, display = s.display, message_vi = s.message_vi, message_en = s.message_en,
    status = CASE WHEN m.status = 'closed' THEN 'open' ELSE m.status END,
    decision = CASE WHEN m.status = 'closed' THEN NULL ELSE m.decision END,
    closed_at = NULL, closed_by = NULL, row_version = m.row_version + 1
FROM mismatch_stage AS s
WHERE m.commune = :commune AND m.mismatch_id = s.mismatch_id
  AND (m.status = 'closed'
       OR (m.severity, m.measured, m.allowed, m.message_vi, m.parcel_uid, m.other_parcel_uid)
          IS DISTINCT FROM (s.severity, s.measured, s.allowed, s.message_vi, s.parcel_uid, s.other_parcel_uid));

-- name: mismatch_open
-- Mismatches seen for the first time.
INSERT INTO cadastre.mismatch (
    commune, mismatch_id, moment, code, severity, subject, parcel_uid, other_parcel_uid,
    measured_uid, survey_uid, sheet, measured, allowed, unit, rule, geometry, display,
    message_vi, message_en, opened_by)
SELECT :commune, s.mismatch_id, s.moment, s.code, s.severity, s.subject, s.parcel_uid,
       s.other_parcel_uid, s.measured_uid, s.survey_uid, s.sheet, s.measured, s.allowed, s.unit,
       s.rule, s.geometry, s.display, s.message_vi, s.message_en, :event
FROM mismatch_stage AS s
WHERE NOT EXISTS (
    SELECT FROM cadastre.mismatch AS m
    WHERE m.commune = :commune AND m.mismatch_id = s.mismatch_id);

-- name: mismatch_close_absent
-- Mismatches of the judged scope that no longer hold are closed, with the event that found so.
UPDATE cadastre.mismatch AS m
SET status = 'closed', closed_at = now(), closed_by = :event, row_version = m.row_version + 1
WHERE m.commune = :commune AND m.moment = :moment AND m.status <> 'closed'
  AND (CAST(:sheets AS text[]) IS NULL OR m.sheet = ANY (CAST(:sheets AS text[])))
  AND (CAST(:surveys AS uuid[]) IS NULL OR m.survey_uid = ANY (CAST(:surveys AS uuid[])))
  AND (CAST(:parcels AS uuid[]) IS NULL OR m.parcel_uid = ANY (CAST(:parcels AS uuid[])))
  AND NOT EXISTS (SELECT FROM mismatch_stage AS s WHERE s.mismatch_id = m.mismatch_id);

-- name: mismatch_lock
-- One mismatch, locked for the decision that is about to be taken on it.
SELECT * FROM cadastre.mismatch
WHERE commune = :commune AND mismatch_id = :mismatch_id
FOR UPDATE;

-- name: mismatch_seen
-- One mismatch, to look at.
SELECT * FROM cadastre.mismatch WHERE commune = :commune AND mismatch_id = :mismatch_id;

-- name: mismatch_commune
-- The commune that a mismatch belongs to.
SELECT commune FROM cadastre.mismatch WHERE mismatch_id = :mismatch_id;

-- name: decision_end_current
-- The decision in force ends: undone or replaced by another.
UPDATE cadastre.mismatch_decision
SET ended_at = now(), ended_why = :why, ended_by = :event
WHERE commune = :commune AND mismatch_id = :mismatch_id AND ended_at IS NULL;

-- name: decision_open
-- A decision is taken on the values seen.
INSERT INTO cadastre.mismatch_decision (
    commune, mismatch_id, decision, note, actor, measured, allowed, clears, event_id)
VALUES (:commune, :mismatch_id, :decision, :note, :actor, :measured, :allowed, :clears, :event)
RETURNING decision_id;

-- name: mismatch_set_status
-- The mismatch shows the decision in force.
UPDATE cadastre.mismatch
SET status = :status, decision = :decision, closed_at = NULL, closed_by = NULL, row_version = row_version + 1
WHERE commune = :commune AND mismatch_id = :mismatch_id
RETURNING row_version;

-- name: decisions_in_force
-- Decisions that a re-run must honour, by mismatch: of the commune, or of what touches some parcels.
SELECT d.mismatch_id::text, d.decision FROM cadastre.mismatch_decision AS d
JOIN cadastre.mismatch AS m USING (commune, mismatch_id)
WHERE d.commune = :commune AND d.ended_at IS NULL
  AND (CAST(:uids AS uuid[]) IS NULL OR m.parcel_uid IS NULL
       OR m.parcel_uid = ANY (CAST(:uids AS uuid[])));

-- name: mismatch_listing
-- Mismatches as a plain table.
SELECT mismatch_id::text, code, severity, status, parcel_uid::text, measured, allowed, unit,
       message_vi, message_en
FROM cadastre.mismatch
WHERE commune = :commune AND status = :status
  AND (CAST(:code AS text) IS NULL OR code = :code)
  AND (CAST(:severity AS text) IS NULL OR severity = :severity)
ORDER BY CASE severity WHEN 'blocking' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, code, mismatch_id;
