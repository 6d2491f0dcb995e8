-- Public postings with their land: what the page without sign-in draws.

-- The land of what is posted now, with the parcels around it for orientation; nobody's name.
CREATE FUNCTION cadastre.posted_land(given text)
RETURNS TABLE (code text, sheet integer, parcel text, land_use text, outline geometry)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
    WITH posted AS MATERIALIZED (
        SELECT n.code, p.parcel_uid, p.sheet, p.parcel, p.land_use, p.geometry
        FROM cadastre.posted_now(given) AS n
        JOIN cadastre.parcel AS p
          ON p.commune = given AND p.parcel_uid = n.parcel_uid AND p.valid_to IS NULL
    )
    SELECT n.code, n.sheet, n.parcel, n.land_use, n.geometry FROM posted AS n
    UNION ALL
    SELECT DISTINCT ON (a.parcel_uid) NULL, a.sheet, a.parcel, a.land_use, a.geometry
    FROM posted AS n
    CROSS JOIN LATERAL (
        SELECT p.parcel_uid, p.sheet, p.parcel, p.land_use, p.geometry FROM cadastre.parcel AS p
        WHERE p.commune = given AND p.valid_to IS NULL AND ST_DWithin(p.geometry, n.geometry, 80)
        LIMIT 200) AS a
    WHERE a.parcel_uid NOT IN (SELECT parcel_uid FROM posted)
$$;

-- Communes of the service with how many parcels each posts now.
CREATE FUNCTION cadastre.posting_communes()
RETURNS TABLE (code text, kind text, name text, postings bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
    SELECT c.code::text, c.kind, c.name, (SELECT count(*) FROM cadastre.posted_now(c.code))
    FROM cadastre.commune AS c ORDER BY c.code
$$;

REVOKE ALL ON FUNCTION cadastre.posted_land(text), cadastre.posting_communes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.posted_land(text), cadastre.posting_communes()
    TO cadastre_web, cadastre_worker;
