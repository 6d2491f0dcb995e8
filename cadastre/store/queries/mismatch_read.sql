-- name: mismatches_page
-- One page of mismatches, the gravest first, with their decisions; the key is the last row seen.
SELECT m.mismatch_id::text, m.commune::text, m.moment, m.code, m.severity, m.subject,
       m.parcel_uid::text, m.other_parcel_uid::text, m.measured_uid::text, m.survey_uid::text,
       m.sheet, m.measured, m.allowed, m.unit, m.rule, m.message_vi, m.message_en, m.status,
       m.decision, m.opened_at, m.closed_at, m.row_version,
       p.sheet AS parcel_sheet, p.parcel AS parcel_number,
       o.sheet AS other_sheet, o.parcel AS other_number,
       CASE m.severity WHEN 'blocking' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END AS rank,
       (SELECT json_agg(json_build_object(
                'decision', d.decision, 'note', d.note, 'actor', d.actor, 'at', d.at,
                'ended_at', d.ended_at, 'ended_why', d.ended_why) ORDER BY d.decision_id DESC)
        FROM cadastre.mismatch_decision AS d
        WHERE d.commune = m.commune AND d.mismatch_id = m.mismatch_id) AS decisions,
       ST_AsGeoJSON(ST_Transform(m.display, 4326), 9, 0)::json AS geometry
FROM cadastre.mismatch AS m
LEFT JOIN cadastre.parcel AS p
  ON p.commune = m.commune AND p.parcel_uid = m.parcel_uid AND p.valid_to IS NULL
LEFT JOIN cadastre.parcel AS o
  ON o.commune = m.commune AND o.parcel_uid = m.other_parcel_uid AND o.valid_to IS NULL
WHERE m.commune = ANY (CAST(:communes AS char(5)[]))
  AND (CAST(:mismatch_id AS uuid) IS NULL OR m.mismatch_id = :mismatch_id)
  AND (CAST(:statuses AS text[]) IS NULL OR m.status = ANY (CAST(:statuses AS text[])))
  AND (CAST(:code AS text) IS NULL OR m.code = :code)
  AND (CAST(:severity AS text) IS NULL OR m.severity = :severity)
  AND (CAST(:parcel_uid AS uuid) IS NULL OR m.parcel_uid = :parcel_uid OR m.other_parcel_uid = :parcel_uid)
  AND (CAST(:former_commune AS text) IS NULL OR p.former_commune = :former_commune
       OR o.former_commune = :former_commune)
  AND (CAST(:after_id AS uuid) IS NULL
       OR (CASE m.severity WHEN 'blocking' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, m.code, m.mismatch_id)
          > (CAST(:after_rank AS integer), CAST(:after_code AS text), CAST(:after_id AS uuid)))
ORDER BY CASE m.severity WHEN 'blocking' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, m.code, m.mismatch_id
LIMIT :limit;

-- name: mismatches_matched
-- How many mismatches the same filters find.
SELECT count(*) FROM cadastre.mismatch AS m
LEFT JOIN cadastre.parcel AS p
  ON p.commune = m.commune AND p.parcel_uid = m.parcel_uid AND p.valid_to IS NULL
LEFT JOIN cadastre.parcel AS o
  ON o.commune = m.commune AND o.parcel_uid = m.other_parcel_uid AND o.valid_to IS NULL
WHERE m.commune = ANY (CAST(:communes AS char(5)[]))
  AND (CAST(:statuses AS text[]) IS NULL OR m.status = ANY (CAST(:statuses AS text[])))
  AND (CAST(:code AS text) IS NULL OR m.code = :code)
  AND (CAST(:severity AS text) IS NULL OR m.severity = :severity)
  AND (CAST(:parcel_uid AS uuid) IS NULL OR m.parcel_uid = :parcel_uid OR m.other_parcel_uid = :parcel_uid)
  AND (CAST(:former_commune AS text) IS NULL OR p.former_commune = :former_commune
       OR o.former_commune = :former_commune);
