-- name: parcel_read
-- A parcel as it stands, or as it was last when it is closed; only in the given communes.
SELECT p.commune::text, p.parcel_uid::text, p.version, p.sheet, p.parcel, p.land_use, p.scale,
       p.former_commune::text, f.name AS former_commune_name, p.map_set, p.former_sheet,
       p.former_parcel, p.surveyed_on, p.origin, p.valid_from, p.valid_to,
       p.printed_area_m2, p.area_m2, c.srid,
       coalesce(p.register_area_m2, (
           SELECT max(r.register_area_m2) FROM cadastre.landbook_record AS r
           WHERE r.commune = p.commune AND r.parcel_uid = p.parcel_uid AND r.valid_to IS NULL
       )) AS register_area_m2,
       coalesce(s.state, 'clear') AS state, i.identifier::text,
       ST_AsBinary(p.geometry) AS outline,
       CASE WHEN CAST(:srid AS integer) = 4326
            THEN ST_AsGeoJSON(ST_Transform(p.display, 4326), 9, 0)
            ELSE ST_AsGeoJSON(ST_Transform(p.geometry, CAST(:srid AS integer)), 4, 0) END::json AS geometry
FROM cadastre.parcel AS p
JOIN cadastre.commune AS c ON c.code = p.commune
LEFT JOIN cadastre.former_commune AS f ON f.commune = p.commune AND f.code = p.former_commune
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
LEFT JOIN cadastre.parcel_identifier AS i ON i.commune = p.commune AND i.parcel_uid = p.parcel_uid
WHERE p.commune = ANY (CAST(:communes AS char(5)[])) AND p.parcel_uid = :uid
ORDER BY p.version DESC LIMIT 1;

-- name: parcel_purposes
-- What the land is used for, by the land book.
SELECT ordinal, land_use, area_m2, origin, term FROM cadastre.parcel_purpose
WHERE commune = :commune AND parcel_uid = :uid AND valid_to IS NULL ORDER BY ordinal;

-- name: parcel_numbers
-- Every number that the parcel ever had in a former commune.
SELECT w.former_commune::text, f.name AS former_commune_name, w.map_set, w.scale,
       w.former_sheet AS sheet, w.former_parcel AS parcel, w.valid_from, w.valid_to
FROM cadastre.crosswalk AS w
LEFT JOIN cadastre.former_commune AS f ON f.commune = w.commune AND f.code = w.former_commune
WHERE w.commune = :commune AND w.parcel_uid = :uid
ORDER BY w.valid_to IS NOT NULL, w.valid_from DESC;

-- name: parcel_history
-- The versions of a parcel with the verb and the person behind each.
SELECT p.version, p.valid_from, p.valid_to, p.area_m2, p.origin, e.verb, e.actor,
       x.verb AS closed_by_verb, x.actor AS closed_by_actor
FROM cadastre.parcel AS p
LEFT JOIN cadastre.event AS e ON e.event_id = p.opened_by
LEFT JOIN cadastre.event AS x ON x.event_id = p.closed_by
WHERE p.commune = :commune AND p.parcel_uid = :uid ORDER BY p.version DESC;

-- name: parcel_version
-- The outline of one version of a parcel, as it stood then.
SELECT p.parcel_uid::text, p.version, p.valid_from, p.valid_to, p.area_m2, p.origin,
       CASE WHEN CAST(:srid AS integer) = 4326
            THEN ST_AsGeoJSON(ST_Transform(p.display, 4326), 9, 0)
            ELSE ST_AsGeoJSON(ST_Transform(p.geometry, CAST(:srid AS integer)), 4, 0) END::json AS geometry
FROM cadastre.parcel AS p
WHERE p.commune = ANY (CAST(:communes AS char(5)[])) AND p.parcel_uid = :uid
  AND p.version = :version;

-- name: parcel_measured
-- Measured parcels compared with this one.
SELECT m.measured_uid::text, m.survey_uid::text, s.label AS survey_label, m.label, m.area_m2,
       m.sigma_m, m.boundary_confirmed, a.relation, a.verdict, a.iou, a.max_corner_m,
       a.overlap_m2, a.boundary_geometry, ST_AsBinary(m.geometry) AS shape,
       CASE WHEN CAST(:srid AS integer) = 4326
            THEN ST_AsGeoJSON(ST_Transform(m.display, 4326), 9, 0)
            ELSE ST_AsGeoJSON(ST_Transform(m.geometry, CAST(:srid AS integer)), 4, 0) END::json AS geometry
FROM cadastre.match AS a
JOIN cadastre.measured_parcel AS m ON m.commune = a.commune AND m.measured_uid = a.measured_uid
JOIN cadastre.survey AS s ON s.survey_uid = m.survey_uid
WHERE a.commune = :commune AND a.parcel_uid = :uid AND a.current AND m.valid_to IS NULL
ORDER BY a.score DESC NULLS LAST, m.label;

-- name: parcel_corners_compared
-- Corner by corner, map against ground.
SELECT measured_uid::text, corner, map_e, map_n, measured_e, measured_n, de, dn, distance_m,
       allowed_m, significant
FROM cadastre.corner WHERE commune = :commune AND parcel_uid = :uid AND current
ORDER BY measured_uid, corner;

-- name: parcel_boundary
-- The signed boundary description in force.
SELECT confirmed, neighbours, signed_on, note FROM cadastre.boundary_description
WHERE commune = :commune AND parcel_uid = :uid AND valid_to IS NULL;

-- name: parcel_neighbours
-- Parcels that share a boundary, within the thickness of a drawn line.
SELECT n.parcel_uid::text, n.sheet, n.parcel, n.land_use
FROM cadastre.parcel AS n
WHERE n.commune = :commune AND n.valid_to IS NULL AND n.parcel_uid <> :uid
  AND n.geometry && ST_Expand(ST_GeomFromWKB(CAST(:outline AS bytea), :srid), :reach)
  AND ST_DWithin(n.geometry, ST_GeomFromWKB(CAST(:outline AS bytea), :srid), :reach)
ORDER BY n.sheet, n.parcel LIMIT 60;

-- name: parcel_dossiers
-- Dossiers of a parcel, newest first.
SELECT code, procedure, state, lodged_at, closed_at FROM cadastre.dossier
WHERE commune = :commune AND parcel_uid = :uid ORDER BY lodged_at DESC;

-- name: parcel_certificates
-- Certificates of a parcel, newest first.
SELECT number, serial, status, issued_on, token FROM cadastre.certificate
WHERE commune = :commune AND parcel_uid = :uid ORDER BY issued_on DESC, number;

-- name: parcel_holders
-- Who holds rights in a parcel; personal data.
SELECT p.name, p.kind, r.role, r.share_numerator, r.share_denominator
FROM cadastre.parcel_right AS r JOIN cadastre.party AS p USING (party_uid)
WHERE r.commune = :commune AND r.parcel_uid = :uid AND r.valid_to IS NULL
ORDER BY r.role, p.name;

-- name: parcels_page
-- One page of the parcel map in the order of sheet and number; the key is the last row seen.
SELECT p.parcel_uid::text, p.sheet, p.parcel, p.land_use, p.scale, p.former_commune::text,
       p.map_set, p.former_sheet, p.former_parcel, p.version, p.area_m2, p.register_area_m2,
       coalesce(s.state, 'clear') AS state, i.identifier::text,
       CASE WHEN CAST(:srid AS integer) = 4326
            THEN ST_AsGeoJSON(ST_Transform(p.display, 4326), 9, 0)
            ELSE ST_AsGeoJSON(ST_Transform(p.geometry, CAST(:srid AS integer)), 4, 0) END::json AS geometry
FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
LEFT JOIN cadastre.parcel_identifier AS i ON i.commune = p.commune AND i.parcel_uid = p.parcel_uid
WHERE p.commune = :commune AND p.valid_to IS NULL
  AND (CAST(:sheet AS integer) IS NULL OR p.sheet = :sheet)
  AND (CAST(:state AS text) IS NULL OR coalesce(s.state, 'clear') = :state)
  AND (CAST(:west AS float8) IS NULL OR p.display &&
       ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 3857))
  AND (CAST(:after_uid AS uuid) IS NULL
       OR (p.sheet, p.parcel, p.parcel_uid) > (:after_sheet, CAST(:after_parcel AS text), CAST(:after_uid AS uuid)))
ORDER BY p.sheet, p.parcel, p.parcel_uid LIMIT :limit;

-- name: parcels_matched
-- How many parcels the same filters find.
SELECT count(*) FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
WHERE p.commune = :commune AND p.valid_to IS NULL
  AND (CAST(:sheet AS integer) IS NULL OR p.sheet = :sheet)
  AND (CAST(:state AS text) IS NULL OR coalesce(s.state, 'clear') = :state)
  AND (CAST(:west AS float8) IS NULL OR p.display &&
       ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 3857));

-- name: parcel_commune
-- The commune of a parcel in force, among some.
SELECT commune::text FROM cadastre.parcel
WHERE commune = ANY (CAST(:communes AS char(5)[])) AND parcel_uid = :uid AND valid_to IS NULL;

-- name: parcel_outlines
-- Outlines of some parcels in force, for display.
SELECT p.parcel_uid::text, p.sheet, p.parcel, p.land_use, coalesce(s.state, 'clear') AS state,
       ST_AsGeoJSON(ST_Transform(p.display, 4326), 9, 0)::json AS geometry
FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
WHERE p.commune = :commune AND p.valid_to IS NULL AND p.parcel_uid = ANY (CAST(:uids AS uuid[]))
ORDER BY p.sheet, p.parcel;
