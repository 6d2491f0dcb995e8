-- name: proposals_page
-- Proposals of a commune with what each would move: open ones first, then the widest movement.
SELECT p.proposal_id::text, p.kind, p.status, p.max_move_m, p.area_change_m2, p.row_version,
       p.moment, p.parameters,
       p.parcel_uids::text[] AS parcel_uids, n.labels, n.sheets,
       e.actor AS decided_by, e.at AS decided_at, e.details ->> 'note' AS note,
       CASE p.status WHEN 'open' THEN 0 WHEN 'withdrawn' THEN 2 ELSE 1 END AS rank,
       ST_AsGeoJSON(ST_Transform(p.display, 4326), 9, 0)::json AS geometry
FROM cadastre.proposal AS p
LEFT JOIN cadastre.event AS e ON e.event_id = p.closed_by AND e.verb = 'decide_proposal'
CROSS JOIN LATERAL (
    SELECT (array_agg(v.sheet || '/' || v.parcel ORDER BY v.sheet, v.parcel))[1:8] AS labels,
           array_agg(DISTINCT v.sheet) AS sheets
    FROM cadastre.parcel AS v
    WHERE v.commune = p.commune AND v.parcel_uid = ANY (p.parcel_uids) AND v.valid_to IS NULL
) AS n
WHERE p.commune = :commune
  AND (CAST(:proposal_id AS uuid) IS NULL OR p.proposal_id = :proposal_id)
  AND (CAST(:status AS text) IS NULL OR p.status = :status)
  AND (CAST(:kind AS text) IS NULL OR p.kind = :kind)
  AND (CAST(:after_id AS uuid) IS NULL
       OR (CASE p.status WHEN 'open' THEN 0 WHEN 'withdrawn' THEN 2 ELSE 1 END, - p.max_move_m, p.proposal_id)
          > (:after_rank, - CAST(:after_move AS float8), CAST(:after_id AS uuid)))
ORDER BY rank, p.max_move_m DESC, p.proposal_id LIMIT :limit;

-- name: proposals_counted
-- How many proposals of a commune have each status, how many accepted ones no merge has applied yet,
-- and how many merges there were.
SELECT count(*) FILTER (WHERE p.status = 'open') AS open,
       count(*) FILTER (WHERE p.status = 'accepted') AS accepted,
       count(*) FILTER (WHERE p.status = 'rejected') AS rejected,
       count(*) FILTER (WHERE p.status = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE p.status = 'accepted' AND p.closed_by > coalesce(
           (SELECT max(r.event_id) FROM cadastre.merge_run AS r WHERE r.commune = :commune), 0)) AS waiting,
       (SELECT count(*) FROM cadastre.merge_run AS r WHERE r.commune = :commune) AS merges
FROM cadastre.proposal AS p WHERE p.commune = :commune;

-- name: merges_read
-- Merges of a commune, the latest first: what each did, and by which event it was taken back.
SELECT r.run_id::text, r.at, e.actor, r.summary, r.shifts, m.moved, m.max_move_m,
       u.actor AS undone_by, u.at AS undone_at
FROM cadastre.merge_run AS r
JOIN cadastre.event AS e ON e.event_id = r.event_id
LEFT JOIN LATERAL (
    SELECT x.actor, x.at FROM cadastre.event AS x
    WHERE x.commune = r.commune AND x.verb = 'undo_merge' AND x.details ->> 'run_id' = r.run_id::text
    ORDER BY x.event_id LIMIT 1
) AS u ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS moved, max(v.max_move_m) AS max_move_m FROM cadastre.parcel_move AS v
    WHERE v.commune = r.commune AND v.run_id = r.run_id
) AS m
WHERE r.commune = :commune ORDER BY r.event_id DESC LIMIT :limit;

-- name: moves_page
-- What a merge moved, parcel by parcel, the furthest first.
SELECT v.parcel_uid::text, p.sheet, p.parcel, v.max_move_m, v.area_before_m2, v.area_after_m2, v.reason
FROM cadastre.parcel_move AS v
LEFT JOIN cadastre.parcel AS p
  ON p.commune = v.commune AND p.parcel_uid = v.parcel_uid AND p.valid_to IS NULL
WHERE v.commune = :commune AND v.run_id = :run_id
  AND (CAST(:after_uid AS uuid) IS NULL
       OR (- v.max_move_m, v.parcel_uid) > (- CAST(:after_move AS float8), CAST(:after_uid AS uuid)))
ORDER BY v.max_move_m DESC, v.parcel_uid LIMIT :limit;
