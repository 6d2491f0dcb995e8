-- The map: areas of whole sheets for small scales, vector tiles, indexes of the look-ups.

-- Union of a sheet's parcels, for zooms at which single parcels are too many; derived.
CREATE TABLE cadastre.sheet_area (
    commune        char(5) NOT NULL,
    former_commune char(5) NOT NULL,
    map_set        text NOT NULL DEFAULT '',
    scale          integer NOT NULL,
    former_sheet   text NOT NULL,
    sheet          integer NOT NULL,
    parcels        integer NOT NULL,
    display        geometry(Geometry, 3857),
    PRIMARY KEY (commune, former_commune, map_set, scale, former_sheet)
);
CREATE INDEX sheet_area_display ON cadastre.sheet_area USING gist (display);

CREATE INDEX parcel_opened ON cadastre.parcel (commune, opened_by);
CREATE INDEX parcel_closed ON cadastre.parcel (commune, closed_by) WHERE closed_by IS NOT NULL;
-- People type numbers without leading zeros and in either case.
CREATE INDEX crosswalk_typed ON cadastre.crosswalk
    (commune, lower(ltrim(former_parcel, '0')), lower(ltrim(former_sheet, '0'))) WHERE valid_to IS NULL;
CREATE INDEX parcel_typed ON cadastre.parcel (commune, sheet, lower(ltrim(parcel, '0'))) WHERE valid_to IS NULL;
CREATE INDEX job_commune ON cadastre.job (commune, created_at DESC);
CREATE INDEX dossier_lodged ON cadastre.dossier (commune, lodged_at);
CREATE INDEX landbook_record_old ON cadastre.landbook_record (commune, former_sheet, former_parcel) WHERE valid_to IS NULL;

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
        SELECT p.parcel_uid::text AS uid, coalesce(s.state, 'clear') AS state, p.sheet, p.parcel,
               'Tờ ' || p.sheet || ' thửa ' || p.parcel AS label, p.land_use,
               p.former_commune::text AS former, p.scale,
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
               ST_AsMVTGeom(a.display, bounds, 4096, 64, true) AS shape
        FROM cadastre.sheet_area AS a
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

-- Row-level security is asked once per query, not once per row (a scalar subquery is an init plan).
CREATE FUNCTION cadastre.communes_at_work() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$ SELECT string_to_array(coalesce(current_setting('app.communes', true), ''), ',') $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['event', 'audit', 'sheet_person', 'party', 'landbook_record',
        'parcel_right', 'dossier', 'dossier_event', 'dossier_party', 'dossier_document', 'objection',
        'certificate', 'register_entry', 'job'] LOOP
        EXECUTE format('ALTER POLICY commune_only ON cadastre.%I '
            'USING ((SELECT ''*'' = ANY (cadastre.communes_at_work())) '
            '       OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[])) '
            'WITH CHECK ((SELECT ''*'' = ANY (cadastre.communes_at_work())) '
            '       OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))', name);
    END LOOP;
END
$$;
DROP FUNCTION cadastre.may_see(char);
DROP FUNCTION cadastre.setting(text);

-- A version says what it says: it may be closed, nothing else of it may be set.
CREATE FUNCTION cadastre.version_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION 'a version is closed and opened anew, never changed (%)', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'register_closes';
END
$$;

DO $$
DECLARE
    name text;
    settable text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sheet_parcel', 'parcel', 'crosswalk', 'measured_parcel'] LOOP
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO settable
        FROM pg_attribute
        WHERE attrelid = ('cadastre.' || name)::regclass AND attnum > 0 AND NOT attisdropped
          AND attname NOT IN ('valid_to', 'closed_by');
        EXECUTE format('CREATE TRIGGER version_stays BEFORE UPDATE OF %s ON cadastre.%I '
                       'FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays()', settable, name);
    END LOOP;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA cadastre FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
GRANT SELECT, INSERT, UPDATE ON cadastre.sheet_area TO cadastre_web, cadastre_worker;
