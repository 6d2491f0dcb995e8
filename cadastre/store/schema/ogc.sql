-- Views for other systems (OGC API): land only, no person; each shows the communes of the asking
-- account, named in app.communes. The position is the stored display copy.

CREATE SCHEMA ogc;

CREATE VIEW ogc.parcels WITH (security_invoker = true) AS
SELECT p.parcel_uid::text AS id, p.commune::text AS commune, p.sheet, p.parcel,
       p.former_commune::text AS former_commune, p.map_set, p.former_sheet, p.former_parcel,
       p.scale, p.land_use, p.area_m2, p.register_area_m2, p.version,
       coalesce(s.state, 'clear') AS state, p.display AS geometry
FROM cadastre.parcel AS p
LEFT JOIN cadastre.parcel_state AS s ON s.commune = p.commune AND s.parcel_uid = p.parcel_uid
WHERE p.valid_to IS NULL
  AND p.commune = ANY (string_to_array(current_setting('app.communes', true), ',')::char(5)[]);

CREATE VIEW ogc.mismatches WITH (security_invoker = true) AS
SELECT m.mismatch_id::text AS id, m.commune::text AS commune, m.code, m.severity, m.status,
       m.decision, m.parcel_uid::text AS parcel, m.other_parcel_uid::text AS other_parcel,
       m.measured, m.allowed, m.unit, m.rule, m.message_vi, m.message_en, m.display AS geometry
FROM cadastre.mismatch AS m
WHERE m.status <> 'closed'
  AND m.commune = ANY (string_to_array(current_setting('app.communes', true), ',')::char(5)[]);

CREATE VIEW ogc.measured_parcels WITH (security_invoker = true) AS
SELECT m.measured_uid::text AS id, m.commune::text AS commune, s.label AS survey, m.label,
       m.sigma_m, m.area_m2, m.display AS geometry
FROM cadastre.measured_parcel AS m
JOIN cadastre.survey AS s ON s.survey_uid = m.survey_uid
WHERE m.valid_to IS NULL
  AND m.commune = ANY (string_to_array(current_setting('app.communes', true), ',')::char(5)[]);

REVOKE ALL ON SCHEMA ogc FROM PUBLIC;
GRANT USAGE ON SCHEMA ogc TO cadastre_web;
GRANT SELECT ON ALL TABLES IN SCHEMA ogc TO cadastre_web;
