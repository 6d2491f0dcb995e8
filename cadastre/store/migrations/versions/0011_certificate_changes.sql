-- What the public sees of corrected certificates and of dossiers that pause or wait.

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

REVOKE ALL ON FUNCTION cadastre.certificate_changes(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.certificate_changes(text) TO cadastre_web, cadastre_worker;

DROP FUNCTION cadastre.dossier_status(text);

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

REVOKE ALL ON FUNCTION cadastre.dossier_status(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.dossier_status(text) TO cadastre_web, cadastre_worker;

-- What is posted to the public now (names of holders belong to a posting, nothing else of them).
CREATE OR REPLACE FUNCTION cadastre.posted_now(given text)
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
