-- name: dossier_status_public
-- What anyone with the code of a dossier may know; no person.
SELECT code, procedure, state, lodged_at, due_on, closed_at, profile, reappointed_on, waiting_on
FROM cadastre.dossier_status(:code);

-- name: verified_place
-- Name of the commune and identifier of the parcel of a certificate; neither is about a person.
SELECT c.name AS commune_name, i.identifier::text
FROM cadastre.commune AS c
LEFT JOIN cadastre.parcel AS p
  ON p.commune = c.code AND p.sheet = :sheet AND p.parcel = :parcel AND p.valid_to IS NULL
LEFT JOIN cadastre.parcel_identifier AS i ON i.commune = p.commune AND i.parcel_uid = p.parcel_uid
WHERE c.code = :commune;
