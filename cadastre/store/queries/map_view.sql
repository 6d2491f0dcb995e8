-- name: map_view_commune
-- What a map of a commune begins with; the extent is Web Mercator, of its outline or its parcels.
SELECT c.code, c.name, c.kind, c.province, c.srid,
       (SELECT count(*) FROM cadastre.parcel p WHERE p.commune = c.code AND p.valid_to IS NULL) AS parcels,
       ST_XMin(e.box) AS west, ST_YMin(e.box) AS south, ST_XMax(e.box) AS east, ST_YMax(e.box) AS north
FROM cadastre.commune c
CROSS JOIN LATERAL (
    SELECT coalesce(
        (SELECT ST_Extent(p.display) FROM cadastre.parcel p WHERE p.commune = c.code AND p.valid_to IS NULL),
        Box2D(ST_Transform(c.outline, 3857))) AS box
) e
WHERE c.code = :commune;

-- name: map_view_former_communes
-- The former communes of a commune in the order of their colours.
SELECT code, name, kind, seat, ordinal
FROM cadastre.former_commune WHERE commune = :commune ORDER BY ordinal;

-- name: map_view_scales
-- The scales of the sheets of a commune, finest first.
SELECT DISTINCT scale FROM cadastre.sheet WHERE commune = :commune ORDER BY scale;
