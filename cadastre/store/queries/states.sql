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
        UNION ALL
        SELECT other_parcel_uid, severity FROM cadastre.mismatch
        WHERE commune = :commune AND status = 'open' AND other_parcel_uid IS NOT NULL
    ) AS either
    GROUP BY uid
), measured AS (
    SELECT DISTINCT parcel_uid FROM cadastre.match
    WHERE commune = :commune AND current AND parcel_uid IS NOT NULL
), dossiers AS (
    SELECT DISTINCT parcel_uid FROM cadastre.dossier
    WHERE commune = :commune AND closed_at IS NULL AND parcel_uid IS NOT NULL
), certified AS (
    SELECT DISTINCT parcel_uid FROM cadastre.certificate
    WHERE commune = :commune AND status = 'in_force'
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
       CASE WHEN blocking > 0 THEN 'blocking'
            WHEN dossier THEN 'dossier'
            WHEN certified THEN 'certified'
            WHEN warning > 0 THEN 'warning'
            WHEN measured THEN 'measured'
            WHEN info > 0 THEN 'info'
            ELSE 'clear' END,
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
