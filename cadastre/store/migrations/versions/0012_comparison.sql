-- The comparison with the ground proposes to set a displaced sheet right, by stated parameters;
-- a decision also ends when the difference that it was taken on has gone and come back.

ALTER TABLE cadastre.proposal ADD COLUMN moment text NOT NULL DEFAULT 'merge';
ALTER TABLE cadastre.proposal ADD COLUMN parameters jsonb;
ALTER TABLE cadastre.proposal ADD CONSTRAINT proposal_moment_check
    CHECK (moment IN ('merge', 'reconcile'));
ALTER TABLE cadastre.mismatch_decision DROP CONSTRAINT mismatch_decision_ended_why_check;
ALTER TABLE cadastre.mismatch_decision ADD CONSTRAINT mismatch_decision_ended_why_check
    CHECK (ended_why IN ('undone', 'replaced', 'lapsed', 'reopened'));

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
REVOKE ALL ON FUNCTION cadastre.state_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.state_of TO cadastre_web, cadastre_worker;
