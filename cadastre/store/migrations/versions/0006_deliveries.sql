-- What helps to read the next delivery: control points of a commune, columns chosen before.

CREATE TABLE cadastre.control_point (
    control_point_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune          char(5) NOT NULL REFERENCES cadastre.commune,
    name             text NOT NULL,
    source_id        uuid REFERENCES cadastre.source,
    geometry         geometry NOT NULL,
    valid_from       timestamptz NOT NULL DEFAULT now(),
    valid_to         timestamptz,
    opened_by        bigint NOT NULL REFERENCES cadastre.event,
    closed_by        bigint REFERENCES cadastre.event
);
CREATE UNIQUE INDEX control_point_current ON cadastre.control_point (commune, name) WHERE valid_to IS NULL;
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.control_point
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER version_stays BEFORE UPDATE OF
    control_point_id, commune, name, source_id, geometry, valid_from, opened_by
    ON cadastre.control_point FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();

CREATE TABLE cadastre.column_mapping (
    commune  char(5) NOT NULL REFERENCES cadastre.commune,
    kind     text NOT NULL,
    headers  char(64) NOT NULL,
    columns  jsonb NOT NULL,
    event_id bigint NOT NULL REFERENCES cadastre.event,
    PRIMARY KEY (commune, kind, headers)
);
GRANT USAGE ON ALL SEQUENCES IN SCHEMA cadastre TO cadastre_web, cadastre_worker;
