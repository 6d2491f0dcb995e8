-- Settings of the transaction, partitions, and the functions behind triggers.

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

-- Communes of the person at work; "*" is the service itself.
CREATE FUNCTION cadastre.communes_at_work() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$ SELECT string_to_array(coalesce(current_setting('app.communes', true), ''), ',') $$;

-- A version says what it says: it may be closed, nothing else of it may be set.
CREATE FUNCTION cadastre.version_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION 'a version is closed and opened anew, never changed (%)', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'register_closes';
END
$$;

-- After bulk work the planner must not guess until the server analyses by itself: a first look
-- at the mismatch queue took 3.4 s without statistics and 20 ms with them.
CREATE FUNCTION cadastre.analyse_commune(code char) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cadastre, public, pg_catalog
AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['parcel_' || code, 'mismatch_' || code, 'parcel_state', 'parcel_identifier',
        'crosswalk', 'sheet_parcel', 'measured_parcel', 'match', 'corner', 'party', 'parcel_right',
        'landbook_record', 'parcel_purpose'] LOOP
        IF to_regclass('cadastre.' || quote_ident(name)) IS NOT NULL THEN
            EXECUTE format('ANALYZE cadastre.%I', name);
        END IF;
    END LOOP;
END
$$;

-- How a parcel looks on the map from what is open on it; read before a decision and after it.
CREATE FUNCTION cadastre.state_of(
    blocking bigint, dossier boolean, certified boolean, warning bigint, measured boolean, info bigint
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$
    SELECT CASE WHEN blocking > 0 THEN 'blocking'
                WHEN dossier THEN 'dossier'
                WHEN certified THEN 'certified'
                WHEN warning > 0 THEN 'warning'
                WHEN measured THEN 'measured'
                WHEN info > 0 THEN 'info'
                ELSE 'clear' END
$$;
