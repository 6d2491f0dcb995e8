-- name: parcels_around
-- A parcel of the map, those that touch it, and those that touch these.
WITH around AS (
    SELECT DISTINCT ON (n.parcel_uid) n.geometry
    FROM cadastre.parcel AS p
    JOIN cadastre.parcel AS n
      ON n.commune = p.commune AND n.valid_to IS NULL AND n.geometry && ST_Expand(p.geometry, 0.01)
    WHERE p.commune = :commune AND p.parcel_uid = :uid AND p.valid_to IS NULL
)
SELECT DISTINCT ON (n.parcel_uid)
       n.parcel_uid::text, n.version, n.former_commune::text, n.map_set, n.former_sheet,
       n.former_parcel, n.commune::text, n.sheet, n.parcel, n.scale, n.surveyed_on,
       n.source_id::text, n.land_use, n.printed_area_m2, n.register_area_m2, n.origin, n.opened_by,
       n.geometry
FROM around AS a
JOIN cadastre.parcel AS n
  ON n.commune = :commune AND n.valid_to IS NULL AND n.geometry && ST_Expand(a.geometry, 0.01)
ORDER BY n.parcel_uid;

-- name: parcels_near_measured
-- Parcels of the map within a distance of the boxes of some measured parcels.
SELECT DISTINCT ON (p.parcel_uid) p.parcel_uid::text
FROM cadastre.measured_parcel AS m
JOIN cadastre.parcel AS p
  ON p.commune = m.commune AND p.valid_to IS NULL
 AND p.geometry && ST_Expand(m.geometry, CAST(:reach AS double precision))
WHERE m.commune = :commune AND m.valid_to IS NULL
  AND m.survey_uid = ANY (CAST(:surveys AS uuid[]));

-- name: measured_beside
-- Measured parcels of other surveys in force whose boxes meet those of some surveys.
SELECT DISTINCT ON (o.measured_uid) o.measured_uid::text, s.label AS survey, o.label, o.sigma_m,
       o.survey_uid::text, o.boundary_confirmed, o.geometry
FROM cadastre.measured_parcel AS m
JOIN cadastre.measured_parcel AS o
  ON o.commune = m.commune AND o.valid_to IS NULL AND o.geometry && m.geometry
JOIN cadastre.survey AS s ON s.survey_uid = o.survey_uid
WHERE m.commune = :commune AND m.valid_to IS NULL
  AND m.survey_uid = ANY (CAST(:surveys AS uuid[]))
  AND o.survey_uid <> ALL (CAST(:surveys AS uuid[]));

-- name: areas_certified
-- Areas of the certificates in force of some parcels.
SELECT parcel_uid::text, area_m2 FROM cadastre.certificate
WHERE commune = :commune AND status = 'in_force' AND parcel_uid = ANY (CAST(:uids AS uuid[]));

-- name: measurement_accepted
-- Whether an officer has decided to accept a measurement of a parcel.
SELECT count(*) FROM cadastre.mismatch_decision AS d
JOIN cadastre.mismatch AS m USING (commune, mismatch_id)
WHERE d.commune = :commune AND d.ended_at IS NULL AND d.decision = 'accept_measurement'
  AND m.measured_uid = :measured AND (m.parcel_uid = :uid OR m.other_parcel_uid = :uid);

-- name: adoption_versions
-- Versions that an event opened, and whether they still stand.
SELECT parcel_uid::text, version, sheet, parcel, valid_to IS NULL AS stands FROM cadastre.parcel
WHERE commune = :commune AND opened_by = :event AND origin = 'survey';

-- name: adoption_replaced
-- Versions that an event closed, as they stood.
SELECT parcel_uid::text, version, former_commune::text, map_set, former_sheet, former_parcel,
       commune::text, sheet, parcel, scale, surveyed_on, source_id::text, land_use,
       printed_area_m2, register_area_m2, origin, geometry
FROM cadastre.parcel WHERE commune = :commune AND closed_by = :event;

-- name: measured_commune
-- The commune of a measured parcel in force, among the given ones.
SELECT commune::text FROM cadastre.measured_parcel
WHERE measured_uid = :measured AND valid_to IS NULL
  AND commune = ANY (CAST(:communes AS char(5)[]));

-- name: measured_one
-- One measured parcel in force.
SELECT measured_uid::text, survey_uid::text, label, sigma_m, geometry
FROM cadastre.measured_parcel
WHERE commune = :commune AND measured_uid = :measured AND valid_to IS NULL;

-- name: measured_matched
-- Parcels of the map that a measured parcel was compared with, the best first.
SELECT parcel_uid::text FROM cadastre.match
WHERE commune = :commune AND measured_uid = :measured AND current AND parcel_uid IS NOT NULL
  AND relation <> 'none'
ORDER BY score DESC NULLS LAST, parcel_uid;

-- name: adoption_standing
-- The adoption of a measured parcel by which a parcel of the map stands as it does.
SELECT p.opened_by FROM cadastre.parcel AS p
JOIN cadastre.event AS e ON e.event_id = p.opened_by
WHERE p.commune = :commune AND p.parcel_uid = :uid AND p.valid_to IS NULL AND p.origin = 'survey'
  AND e.verb = 'adopt_measurement' AND e.details ->> 'measured_uid' = CAST(:measured AS text);

-- name: adoption_survey
-- The survey from which an adoption took its outline.
SELECT m.survey_uid::text FROM cadastre.event AS e
JOIN cadastre.measured_parcel AS m
  ON m.commune = e.commune AND m.measured_uid = CAST(e.details ->> 'measured_uid' AS uuid)
WHERE e.commune = :commune AND e.event_id = :event AND m.valid_to IS NULL;
