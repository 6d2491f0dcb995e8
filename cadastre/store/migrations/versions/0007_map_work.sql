-- The officer's map: remarks drawn on it, sheets as delivered, age of the source, dossiers in work.

CREATE TABLE cadastre.remark (
    commune character(5) NOT NULL REFERENCES cadastre.commune (code),
    remark_id uuid NOT NULL,
    text text NOT NULL,
    parcel_uid uuid,
    geometry public.geometry NOT NULL,
    display public.geometry(Geometry, 3857) NOT NULL,
    author text NOT NULL,
    valid_from timestamp with time zone DEFAULT now() NOT NULL,
    valid_to timestamp with time zone,
    opened_by bigint NOT NULL REFERENCES cadastre.event (event_id),
    closed_by bigint REFERENCES cadastre.event (event_id),
    PRIMARY KEY (commune, remark_id),
    CHECK (char_length(text) BETWEEN 1 AND 2000)
);
CREATE INDEX remark_current ON cadastre.remark (commune, valid_from) WHERE valid_to IS NULL;
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.remark
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER version_stays BEFORE UPDATE OF
    commune, remark_id, text, parcel_uid, geometry, display, author, valid_from, opened_by
    ON cadastre.remark FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.remark
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
ALTER TABLE cadastre.remark ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.remark
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));


CREATE OR REPLACE FUNCTION cadastre.tile_parcels(of_commune char, z integer, x integer, y integer) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = cadastre, public, pg_catalog
AS $$
DECLARE
    bounds geometry := ST_TileEnvelope(z, x, y);
    around geometry := ST_TileEnvelope(z, x, y, margin => 0.016);
    tile bytea;
BEGIN
    SELECT ST_AsMVT(f, 'parcels', 4096, 'shape') INTO tile
    FROM (
        SELECT p.parcel_uid::text AS uid, coalesce(s.state, 'clear') AS state, p.parcel, p.land_use,
               p.former_commune::text AS former, p.scale,
               extract(year FROM p.surveyed_on)::integer AS year,
               CASE WHEN s.dossier THEN 1 END AS dossier,
               ST_AsMVTGeom(p.display, bounds, 4096, 64, true) AS shape
        FROM cadastre.parcel AS p
        LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
        WHERE p.commune = of_commune AND p.valid_to IS NULL AND p.display && around
    ) AS f
    WHERE f.shape IS NOT NULL;
    RETURN tile;
END
$$;

CREATE OR REPLACE FUNCTION cadastre.tile_sheets(of_commune char, z integer, x integer, y integer) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = cadastre, public, pg_catalog
AS $$
DECLARE
    bounds geometry := ST_TileEnvelope(z, x, y);
    around geometry := ST_TileEnvelope(z, x, y, margin => 0.016);
    tile bytea;
BEGIN
    SELECT ST_AsMVT(f, 'sheets', 4096, 'shape') INTO tile
    FROM (
        SELECT a.sheet, a.former_commune::text AS former, a.map_set, a.scale, a.former_sheet, a.parcels,
               extract(year FROM h.surveyed_on)::integer AS year,
               ST_AsMVTGeom(a.display, bounds, 4096, 64, true) AS shape
        FROM cadastre.sheet_area AS a
        LEFT JOIN cadastre.sheet AS h
          ON h.commune = a.commune AND h.former_commune = a.former_commune AND h.map_set = a.map_set
         AND h.scale = a.scale AND h.former_sheet = a.former_sheet
        WHERE a.commune = of_commune AND a.display && around
    ) AS f
    WHERE f.shape IS NOT NULL;
    RETURN tile;
END
$$;

CREATE OR REPLACE FUNCTION cadastre.tile_delivered(of_commune char, z integer, x integer, y integer) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = cadastre, public, pg_catalog
AS $$
DECLARE
    bounds geometry := ST_TileEnvelope(z, x, y);
    around geometry := ST_TileEnvelope(z, x, y, margin => 0.016);
    tile bytea;
BEGIN
    SELECT ST_AsMVT(f, 'delivered', 4096, 'shape') INTO tile
    FROM (
        SELECT d.former_commune::text AS former, d.former_sheet, d.former_parcel AS parcel, d.scale,
               ST_AsMVTGeom(d.display, bounds, 4096, 64, true) AS shape
        FROM cadastre.sheet_parcel AS d
        WHERE d.commune = of_commune AND d.valid_to IS NULL AND d.display && around
    ) AS f
    WHERE f.shape IS NOT NULL;
    RETURN tile;
END
$$;

REVOKE ALL ON FUNCTION cadastre.tile_delivered(character, integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.tile_delivered(character, integer, integer, integer)
    TO cadastre_web, cadastre_worker;
