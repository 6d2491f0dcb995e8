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

-- name: survey_versions
-- All versions of a survey, newest first.
SELECT s.survey_uid::text, s.version, s.uploaded_by, s.valid_from AS uploaded_at, f.name AS file
FROM cadastre.survey AS s JOIN cadastre.source AS f USING (source_id)
WHERE s.commune = :commune AND s.label = :label ORDER BY s.version DESC;

-- name: survey_points_read
-- The points of a survey, in the order of the file.
SELECT row_number, point, east, north, height, sigma_m, code, role, var_east, var_north, cov_en
FROM cadastre.survey_point
WHERE commune = :commune AND survey_uid = :survey_uid ORDER BY row_number;

-- name: survey_observations_read
-- The observations of a survey with their residuals and corrections, in the order of the file.
SELECT number, kind, station, target, line, read, corrections, observed, adjusted, residual,
       sigma, sigma_adjusted, redundancy, standardised, used, note
FROM cadastre.survey_observation
WHERE commune = :commune AND survey_uid = :survey_uid ORDER BY number LIMIT :limit;

-- name: survey_corners_read
-- The corners of the measured parcels of a survey with their covariance.
SELECT c.measured_uid::text, m.label, c.corner, c.point, c.east, c.north, c.var_east,
       c.var_north, c.cov_en
FROM cadastre.measured_parcel AS m
JOIN cadastre.measured_corner AS c USING (commune, measured_uid)
WHERE m.commune = :commune AND m.survey_uid = :survey_uid
ORDER BY m.label, c.measured_uid, c.corner;

-- name: parcels_about
-- Outlines of the map's parcels that touch a box in the commune's zone.
SELECT parcel_uid::text, geometry FROM cadastre.parcel
WHERE commune = :commune AND valid_to IS NULL
  AND geometry && ST_MakeEnvelope(:west, :south, :east, :north, CAST(:srid AS integer));

-- name: map_has_parcels
-- Whether the commune has a parcel map at all.
SELECT EXISTS (SELECT 1 FROM cadastre.parcel WHERE commune = :commune AND valid_to IS NULL);

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

-- name: measured_paper
-- A measured parcel for its papers: the survey, the mapped parcel it is, and what the book says.
SELECT m.measured_uid::text, m.commune::text, m.label, m.sigma_m, m.area_m2,
       ST_AsBinary(m.geometry) AS geometry, s.label AS survey, s.version, s.surveyed_on,
       s.uploaded_by, e.sha256::text,
       a.relation, a.verdict, a.area_map_m2,
       p.parcel_uid::text, p.sheet, p.parcel, p.former_sheet, p.former_parcel, p.land_use, u.origin,
       u.land_use AS book_land_use, f.name AS former_name, i.identifier::text,
       b.register_area_m2, b.former_sheet AS book_sheet, b.former_parcel AS book_parcel
FROM cadastre.measured_parcel AS m
JOIN cadastre.survey AS s USING (survey_uid)
JOIN cadastre.source AS e USING (source_id)
LEFT JOIN LATERAL (
    SELECT x.* FROM cadastre.match AS x
    WHERE x.commune = m.commune AND x.measured_uid = m.measured_uid AND x.current
      AND x.parcel_uid IS NOT NULL
    ORDER BY x.score DESC NULLS LAST, x.match_id LIMIT 1
) AS a ON true
LEFT JOIN cadastre.parcel AS p
  ON p.commune = m.commune AND p.parcel_uid = a.parcel_uid AND p.valid_to IS NULL
LEFT JOIN cadastre.former_commune AS f ON f.commune = p.commune AND f.code = p.former_commune
LEFT JOIN cadastre.parcel_identifier AS i ON i.commune = p.commune AND i.parcel_uid = p.parcel_uid
LEFT JOIN LATERAL (
    SELECT r.register_area_m2, r.former_sheet, r.former_parcel
    FROM cadastre.landbook_record AS r
    WHERE r.commune = m.commune AND r.parcel_uid = p.parcel_uid AND r.valid_to IS NULL
    ORDER BY r.row_number LIMIT 1
) AS b ON true
LEFT JOIN LATERAL (
    SELECT string_agg(DISTINCT q.origin, '; ') AS origin,
           string_agg(q.land_use, '+' ORDER BY q.ordinal) AS land_use
    FROM cadastre.parcel_purpose AS q
    WHERE q.commune = m.commune AND q.parcel_uid = p.parcel_uid AND q.valid_to IS NULL
) AS u ON true
WHERE m.commune = ANY (CAST(:communes AS char(5)[])) AND m.measured_uid = :measured_uid
  AND m.valid_to IS NULL;

-- name: measured_neighbours
-- Mapped land around a measured parcel, and land whose holder answered, with who holds it.
SELECT n.parcel_uid::text, n.sheet, n.parcel, n.land_use, ST_AsBinary(n.geometry) AS geometry,
       ST_DWithin(n.geometry, m.geometry, :within_m) AS beside,
       (SELECT string_agg(DISTINCT q.name, '; ') FROM cadastre.parcel_right AS r
        JOIN cadastre.party AS q USING (party_uid)
        WHERE r.commune = n.commune AND r.parcel_uid = n.parcel_uid AND r.valid_to IS NULL) AS holders
FROM cadastre.measured_parcel AS m JOIN cadastre.parcel AS n
  ON n.commune = m.commune AND n.valid_to IS NULL
 AND n.parcel_uid IS DISTINCT FROM CAST(:own AS uuid)
 AND (ST_DWithin(n.geometry, m.geometry, :within_m)
      OR n.parcel_uid = ANY (CAST(:answered AS uuid[])))
WHERE m.commune = :commune AND m.measured_uid = :measured_uid AND m.valid_to IS NULL
ORDER BY n.sheet, n.parcel LIMIT 60;
