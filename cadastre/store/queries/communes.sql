-- name: communes_read
-- Communes as pages and programs see them; the extent is Web Mercator, of the parcels or the outline.
SELECT c.code::text, c.name, c.kind, c.province, c.srid, c.mountain,
       (SELECT json_agg(json_build_object('code', f.code, 'name', f.name, 'kind', f.kind,
                                          'seat', f.seat, 'ordinal', f.ordinal) ORDER BY f.ordinal)
        FROM cadastre.former_commune AS f WHERE f.commune = c.code) AS former_communes,
       (SELECT count(*) FROM cadastre.parcel AS p
        WHERE p.commune = c.code AND p.valid_to IS NULL) AS parcels,
       (SELECT json_object_agg(o.severity, o.times) FROM (
            SELECT m.severity, count(*) AS times FROM cadastre.mismatch AS m
            WHERE m.commune = c.code AND m.status = 'open' GROUP BY m.severity) AS o) AS open,
       ST_XMin(e.box) AS west, ST_YMin(e.box) AS south, ST_XMax(e.box) AS east, ST_YMax(e.box) AS north
FROM cadastre.commune AS c
CROSS JOIN LATERAL (
    SELECT ST_Transform(ST_SetSRID(coalesce(
        (SELECT ST_Extent(a.display) FROM cadastre.sheet_area AS a WHERE a.commune = c.code),
        Box2D(ST_Transform(c.outline, 3857)))::geometry, 3857), 4326) AS box
) AS e
WHERE c.code = ANY (CAST(:communes AS text[]))
ORDER BY c.code;

-- name: sheets_read
-- Sheets of a commune with how they were read and how many parcels they hold now.
SELECT s.sheet_uid::text, s.former_commune::text, f.name AS former_commune_name, s.map_set, s.scale,
       s.former_sheet, s.sheet, s.surveyed_on, s.medium, s.declared_crs, s.srid, s.report,
       coalesce(a.parcels, 0) AS parcels
FROM cadastre.sheet AS s
JOIN cadastre.former_commune AS f ON f.commune = s.commune AND f.code = s.former_commune
LEFT JOIN cadastre.sheet_area AS a
  ON a.commune = s.commune AND a.former_commune = s.former_commune AND a.map_set = s.map_set
 AND a.scale = s.scale AND a.former_sheet = s.former_sheet
WHERE s.commune = :commune
ORDER BY s.sheet NULLS LAST, f.ordinal, s.scale, s.former_sheet;

-- name: communes_search
-- Zone and former communes of the communes in which somebody searches.
SELECT c.code::text, c.name, c.srid,
       (SELECT json_object_agg(f.code, f.name) FROM cadastre.former_commune AS f
        WHERE f.commune = c.code) AS former
FROM cadastre.commune AS c WHERE c.code = ANY (CAST(:communes AS text[])) ORDER BY c.code;
