-- The counter: codes of other systems, hand-overs, delegations, the catalogue of procedures,
-- the legal clock as of a dossier's last step, words of scans, certificates that replace others.

ALTER TABLE cadastre.dossier ADD COLUMN clock jsonb NOT NULL DEFAULT '{}'::jsonb;

CREATE TABLE cadastre.external_code (
    commune      char(5) NOT NULL REFERENCES cadastre.commune (code),
    system       text NOT NULL,
    code         text NOT NULL,
    dossier_uid  uuid NOT NULL REFERENCES cadastre.dossier (dossier_uid),
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    event_id     bigint NOT NULL REFERENCES cadastre.event (event_id),
    CONSTRAINT external_code_once PRIMARY KEY (system, code)
);
CREATE UNIQUE INDEX external_code_dossier ON cadastre.external_code (dossier_uid, system);
INSERT INTO cadastre.external_code (commune, system, code, dossier_uid, event_id)
SELECT d.commune, e.key, e.value, d.dossier_uid, d.opened_by
FROM cadastre.dossier AS d, jsonb_each_text(d.external_codes) AS e
ON CONFLICT DO NOTHING;
ALTER TABLE cadastre.dossier DROP COLUMN external_codes;

CREATE TABLE cadastre.hand_over (
    hand_over_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune      char(5) NOT NULL REFERENCES cadastre.commune (code),
    dossier_uid  uuid NOT NULL REFERENCES cadastre.dossier (dossier_uid),
    from_step    text,
    to_step      text,
    given_by     text NOT NULL,
    taken_by     text NOT NULL,
    scanned_by   text NOT NULL,
    at           timestamptz NOT NULL,
    due_on       date,
    outcome      text NOT NULL,
    note         text NOT NULL DEFAULT '',
    event_id     bigint NOT NULL REFERENCES cadastre.event (event_id),
    CHECK (outcome IN ('early', 'on_time', 'overdue'))
);
CREATE INDEX hand_over_dossier ON cadastre.hand_over (dossier_uid, at);

CREATE TABLE cadastre.delegation (
    delegation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune       char(5) NOT NULL REFERENCES cadastre.commune (code),
    given_by      text NOT NULL,
    taken_by      text NOT NULL,
    role          text NOT NULL,
    title         text NOT NULL,
    reference     text NOT NULL,
    starts_on     date NOT NULL,
    ends_on       date NOT NULL,
    ended_on      date,
    event_id      bigint NOT NULL REFERENCES cadastre.event (event_id),
    CHECK (ends_on >= starts_on),
    CHECK (given_by <> taken_by)
);
CREATE INDEX delegation_taker ON cadastre.delegation (commune, taken_by);

CREATE TABLE cadastre.catalogue_entry (
    commune      char(5) NOT NULL REFERENCES cadastre.commune (code),
    code         text NOT NULL,
    title        text NOT NULL,
    field        text NOT NULL DEFAULT '',
    online       boolean NOT NULL,
    days         numeric(6, 2),
    time_limit   text NOT NULL DEFAULT '',
    fee          text NOT NULL DEFAULT '',
    documents    text NOT NULL DEFAULT '',
    instructions text NOT NULL DEFAULT '',
    basis        text NOT NULL DEFAULT '',
    profile      text,
    words        text NOT NULL,
    valid_from   timestamptz NOT NULL DEFAULT now(),
    valid_to     timestamptz,
    opened_by    bigint NOT NULL REFERENCES cadastre.event (event_id),
    closed_by    bigint REFERENCES cadastre.event (event_id),
    PRIMARY KEY (commune, code, valid_from)
);
CREATE UNIQUE INDEX catalogue_entry_current ON cadastre.catalogue_entry (commune, code)
    WHERE valid_to IS NULL;

-- Words of a paper, without accents: its title and the text layer of its scan.
CREATE TABLE cadastre.document_words (
    document_uid uuid PRIMARY KEY REFERENCES cadastre.dossier_document (document_uid),
    commune      char(5) NOT NULL REFERENCES cadastre.commune (code),
    words        text NOT NULL,
    searched     tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, words)) STORED
);
CREATE INDEX document_words_searched ON cadastre.document_words USING gin (searched);

ALTER TABLE cadastre.certificate ADD COLUMN supersedes uuid REFERENCES cadastre.certificate (certificate_uid);
ALTER TABLE cadastre.certificate_blank ADD COLUMN spoiled_for text;

CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.catalogue_entry
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER version_stays BEFORE UPDATE OF
    commune, code, title, field, online, days, time_limit, fee, documents, instructions, basis,
    profile, words, valid_from, opened_by
    ON cadastre.catalogue_entry FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();
CREATE TRIGGER log_stays BEFORE UPDATE OR DELETE ON cadastre.hand_over
    FOR EACH ROW EXECUTE FUNCTION cadastre.log_stays();
CREATE TRIGGER log_stays BEFORE UPDATE OR DELETE ON cadastre.external_code
    FOR EACH ROW EXECUTE FUNCTION cadastre.log_stays();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.delegation
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();

ALTER TABLE cadastre.external_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.external_code
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.hand_over ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.hand_over
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.delegation ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.delegation
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.document_words ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.document_words
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));

GRANT USAGE ON ALL SEQUENCES IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
REVOKE UPDATE ON cadastre.hand_over, cadastre.external_code FROM cadastre_web, cadastre_worker;
