-- Guards: a register closes rows, logs only grow, changes of persons and papers are audited,
-- and rows about persons are seen by those who work for their commune.

-- Closed versions.
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.sheet_parcel
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.parcel
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.crosswalk
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.survey
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.measured_parcel
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.boundary_description
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.party
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.landbook_record
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.parcel_right
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.parcel_purpose
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.control_point
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();

-- A version is closed and opened anew, never changed.
CREATE TRIGGER version_stays BEFORE UPDATE OF
    sheet_parcel_uid, commune, sheet_uid, record, parcel_uid, former_commune, map_set,
    former_sheet, former_parcel, scale, surveyed_on, land_use, printed_area_m2, attributes,
    geometry, display, valid_from, opened_by
    ON cadastre.sheet_parcel FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();
CREATE TRIGGER version_stays BEFORE UPDATE OF
    commune, parcel_uid, version, sheet, parcel, former_commune, map_set, former_sheet,
    former_parcel, scale, surveyed_on, source_id, land_use, printed_area_m2, register_area_m2,
    area_m2, origin, geometry, display, valid_from, opened_by
    ON cadastre.parcel FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();
CREATE TRIGGER version_stays BEFORE UPDATE OF
    crosswalk_id, commune, former_commune, map_set, scale, former_sheet, former_parcel,
    parcel_uid, sheet, parcel, valid_from, opened_by
    ON cadastre.crosswalk FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();
CREATE TRIGGER version_stays BEFORE UPDATE OF
    commune, measured_uid, survey_uid, label, sigma_m, area_m2, boundary_confirmed, geometry,
    display, valid_from, opened_by
    ON cadastre.measured_parcel FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();

CREATE TRIGGER version_stays BEFORE UPDATE OF
    control_point_id, commune, name, source_id, geometry, valid_from, opened_by
    ON cadastre.control_point FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();

-- Logs.
CREATE TRIGGER log_stays BEFORE UPDATE OR DELETE ON cadastre.event
    FOR EACH ROW EXECUTE FUNCTION cadastre.log_stays();
CREATE TRIGGER log_stays BEFORE UPDATE OR DELETE ON cadastre.audit
    FOR EACH ROW EXECUTE FUNCTION cadastre.log_stays();
CREATE TRIGGER log_stays BEFORE UPDATE OR DELETE ON cadastre.dossier_event
    FOR EACH ROW EXECUTE FUNCTION cadastre.log_stays();
CREATE TRIGGER log_stays BEFORE UPDATE OR DELETE ON cadastre.register_entry
    FOR EACH ROW EXECUTE FUNCTION cadastre.log_stays();

-- Row images of every change of persons, papers, decisions and accounts.
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.party
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.parcel_right
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.landbook_record
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.dossier
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.dossier_party
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.dossier_document
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.objection
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.certificate
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.certificate_blank
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.mismatch_decision
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.boundary_description
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.account
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();

-- Row-level security, asked once per query: a scalar subquery is an init plan.
ALTER TABLE cadastre.event ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.event
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.audit
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.sheet_person ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.sheet_person
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.party ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.party
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.landbook_record ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.landbook_record
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.parcel_right ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.parcel_right
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.dossier ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.dossier
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.dossier_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.dossier_event
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.dossier_party ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.dossier_party
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.dossier_document ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.dossier_document
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.objection ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.objection
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.certificate ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.certificate
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.register_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.register_entry
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));
ALTER TABLE cadastre.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.job
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));

-- Remarks drawn on the map.
CREATE TRIGGER register_closes BEFORE UPDATE OR DELETE ON cadastre.remark
    FOR EACH ROW EXECUTE FUNCTION cadastre.register_closes();
CREATE TRIGGER version_stays BEFORE UPDATE OF
    commune, remark_id, text, parcel_uid, geometry, display, author, valid_from, opened_by
    ON cadastre.remark FOR EACH ROW EXECUTE FUNCTION cadastre.version_stays();
CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON cadastre.remark
    FOR EACH ROW EXECUTE FUNCTION cadastre.write_audit();
ALTER TABLE cadastre.remark ENABLE ROW LEVEL SECURITY;
CREATE POLICY commune_only ON cadastre.remark
    USING ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]))
    WITH CHECK ((SELECT '*' = ANY (cadastre.communes_at_work()))
        OR commune::text = ANY ((SELECT cadastre.communes_at_work())::text[]));

-- The counter.
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
