-- name: states_refresh
-- The state of parcels from what is open on them; only rows that differ are written.
WITH chosen AS (
    SELECT parcel_uid FROM cadastre.parcel
    WHERE commune = :commune AND valid_to IS NULL
      AND (CAST(:uids AS uuid[]) IS NULL OR parcel_uid = ANY (CAST(:uids AS uuid[])))
), flagged AS (
    SELECT uid AS parcel_uid,
           count(*) FILTER (WHERE severity = 'blocking') AS blocking,
           count(*) FILTER (WHERE severity = 'warning') AS warning,
           count(*) FILTER (WHERE severity = 'info') AS info
    FROM (
        SELECT parcel_uid AS uid, severity FROM cadastre.mismatch
        WHERE commune = :commune AND status = 'open' AND parcel_uid IS NOT NULL
          AND (CAST(:uids AS uuid[]) IS NULL OR parcel_uid = ANY (CAST(:uids AS uuid[])))
        UNION ALL
        SELECT other_parcel_uid, severity FROM cadastre.mismatch
        WHERE commune = :commune AND status = 'open' AND other_parcel_uid IS NOT NULL
          AND (CAST(:uids AS uuid[]) IS NULL OR other_parcel_uid = ANY (CAST(:uids AS uuid[])))
    ) AS either
    GROUP BY uid
), measured AS (
    SELECT DISTINCT parcel_uid FROM cadastre.match
    WHERE commune = :commune AND current AND parcel_uid IS NOT NULL
      AND (CAST(:uids AS uuid[]) IS NULL OR parcel_uid = ANY (CAST(:uids AS uuid[])))
), dossiers AS (
    SELECT DISTINCT parcel_uid FROM cadastre.dossier
    WHERE commune = :commune AND closed_at IS NULL AND parcel_uid IS NOT NULL
      AND (CAST(:uids AS uuid[]) IS NULL OR parcel_uid = ANY (CAST(:uids AS uuid[])))
), certified AS (
    SELECT DISTINCT parcel_uid FROM cadastre.certificate
    WHERE commune = :commune AND status = 'in_force'
      AND (CAST(:uids AS uuid[]) IS NULL OR parcel_uid = ANY (CAST(:uids AS uuid[])))
), derived AS (
    SELECT c.parcel_uid,
           coalesce(f.blocking, 0)::integer AS blocking,
           coalesce(f.warning, 0)::integer AS warning,
           coalesce(f.info, 0)::integer AS info,
           m.parcel_uid IS NOT NULL AS measured,
           d.parcel_uid IS NOT NULL AS dossier,
           g.parcel_uid IS NOT NULL AS certified
    FROM chosen AS c
    LEFT JOIN flagged AS f USING (parcel_uid)
    LEFT JOIN measured AS m USING (parcel_uid)
    LEFT JOIN dossiers AS d USING (parcel_uid)
    LEFT JOIN certified AS g USING (parcel_uid)
)
INSERT INTO cadastre.parcel_state AS s (
    commune, parcel_uid, state, blocking, warning, info, measured, dossier, certified)
SELECT :commune, parcel_uid,
       cadastre.state_of(blocking, dossier, certified, warning, measured, info),
       blocking, warning, info, measured, dossier, certified
FROM derived
ON CONFLICT (commune, parcel_uid) DO UPDATE
SET state = excluded.state, blocking = excluded.blocking, warning = excluded.warning,
    info = excluded.info, measured = excluded.measured, dossier = excluded.dossier,
    certified = excluded.certified
WHERE (s.state, s.blocking, s.warning, s.info, s.measured, s.dossier, s.certified)
      IS DISTINCT FROM (excluded.state, excluded.blocking, excluded.warning, excluded.info,
                        excluded.measured, excluded.dossier, excluded.certified);

-- name: parcels_touched
-- Whether the event at work opened or closed any parcel; if not, no sheet has another area.
SELECT EXISTS (SELECT FROM cadastre.parcel WHERE commune = :commune
               AND opened_by = CAST(nullif(current_setting('app.event', true), '') AS bigint))
    OR EXISTS (SELECT FROM cadastre.parcel WHERE commune = :commune
               AND closed_by = CAST(nullif(current_setting('app.event', true), '') AS bigint));

-- name: sheet_areas_refresh
-- Areas of the sheets whose parcels the event at work opened or closed.
WITH touched AS (
    SELECT DISTINCT former_commune, map_set, scale, former_sheet FROM cadastre.parcel
    WHERE commune = :commune
      AND (opened_by = CAST(nullif(current_setting('app.event', true), '') AS bigint)
           OR closed_by = CAST(nullif(current_setting('app.event', true), '') AS bigint))
)
INSERT INTO cadastre.sheet_area (
    commune, former_commune, map_set, scale, former_sheet, sheet, parcels, display)
SELECT :commune, former_commune, map_set, scale, former_sheet, max(p.sheet), count(*),
       ST_Multi(ST_Union(ST_MakeValid(p.display), 0.01))
FROM touched JOIN cadastre.parcel AS p USING (former_commune, map_set, scale, former_sheet)
WHERE p.commune = :commune AND p.valid_to IS NULL
GROUP BY former_commune, map_set, scale, former_sheet
ON CONFLICT (commune, former_commune, map_set, scale, former_sheet) DO UPDATE
SET sheet = excluded.sheet, parcels = excluded.parcels, display = excluded.display;

-- name: sheet_areas_empty
-- A sheet whose last parcel was closed covers nothing any more.
UPDATE cadastre.sheet_area AS a SET parcels = 0, display = NULL
WHERE a.commune = :commune AND a.parcels > 0 AND NOT EXISTS (
    SELECT FROM cadastre.parcel AS p
    WHERE p.commune = :commune AND p.valid_to IS NULL AND p.sheet = a.sheet
      AND p.former_commune = a.former_commune AND p.map_set = a.map_set
      AND p.scale = a.scale AND p.former_sheet = a.former_sheet);

-- name: commune_analyse
-- Statistics for the planner after the whole commune was worked on.
SELECT cadastre.analyse_commune(:commune);

-- name: states_foreseen
-- State of the parcels of a mismatch now, once it is open, and once it no longer counts.
WITH asked AS (
    SELECT mismatch_id, severity, parcel_uid, other_parcel_uid FROM cadastre.mismatch
    WHERE commune = :commune AND mismatch_id = :mismatch_id
)
SELECT s.parcel_uid::text, p.sheet, p.parcel, s.state AS state_now, s.blocking AS blocking_now,
       o.blocking + (a.severity = 'blocking')::integer AS blocking_open,
       cadastre.state_of(
           o.blocking + (a.severity = 'blocking')::integer, s.dossier, s.certified,
           o.warning + (a.severity = 'warning')::integer, s.measured,
           o.info + (a.severity = 'info')::integer) AS state_open,
       o.blocking AS blocking_cleared,
       cadastre.state_of(o.blocking, s.dossier, s.certified, o.warning, s.measured, o.info) AS state_cleared
FROM asked AS a
JOIN cadastre.parcel_state AS s
  ON s.commune = :commune AND s.parcel_uid IN (a.parcel_uid, a.other_parcel_uid)
JOIN cadastre.parcel AS p
  ON p.commune = s.commune AND p.parcel_uid = s.parcel_uid AND p.valid_to IS NULL
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE m.severity = 'blocking') AS blocking,
           count(*) FILTER (WHERE m.severity = 'warning') AS warning,
           count(*) FILTER (WHERE m.severity = 'info') AS info
    FROM cadastre.mismatch AS m
    WHERE m.commune = :commune AND m.status = 'open' AND m.mismatch_id <> a.mismatch_id
      AND (m.parcel_uid = s.parcel_uid OR m.other_parcel_uid = s.parcel_uid)
) AS o
ORDER BY s.parcel_uid IS DISTINCT FROM a.parcel_uid, s.parcel_uid;

-- name: dossiers_on_parcels
-- Open dossiers on some parcels.
SELECT code, parcel_uid::text FROM cadastre.dossier
WHERE commune = :commune AND closed_at IS NULL AND parcel_uid = ANY (CAST(:uids AS uuid[]))
ORDER BY code;

-- name: sheet_of_flag
-- What setting the sheet of a flag right would move, and how many certified parcels with it.
SELECT p.proposal_id::text, p.max_move_m, cardinality(p.parcel_uids) AS parcels,
       (SELECT count(DISTINCT c.parcel_uid) FROM cadastre.certificate AS c
        WHERE c.commune = p.commune AND c.status = 'in_force' AND c.parcel_uid = ANY (p.parcel_uids)) AS certified
FROM cadastre.proposal AS p
WHERE p.commune = :commune AND p.kind = 'shift' AND p.status <> 'withdrawn'
  AND (p.parameters ->> 'mismatch_id' = CAST(:mismatch_id AS text) OR p.proposal_id IN (
      SELECT CAST(x ->> 'proposal_id' AS uuid)
      FROM cadastre.merge_run AS r, jsonb_array_elements(r.shifts) AS x
      WHERE r.commune = :commune AND x ->> 'mismatch_id' = CAST(:mismatch_id AS text)))
ORDER BY (p.parameters ->> 'ordinal')::integer DESC NULLS LAST LIMIT 1;
