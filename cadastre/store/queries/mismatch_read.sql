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
  AND (CAST(:older_than_days AS integer) IS NULL
       OR m.opened_at <= now() - make_interval(days => CAST(:older_than_days AS integer)))
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
       OR o.former_commune = :former_commune)
  AND (CAST(:older_than_days AS integer) IS NULL
       OR m.opened_at <= now() - make_interval(days => CAST(:older_than_days AS integer)));

-- name: mismatches_of_cause
-- Open mismatches with the cause of one: of its kind between its sheets; and, where it is a
-- disagreement of position and one of its sheets is displaced, every other on that sheet.
WITH position AS (
    SELECT unnest(ARRAY['SHEET_SHIFT', 'EDGE_GAP', 'EDGE_OVERLAP', 'CORNER', 'OVERLAP_MAP']) AS code
), placed AS (
    SELECT m.*, coalesce(p.sheet, CASE WHEN m.sheet ~ '^[0-9]{1,9}$' THEN m.sheet::integer END) AS one_sheet,
           o.sheet AS two_sheet, p.sheet AS parcel_sheet, p.parcel AS parcel_number,
           o.sheet AS other_sheet, o.parcel AS other_number
    FROM cadastre.mismatch AS m
    LEFT JOIN cadastre.parcel AS p
      ON p.commune = m.commune AND p.parcel_uid = m.parcel_uid AND p.valid_to IS NULL
    LEFT JOIN cadastre.parcel AS o
      ON o.commune = m.commune AND o.parcel_uid = m.other_parcel_uid AND o.valid_to IS NULL
    WHERE m.commune = :commune AND (m.status = 'open' OR m.mismatch_id = :mismatch_id)
), asked AS (
    SELECT code, one_sheet, coalesce(two_sheet, one_sheet) AS two_sheet FROM placed
    WHERE mismatch_id = :mismatch_id
), shifted AS (
    SELECT array_agg(DISTINCT m.sheet::integer) AS sheets
    FROM cadastre.mismatch AS m, asked AS a
    WHERE m.commune = :commune AND m.code = 'SHEET_SHIFT' AND m.status <> 'closed'
      AND a.code IN (SELECT code FROM position)
      AND m.sheet ~ '^[0-9]{1,9}$' AND m.sheet::integer IN (a.one_sheet, a.two_sheet)
)
SELECT x.mismatch_id::text, x.code, x.severity, x.subject, x.measured, x.allowed, x.unit,
       x.status, x.row_version, x.parcel_uid::text, x.other_parcel_uid::text,
       x.parcel_sheet, x.parcel_number, x.other_sheet, x.other_number,
       ST_AsGeoJSON(ST_Transform(x.display, 4326), 9, 0)::json AS geometry,
       coalesce(x.one_sheet = ANY (s.sheets) OR x.two_sheet = ANY (s.sheets), false) AS displaced
FROM placed AS x, asked AS a, shifted AS s
WHERE x.status = 'open'
  AND ((x.code = a.code AND least(x.one_sheet, coalesce(x.two_sheet, x.one_sheet)) = least(a.one_sheet, a.two_sheet)
        AND greatest(x.one_sheet, coalesce(x.two_sheet, x.one_sheet)) = greatest(a.one_sheet, a.two_sheet))
       OR (x.code IN (SELECT code FROM position)
           AND (x.one_sheet = ANY (s.sheets) OR x.two_sheet = ANY (s.sheets))))
ORDER BY displaced DESC, x.code, x.one_sheet, x.subject, x.mismatch_id LIMIT 500;

-- name: mismatches_decided_together
-- Mismatches that hold and on which the decision in force was taken in the same step as that of
-- one, itself too. One that was closed since is not opened by taking the others' decision back.
SELECT m.mismatch_id::text, m.row_version
FROM cadastre.mismatch_decision AS mine
JOIN cadastre.mismatch_decision AS d
  ON d.commune = mine.commune AND d.event_id = mine.event_id AND d.ended_at IS NULL
JOIN cadastre.mismatch AS m
  ON m.commune = d.commune AND m.mismatch_id = d.mismatch_id AND m.status <> 'closed'
WHERE mine.commune = :commune AND mine.mismatch_id = :mismatch_id AND mine.ended_at IS NULL
ORDER BY m.mismatch_id;
