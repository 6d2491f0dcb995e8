-- name: dossier_status_public
-- What anyone with the code of a dossier may know; no person.
SELECT code, procedure, state, lodged_at, due_on, closed_at, profile
FROM cadastre.dossier_status(:code);
