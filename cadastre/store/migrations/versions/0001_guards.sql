-- Functions, guards and rights of the house. Roles exist already (they belong to the server).

CREATE FUNCTION cadastre.setting(name text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$ SELECT nullif(current_setting('app.' || name, true), '') $$;

-- Whether the person at work may see rows of a commune. '*' is the service itself.
CREATE FUNCTION cadastre.may_see(commune char) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$ SELECT coalesce(current_setting('app.communes', true), '') = '*'
          OR commune::text = ANY (string_to_array(coalesce(current_setting('app.communes', true), ''), ',')) $$;

-- Partitions of a commune; called once when it is opened.
CREATE FUNCTION cadastre.open_commune(code char) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
BEGIN
    IF code !~ '^[0-9]{5}$' THEN
        RAISE EXCEPTION 'a commune code has five digits, not %', code;
    END IF;
    EXECUTE format('CREATE TABLE IF NOT EXISTS cadastre.parcel_%s PARTITION OF cadastre.parcel FOR VALUES IN (%L)', code, code);
    EXECUTE format('CREATE TABLE IF NOT EXISTS cadastre.mismatch_%s PARTITION OF cadastre.mismatch FOR VALUES IN (%L)', code, code);
END
$$;

-- A register closes rows: nothing is deleted, a closed version is never changed or opened again.
CREATE FUNCTION cadastre.register_closes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the register closes rows, it never deletes (%)', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'register_closes';
    END IF;
    IF OLD.valid_to IS NOT NULL THEN
        RAISE EXCEPTION 'a closed version is never changed (%)', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'register_closes';
    END IF;
    RETURN NEW;
END
$$;

-- What an event said stays said; only its own transaction adds details to it.
CREATE FUNCTION cadastre.log_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'event'
       AND OLD.event_id::text = current_setting('app.event', true) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a log is only added to (%)', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'register_closes';
END
$$;

CREATE FUNCTION cadastre.write_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cadastre, pg_catalog
AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) - 'password_hash' END;
    now_is jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) - 'password_hash' END;
    one jsonb := coalesce(now_is, was);
BEGIN
    INSERT INTO cadastre.audit (commune, event_id, actor, table_name, operation, before, after)
    VALUES (coalesce(one ->> 'commune', one -> 'communes' ->> 0, '-----'),
            nullif(current_setting('app.event', true), '')::bigint,
            nullif(current_setting('app.actor', true), ''),
            TG_TABLE_NAME, TG_OP, was, now_is);
    RETURN NULL;
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sheet_parcel', 'parcel', 'crosswalk', 'survey', 'measured_parcel',
        'boundary_description', 'party', 'landbook_record', 'parcel_right', 'parcel_purpose'] LOOP
        EXECUTE format('CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.%I '
                       'FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['event', 'audit', 'dossier_event', 'register_entry'] LOOP
        EXECUTE format('CREATE TRIGGER log_stays BEFORE UPDATE OR DELETE ON cadastre.%I '
                       'FOR EACH ROW EXECUTE FUNCTION cadastre.log_stays()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['party', 'parcel_right', 'landbook_record', 'dossier', 'dossier_party',
        'dossier_document', 'objection', 'certificate', 'certificate_blank', 'mismatch_decision',
        'boundary_description', 'account'] LOOP
        EXECUTE format('CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.%I '
                       'FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['event', 'audit', 'sheet_person', 'party', 'landbook_record',
        'parcel_right', 'dossier', 'dossier_event', 'dossier_party', 'dossier_document', 'objection',
        'certificate', 'register_entry', 'job'] LOOP
        EXECUTE format('ALTER TABLE cadastre.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY commune_only ON cadastre.%I '
                       'USING (cadastre.may_see(commune)) WITH CHECK (cadastre.may_see(commune))', name);
    END LOOP;
END
$$;

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

CREATE FUNCTION cadastre.dossier_status(given text)
RETURNS TABLE (code text, procedure text, state text, lodged_at timestamptz, due_on jsonb, closed_at timestamptz,
               profile text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
    SELECT d.code, d.procedure, d.state, d.lodged_at, d.due_on, d.closed_at, f.profile
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
    WHERE d.commune = given AND d.closed_at IS NULL AND d.facts ? 'posting'
      AND NOT d.facts -> 'posting' ? 'closed_on'
    GROUP BY d.dossier_uid, p.sheet, p.parcel, p.area_m2, p.land_use
    ORDER BY d.code
$$;

REVOKE ALL ON SCHEMA cadastre FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA cadastre FROM PUBLIC;
GRANT USAGE ON SCHEMA cadastre TO cadastre_web, cadastre_worker;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA cadastre GRANT SELECT, INSERT, UPDATE ON TABLES TO cadastre_web, cadastre_worker;
REVOKE UPDATE ON cadastre.audit, cadastre.dossier_event, cadastre.register_entry FROM cadastre_web, cadastre_worker;
REVOKE INSERT ON cadastre.audit FROM cadastre_web, cadastre_worker;
