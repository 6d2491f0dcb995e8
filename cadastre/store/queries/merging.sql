-- name: merge_run_insert
-- One merge of a commune.
INSERT INTO cadastre.merge_run (run_id, commune, summary, shifts, event_id)
VALUES (:run_id, :commune, CAST(:summary AS jsonb), CAST(:shifts AS jsonb), :event);

-- name: proposals_withdraw
-- Proposals that the new run does not repeat.
UPDATE cadastre.proposal SET status = 'withdrawn', closed_by = :event, row_version = row_version + 1
WHERE commune = :commune AND status = 'open' AND moment = :moment
  AND NOT proposal_id = ANY (CAST(:kept AS uuid[]))
  AND NOT proposal_id = ANY (CAST(:elsewhere AS uuid[]));

-- name: proposals_known
-- Proposals seen before, with what was decided.
SELECT proposal_id::text, status, parcel_uids::text[] AS parcel_uids FROM cadastre.proposal WHERE commune = :commune;

-- name: proposals_reopen
-- Withdrawn proposals that hold again.
UPDATE cadastre.proposal SET status = 'open', closed_by = NULL, row_version = row_version + 1
WHERE commune = :commune AND status = 'withdrawn' AND proposal_id = ANY (CAST(:kept AS uuid[]));

-- name: sheet_proposals
-- Proposals to set a sheet right: with the parameters that the ground gave, and whether an
-- accepted one still waits for a merge.
SELECT p.proposal_id::text, p.moment, p.status, p.parameters::text AS parameters,
       p.parameters ->> 'sheet_key' AS sheet_key,
       coalesce(p.closed_by > (SELECT max(r.event_id) FROM cadastre.merge_run AS r WHERE r.commune = p.commune),
                false) AS waiting
FROM cadastre.proposal AS p WHERE p.commune = :commune AND p.kind = 'shift';

-- name: sheet_proposal_renew
-- A sheet lies off as measured now; a proposal that was withdrawn or has lapsed is open again.
UPDATE cadastre.proposal
SET status = 'open', closed_by = NULL, max_move_m = :max_move, area_change_m2 = :area_change,
    parcel_uids = CAST(:parcel_uids AS uuid[]), parameters = CAST(:parameters AS jsonb),
    row_version = row_version + 1
WHERE commune = :commune AND proposal_id = :proposal_id
  AND (status <> 'open' OR parameters IS DISTINCT FROM CAST(:parameters AS jsonb));

-- name: sheet_proposal_decide
-- What an officer decided on the flag of a displaced sheet holds for the proposal to move it.
UPDATE cadastre.proposal
SET status = CAST(:status AS text),
    closed_by = CASE WHEN CAST(:status AS text) = 'open' THEN NULL ELSE CAST(:event AS bigint) END,
    row_version = row_version + 1
WHERE commune = :commune AND parameters ->> 'mismatch_id' = CAST(:mismatch_id AS text)
  AND status <> 'withdrawn' AND status <> CAST(:status AS text)
  AND CAST(parameters ->> 'ordinal' AS integer) = (
      SELECT max(CAST(x.parameters ->> 'ordinal' AS integer)) FROM cadastre.proposal AS x
      WHERE x.commune = :commune AND x.parameters ->> 'mismatch_id' = CAST(:mismatch_id AS text));

-- name: proposal_lock
-- One proposal, locked for the decision that is about to be taken on it.
SELECT proposal_id::text, kind, status, row_version, parcel_uids::text[] AS parcel_uids,
       max_move_m, area_change_m2
FROM cadastre.proposal WHERE commune = :commune AND proposal_id = :proposal_id FOR UPDATE;

-- name: proposal_decide
-- An officer accepts or rejects a proposal, or leaves it open again.
UPDATE cadastre.proposal
SET status = CAST(:status AS text), closed_by = CASE WHEN CAST(:status AS text) = 'open' THEN NULL ELSE CAST(:event AS bigint) END,
    row_version = row_version + 1
WHERE commune = :commune AND proposal_id = :proposal_id
RETURNING row_version;

-- name: merge_last
-- The last merge, whether decisions on it changed since, and whether it set a sheet right.
SELECT r.run_id::text, r.event_id, r.summary,
       EXISTS (SELECT FROM cadastre.event AS e
               WHERE e.commune = r.commune AND e.event_id > r.event_id
                 AND e.verb IN ('decide_mismatch', 'decide_together', 'undo_decision', 'decide_proposal', 'undo_merge'))
           AS reconsidered,
       EXISTS (SELECT FROM cadastre.proposal AS p
               WHERE p.commune = r.commune AND p.kind = 'shift' AND p.status = 'accepted') AS set_right
FROM cadastre.merge_run AS r
WHERE r.commune = :commune ORDER BY r.event_id DESC LIMIT 1;

-- name: sheets_changed_since
-- Sheets of which a delivered parcel was opened or closed after an event, or that have no number.
SELECT s.former_commune::text, s.map_set, s.scale, s.former_sheet
FROM cadastre.sheet AS s
WHERE s.commune = :commune AND s.medium = 'digital'
  AND (s.sheet IS NULL OR EXISTS (
      SELECT FROM cadastre.sheet_parcel AS p
      WHERE p.commune = s.commune AND p.sheet_uid = s.sheet_uid
        AND (p.opened_by > :event OR p.closed_by > :event)))
ORDER BY s.former_commune, s.map_set, s.scale, s.former_sheet;

-- name: merge_runs
-- Merges of a commune, the latest first, and whether each was undone.
SELECT r.run_id::text, r.event_id, r.at,
       EXISTS (SELECT FROM cadastre.event AS e
               WHERE e.commune = r.commune AND e.verb = 'undo_merge' AND e.details ->> 'run_id' = r.run_id::text)
           AS undone
FROM cadastre.merge_run AS r WHERE r.commune = :commune ORDER BY r.event_id DESC;

-- name: undo_hindrances
-- What later rests on the parcels that an event changed: certificates, surveys, dossiers, versions.
WITH changed AS (
    SELECT DISTINCT parcel_uid FROM cadastre.parcel
    WHERE commune = :commune AND (opened_by = :event OR closed_by = :event)
), found (parcel_uid, kind, name) AS (
SELECT c.parcel_uid::text, 'certificate', c.number
FROM cadastre.certificate AS c JOIN changed USING (parcel_uid)
WHERE c.commune = :commune AND c.status = 'in_force' AND c.event_id > :event
UNION ALL
SELECT d.parcel_uid::text, 'dossier', d.code
FROM cadastre.dossier AS d JOIN changed USING (parcel_uid)
WHERE d.commune = :commune
  AND (d.closed_at IS NULL
       OR d.lodged_at > (SELECT e.at FROM cadastre.event AS e WHERE e.event_id = :event))
UNION ALL
SELECT DISTINCT a.parcel_uid::text, 'survey', s.label
FROM cadastre.match AS a JOIN changed USING (parcel_uid)
JOIN cadastre.measured_parcel AS m ON m.commune = a.commune AND m.measured_uid = a.measured_uid
JOIN cadastre.survey AS s ON s.survey_uid = m.survey_uid
WHERE a.commune = :commune AND a.current AND m.valid_to IS NULL AND s.opened_by > :event
UNION ALL
SELECT p.parcel_uid::text, CASE p.origin WHEN 'survey' THEN 'survey' ELSE 'version' END, p.version::text
FROM cadastre.parcel AS p JOIN changed USING (parcel_uid)
WHERE p.commune = :commune AND p.valid_to IS NULL AND p.opened_by > :event AND p.origin <> 'undo'
)
SELECT f.parcel_uid, f.kind, f.name, v.sheet || '/' || v.parcel AS parcel
FROM found AS f
LEFT JOIN cadastre.parcel AS v
  ON v.commune = :commune AND v.parcel_uid = CAST(f.parcel_uid AS uuid) AND v.valid_to IS NULL
ORDER BY 1, 2, 3;

-- name: crosswalk_of_event
-- Crosswalk rows that an event opened or closed.
SELECT crosswalk_id, former_commune::text, map_set, scale, former_sheet, former_parcel,
       parcel_uid::text, sheet, parcel, opened_by = :event AS opened, valid_to IS NULL AS in_force
FROM cadastre.crosswalk
WHERE commune = :commune AND (opened_by = :event OR closed_by = :event);

-- name: mismatches_close_of_merge
-- Mismatches that a merge found first, when that merge is taken back.
UPDATE cadastre.mismatch AS m
SET status = 'closed', closed_at = now(), closed_by = :event, row_version = m.row_version + 1
WHERE m.commune = :commune AND m.moment = 'merge' AND m.status <> 'closed'
  AND m.opened_by = :undone;
