-- name: remark_open
-- A remark drawn on the map.
INSERT INTO cadastre.remark (
    commune, remark_id, text, parcel_uid, geometry, display, author, opened_by)
VALUES (:commune, :remark_id, :text, (
    SELECT p.parcel_uid FROM cadastre.parcel AS p
    WHERE p.commune = :commune AND p.valid_to IS NULL
      AND ST_Intersects(p.geometry, ST_PointOnSurface(ST_GeomFromWKB(CAST(:shape AS bytea), :srid)))
    ORDER BY p.parcel_uid LIMIT 1),
    ST_GeomFromWKB(CAST(:shape AS bytea), :srid), ST_GeomFromWKB(CAST(:display AS bytea), 3857),
    :author, :event)
RETURNING parcel_uid::text;

-- name: remark_close
-- A remark that is settled: closed, never deleted.
UPDATE cadastre.remark SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND remark_id = :remark_id AND valid_to IS NULL;

-- name: remark_commune
-- The commune of a remark that stands.
SELECT commune::text FROM cadastre.remark
WHERE remark_id = :remark_id AND commune = ANY (CAST(:communes AS char(5)[])) AND valid_to IS NULL;

-- name: remarks_read
-- Remarks that stand, the newest first, with the parcel they lie on.
SELECT r.remark_id::text, r.text, r.author, a.display_name AS author_name, r.valid_from AS at,
       r.parcel_uid::text, p.sheet, p.parcel,
       ST_AsGeoJSON(ST_Transform(r.display, 4326), 9, 0)::json AS geometry
FROM cadastre.remark AS r
LEFT JOIN cadastre.account AS a ON a.username = r.author
LEFT JOIN cadastre.parcel AS p
  ON p.commune = r.commune AND p.parcel_uid = r.parcel_uid AND p.valid_to IS NULL
WHERE r.commune = :commune AND r.valid_to IS NULL
ORDER BY r.valid_from DESC, r.remark_id LIMIT 500;
