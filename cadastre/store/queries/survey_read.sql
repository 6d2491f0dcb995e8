-- name: surveys_read
-- Surveys in force with what they brought and how they compare.
SELECT s.survey_uid::text, s.label, s.version, s.srid, s.surveyed_on, s.uploaded_by, s.report,
       s.valid_from AS uploaded_at, f.name AS file,
       (SELECT count(*) FROM cadastre.measured_parcel AS m
        WHERE m.commune = s.commune AND m.survey_uid = s.survey_uid) AS measured,
       (SELECT count(*) FROM cadastre.survey_point AS p
        WHERE p.commune = s.commune AND p.survey_uid = s.survey_uid) AS points,
       (SELECT json_object_agg(v.verdict, v.times) FROM (
            SELECT a.verdict, count(DISTINCT a.measured_uid) AS times FROM cadastre.match AS a
            JOIN cadastre.measured_parcel AS m
              ON m.commune = a.commune AND m.measured_uid = a.measured_uid
            WHERE a.commune = s.commune AND a.current AND m.survey_uid = s.survey_uid
            GROUP BY a.verdict) AS v) AS verdicts,
       (SELECT json_object_agg(o.severity, o.times) FROM (
            SELECT x.severity, count(*) AS times FROM cadastre.mismatch AS x
            WHERE x.commune = s.commune AND x.survey_uid = s.survey_uid AND x.status = 'open'
            GROUP BY x.severity) AS o) AS open
FROM cadastre.survey AS s JOIN cadastre.source AS f USING (source_id)
WHERE s.commune = :commune AND s.valid_to IS NULL
ORDER BY s.valid_from DESC, s.label;

-- name: survey_read
-- One survey, whatever its version.
SELECT s.survey_uid::text, s.commune::text, s.label, s.version, s.srid, s.surveyed_on,
       s.uploaded_by, s.report, s.valid_from AS uploaded_at, s.valid_to AS replaced_at,
       s.row_version, f.name AS file, f.sha256::text, f.bytes
FROM cadastre.survey AS s JOIN cadastre.source AS f USING (source_id)
WHERE s.commune = ANY (CAST(:communes AS char(5)[])) AND s.survey_uid = :survey_uid;

-- name: survey_points_read
-- The points of a survey, in the order of the file.
SELECT row_number, point, east, north, height, sigma_m, code FROM cadastre.survey_point
WHERE commune = :commune AND survey_uid = :survey_uid ORDER BY row_number;

-- name: survey_measured_read
-- The measured parcels of a survey with their best match.
SELECT m.measured_uid::text, m.label, m.sigma_m, m.area_m2, m.boundary_confirmed,
       a.parcel_uid::text, a.relation, a.verdict, a.iou, a.max_corner_m, p.sheet, p.parcel,
       CASE WHEN CAST(:srid AS integer) = 4326
            THEN ST_AsGeoJSON(ST_Transform(m.display, 4326), 9, 0)
            ELSE ST_AsGeoJSON(ST_Transform(m.geometry, CAST(:srid AS integer)), 4, 0) END::json AS geometry
FROM cadastre.measured_parcel AS m
LEFT JOIN LATERAL (
    SELECT x.* FROM cadastre.match AS x
    WHERE x.commune = m.commune AND x.measured_uid = m.measured_uid AND x.current
    ORDER BY x.score DESC NULLS LAST, x.match_id LIMIT 1
) AS a ON true
LEFT JOIN cadastre.parcel AS p
  ON p.commune = m.commune AND p.parcel_uid = a.parcel_uid AND p.valid_to IS NULL
WHERE m.commune = :commune AND m.survey_uid = :survey_uid
ORDER BY m.label, m.measured_uid;

-- name: reconciliations_read
-- The latest comparisons of a commune.
SELECT r.reconciliation_id::text, r.at, r.summary, r.shifts, e.actor
FROM cadastre.reconciliation AS r LEFT JOIN cadastre.event AS e USING (event_id)
WHERE r.commune = :commune ORDER BY r.at DESC LIMIT :limit;

-- name: reconciliation_read
-- One comparison of map and ground.
SELECT r.reconciliation_id::text, r.commune::text, r.at, r.summary, r.shifts, e.actor
FROM cadastre.reconciliation AS r LEFT JOIN cadastre.event AS e USING (event_id)
WHERE r.commune = ANY (CAST(:communes AS char(5)[])) AND r.reconciliation_id = :reconciliation_id;

-- name: reconciliation_matches
-- What one comparison found, parcel by parcel.
SELECT a.measured_uid::text, a.parcel_uid::text, a.relation, a.score, a.overlap_m2, a.iou,
       a.area_map_m2, a.area_measured_m2, a.register_area_m2, a.max_corner_m, a.hausdorff_m,
       a.boundary_geometry, a.verdict, a.current, m.label, s.label AS survey_label,
       p.sheet, p.parcel
FROM cadastre.match AS a
LEFT JOIN cadastre.measured_parcel AS m ON m.commune = a.commune AND m.measured_uid = a.measured_uid
LEFT JOIN cadastre.survey AS s ON s.survey_uid = m.survey_uid
LEFT JOIN cadastre.parcel AS p
  ON p.commune = a.commune AND p.parcel_uid = a.parcel_uid AND p.valid_to IS NULL
WHERE a.commune = :commune AND a.reconciliation_id = :reconciliation_id
ORDER BY a.match_id LIMIT :limit;
