-- Vector tiles, one function per layer.

-- Tiles. One function per layer with the commune inside and a fixed search_path: the web role
-- gets its tile from one call, and the planner keeps the GiST index of the commune's partition.
CREATE FUNCTION cadastre.tile_parcels(of_commune char, z integer, x integer, y integer) RETURNS bytea
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

CREATE FUNCTION cadastre.tile_sheets(of_commune char, z integer, x integer, y integer) RETURNS bytea
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

CREATE FUNCTION cadastre.tile_measured(of_commune char, z integer, x integer, y integer) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = cadastre, public, pg_catalog
AS $$
DECLARE
    bounds geometry := ST_TileEnvelope(z, x, y);
    around geometry := ST_TileEnvelope(z, x, y, margin => 0.016);
    tile bytea;
BEGIN
    SELECT ST_AsMVT(f, 'measured', 4096, 'shape') INTO tile
    FROM (
        SELECT m.measured_uid::text AS uid, m.survey_uid::text AS survey, m.label, v.verdict,
               ST_AsMVTGeom(m.display, bounds, 4096, 64, true) AS shape
        FROM cadastre.measured_parcel AS m
        LEFT JOIN LATERAL (
            SELECT a.verdict FROM cadastre.match AS a
            WHERE a.commune = of_commune AND a.measured_uid = m.measured_uid AND a.current
            ORDER BY a.score DESC NULLS LAST LIMIT 1
        ) AS v ON true
        WHERE m.commune = of_commune AND m.valid_to IS NULL AND m.display && around
    ) AS f
    WHERE f.shape IS NOT NULL;
    RETURN tile;
END
$$;

CREATE FUNCTION cadastre.tile_mismatches(of_commune char, z integer, x integer, y integer) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = cadastre, public, pg_catalog
AS $$
DECLARE
    bounds geometry := ST_TileEnvelope(z, x, y);
    around geometry := ST_TileEnvelope(z, x, y, margin => 0.016);
    tile bytea;
BEGIN
    SELECT ST_AsMVT(f, 'mismatches', 4096, 'shape') INTO tile
    FROM (
        SELECT m.mismatch_id::text AS id, m.code, m.severity, m.status, m.parcel_uid::text AS parcel_uid,
               ST_AsMVTGeom(m.display, bounds, 4096, 64, true) AS shape
        FROM cadastre.mismatch AS m
        WHERE m.commune = of_commune AND m.status = 'open' AND m.display && around
    ) AS f
    WHERE f.shape IS NOT NULL;
    RETURN tile;
END
$$;

-- The parcels of the former sheets as they were delivered, to compare with the merged map.
CREATE FUNCTION cadastre.tile_delivered(of_commune char, z integer, x integer, y integer) RETURNS bytea
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
