-- What anyone may ask, answered by the owner so that nothing else is seen.

-- What anyone with the code may know: no person, no identity number.
CREATE FUNCTION cadastre.verify_certificate(given text)
RETURNS TABLE (number text, serial text, status text, issued_on date, authority text, commune text,
               area_m2 numeric, land_use text, sheet integer, parcel text, outline geometry)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
    SELECT c.number, c.serial, c.status, c.issued_on, c.authority, c.commune::text, c.area_m2, c.land_use,
           p.sheet, p.parcel, c.outline
    FROM cadastre.certificate AS c
    JOIN cadastre.parcel AS p
      ON p.commune = c.commune AND p.parcel_uid = c.parcel_uid AND p.version = c.parcel_version
    WHERE c.token = given
$$;

-- What was done to a certificate since it was issued, and when: no person, no content.
CREATE FUNCTION cadastre.certificate_changes(given text)
RETURNS TABLE (kind text, entered_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
    SELECT r.kind, r.entered_at
    FROM cadastre.register_entry AS r JOIN cadastre.certificate AS c USING (certificate_uid)
    WHERE c.token = given AND r.kind IN ('correction', 'cancellation')
    UNION ALL
    SELECT 'superseded', e.at
    FROM cadastre.certificate AS c
    JOIN cadastre.certificate AS n ON n.supersedes = c.certificate_uid
    JOIN cadastre.event AS e ON e.event_id = n.event_id
    WHERE c.token = given
    ORDER BY 2
$$;

-- Where a dossier is, for anyone with its code: no person.
CREATE FUNCTION cadastre.dossier_status(given text)
RETURNS TABLE (code text, procedure text, state text, lodged_at timestamptz, due_on jsonb, closed_at timestamptz,
               profile text, reappointed_on text, waiting_on text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
    SELECT d.code, d.procedure, d.state, d.lodged_at, d.due_on, d.closed_at, f.profile,
           d.facts -> 'reappointment' ->> 'new_on',
           ARRAY(SELECT w ->> 'system' FROM jsonb_array_elements(coalesce(d.facts -> 'waiting', '[]')) AS w
                 WHERE w ->> 'ended_at' IS NULL)
    FROM cadastre.dossier AS d JOIN cadastre.procedure_profile AS f USING (profile_hash)
    WHERE d.code = given
$$;

-- What is posted to the public now (names of holders belong to a posting, nothing else of them).
CREATE FUNCTION cadastre.posted_now(given text)
RETURNS TABLE (code text, parcel_uid uuid, opened_on text, ends_on text, places jsonb, sheet integer,
               parcel text, area_m2 double precision, land_use text, origin text, holders text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
    SELECT d.code, d.parcel_uid, d.facts -> 'posting' ->> 'opened_on', d.facts -> 'posting' ->> 'ends_on',
           d.facts -> 'posting' -> 'places_vi', p.sheet, p.parcel, p.area_m2, p.land_use,
           d.facts -> 'confirmations' ->> 'origin', string_agg(y.name, '; ' ORDER BY y.name)
    FROM cadastre.dossier AS d
    JOIN cadastre.parcel AS p
      ON p.commune = d.commune AND p.parcel_uid = d.parcel_uid AND p.valid_to IS NULL
    JOIN cadastre.dossier_party AS h USING (dossier_uid)
    JOIN cadastre.party AS y USING (party_uid)
    WHERE d.commune = given AND d.closed_at IS NULL AND d.facts -> 'posting' ? 'ends_on'
      AND NOT d.facts -> 'posting' ? 'closed_on'
    GROUP BY d.dossier_uid, p.sheet, p.parcel, p.area_m2, p.land_use
    ORDER BY d.code
$$;

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
