-- name: control_points_current
-- Control points of a commune in its zone.
SELECT name, geometry FROM cadastre.control_point WHERE commune = :commune AND valid_to IS NULL;

-- name: control_points_close
-- Control points that a newer list moves or leaves out.
UPDATE cadastre.control_point SET valid_to = now(), closed_by = :event
WHERE commune = :commune AND valid_to IS NULL AND name = ANY (:names);

-- name: columns_kept
-- The columns that were chosen for files of each form.
SELECT headers::text, columns FROM cadastre.column_mapping WHERE commune = :commune AND kind = :kind;

-- name: columns_keep
-- The columns of a form of file; the same form gets them again without asking.
INSERT INTO cadastre.column_mapping (commune, kind, headers, columns, event_id)
VALUES (:commune, :kind, :headers, CAST(:columns AS jsonb), :event)
ON CONFLICT (commune, kind, headers) DO UPDATE
SET columns = excluded.columns, event_id = excluded.event_id
WHERE column_mapping.columns <> excluded.columns;

-- name: sheet_edges
-- Delivered parcels as evidence for the zone of the next file; a file is no evidence for itself.
SELECT p.geometry FROM cadastre.sheet_parcel AS p
JOIN cadastre.sheet AS s USING (sheet_uid)
LEFT JOIN cadastre.source AS f USING (source_id)
WHERE p.commune = :commune AND p.valid_to IS NULL AND f.sha256 IS DISTINCT FROM :sha256;
