-- name: map_view_commune
-- What a map of a commune begins with; the extent is Web Mercator, of its sheets or its outline.
SELECT c.code, c.name, c.kind, c.province, c.srid, e.parcels,
       ST_XMin(e.box) AS west, ST_YMin(e.box) AS south, ST_XMax(e.box) AS east, ST_YMax(e.box) AS north
FROM cadastre.commune c
CROSS JOIN LATERAL (
    SELECT coalesce(ST_Extent(a.display), Box2D(ST_Transform(c.outline, 3857))) AS box,
           coalesce(sum(a.parcels), 0)::integer AS parcels
    FROM cadastre.sheet_area a WHERE a.commune = c.code
) e
WHERE c.code = :commune;

-- name: map_view_former_communes
-- The former communes of a commune in the order of their colours.
SELECT code, name, kind, seat, ordinal
FROM cadastre.former_commune WHERE commune = :commune ORDER BY ordinal;

-- name: map_view_scales
-- The scales of the sheets of a commune, finest first.
SELECT DISTINCT scale FROM cadastre.sheet WHERE commune = :commune ORDER BY scale;

-- name: map_view_years
-- The years of the surveys behind the sheets of a commune, oldest first.
SELECT DISTINCT extract(year FROM surveyed_on)::integer AS year FROM cadastre.sheet
WHERE commune = :commune AND surveyed_on IS NOT NULL ORDER BY 1;

-- name: map_view_crowding
-- The most parcels that a tile of each zoom holds, counted by the middles of the sheets; OFFSET 0
-- so that the middle of a sheet is found once and not once a zoom.
SELECT z, max(held) AS parcels
FROM (
    SELECT z, sum(a.parcels) AS held
    FROM (SELECT parcels, ST_Centroid(ST_Envelope(display)) AS middle FROM cadastre.sheet_area
          WHERE commune = :commune AND display IS NOT NULL OFFSET 0) AS a
    CROSS JOIN LATERAL (SELECT z, 40075016.68557849 / (1 << z) AS side
                        FROM generate_series(11, 16) AS z) AS m
    GROUP BY z, floor(ST_X(a.middle) / m.side), floor(ST_Y(a.middle) / m.side)
) AS tiles
GROUP BY z ORDER BY z;

-- name: map_overview
-- Parcels of each sheet by state and by land use, with their area: what the far map is coloured by.
SELECT p.sheet, p.former_commune::text AS former, p.map_set, p.scale, p.former_sheet,
       coalesce(s.state, 'clear') AS state, upper(left(coalesce(p.land_use, ''), 3)) AS land_use,
       count(*) AS parcels, sum(p.area_m2) AS area_m2
FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
WHERE p.commune = :commune AND p.valid_to IS NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- name: office_map
-- Sheets with what is to do on them: open blocking mismatches and the parcels that they block,
-- dossiers under way; outlines for a small map.
WITH place AS (
    SELECT sheet, sum(parcels)::integer AS parcels, ST_Union(display) AS shape
    FROM cadastre.sheet_area WHERE commune = :commune GROUP BY sheet
), flagged AS (
    SELECT p.sheet, count(*) AS blocking, count(DISTINCT p.parcel_uid) AS blocked
    FROM cadastre.mismatch AS m
    JOIN cadastre.parcel AS p
      ON p.commune = m.commune AND p.parcel_uid = m.parcel_uid AND p.valid_to IS NULL
    WHERE m.commune = :commune AND m.status = 'open' AND m.severity = 'blocking' GROUP BY p.sheet
), working AS (
    SELECT p.sheet, count(*) AS dossiers
    FROM cadastre.dossier AS d
    JOIN cadastre.parcel AS p
      ON p.commune = d.commune AND p.parcel_uid = d.parcel_uid AND p.valid_to IS NULL
    WHERE d.commune = :commune AND d.closed_at IS NULL GROUP BY p.sheet
), extent AS (
    SELECT greatest(ST_XMax(e.box) - ST_XMin(e.box), ST_YMax(e.box) - ST_YMin(e.box)) / 1000 AS step
    FROM (SELECT ST_Extent(shape) AS box FROM place) AS e
)
SELECT a.sheet, a.parcels, coalesce(f.blocking, 0) AS blocking,
       coalesce(f.blocked, 0) AS blocked, coalesce(w.dossiers, 0) AS dossiers,
       ST_AsGeoJSON(ST_Transform(ST_SimplifyPreserveTopology(a.shape, extent.step), 4326), 6) AS outline,
       ST_AsGeoJSON(ST_Transform(ST_PointOnSurface(a.shape), 4326), 6) AS middle
FROM place AS a CROSS JOIN extent
LEFT JOIN flagged AS f USING (sheet) LEFT JOIN working AS w USING (sheet)
WHERE a.shape IS NOT NULL
ORDER BY a.sheet;

-- name: print_parcels
-- Parcels in a frame of paper.
SELECT p.parcel, p.land_use, p.former_commune::text AS former, p.scale,
       extract(year FROM p.surveyed_on)::integer AS year, coalesce(s.state, 'clear') AS state,
       ST_AsBinary(p.geometry) AS outline
FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
WHERE p.commune = :commune AND p.valid_to IS NULL
  AND p.geometry && ST_MakeEnvelope(:west, :south, :east, :north, CAST(:srid AS integer))
ORDER BY p.sheet, p.parcel, p.parcel_uid LIMIT :limit;

-- name: print_measured
-- Measured outlines in a frame of paper.
SELECT ST_AsBinary(m.geometry) FROM cadastre.measured_parcel AS m
WHERE m.commune = :commune AND m.valid_to IS NULL
  AND m.geometry && ST_MakeEnvelope(:west, :south, :east, :north, CAST(:srid AS integer))
ORDER BY m.measured_uid;

-- name: print_blocking
-- Places in a frame of paper at which something blocks.
SELECT ST_AsBinary(m.geometry) FROM cadastre.mismatch AS m
WHERE m.commune = :commune AND m.status = 'open' AND m.severity = 'blocking'
  AND ST_Dimension(m.geometry) = 2
  AND m.geometry && ST_MakeEnvelope(:west, :south, :east, :north, CAST(:srid AS integer))
ORDER BY m.mismatch_id;

-- name: map_points
-- Control points, and measured points with their covariance, in a box of the commune's zone.
SELECT c.name AS point, 'control' AS kind, NULL AS code, ST_X(c.geometry) AS east,
       ST_Y(c.geometry) AS north, NULL::float8 AS sigma_m, NULL::float8 AS var_east,
       NULL::float8 AS var_north, NULL::float8 AS cov_en, NULL AS survey
FROM cadastre.control_point AS c
WHERE c.commune = :commune AND c.valid_to IS NULL
  AND c.geometry && ST_MakeEnvelope(:west, :south, :east, :north, CAST(:srid AS integer))
UNION ALL
(SELECT v.point, v.role, v.code, v.east, v.north, v.sigma_m, v.var_east, v.var_north, v.cov_en, s.label
FROM cadastre.survey_point AS v
JOIN cadastre.survey AS s ON s.survey_uid = v.survey_uid AND s.valid_to IS NULL
WHERE v.commune = :commune AND v.east BETWEEN :west AND :east AND v.north BETWEEN :south AND :north
ORDER BY s.label, v.row_number LIMIT 2000);
