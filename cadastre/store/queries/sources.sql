-- name: source_enter
-- A kept file enters the register once; the same content under the same name is the same source.
INSERT INTO cadastre.source (source_id, commune, kind, name, sha256, bytes, media_type, event_id)
VALUES (:source_id, :commune, :kind, :name, :sha256, :bytes, :media_type, :event)
ON CONFLICT (commune, kind, sha256, name) DO UPDATE SET name = excluded.name
RETURNING source_id::text;
