-- name: figures_dossiers
-- Dossiers of a commune by procedure: received, still open, finished early, on time, overdue.
SELECT procedure,
       count(*) AS received,
       count(*) FILTER (WHERE closed_at IS NULL) AS open,
       count(*) FILTER (WHERE closed_at IS NOT NULL) AS finished,
       count(*) FILTER (WHERE closed_at::date < due) AS early,
       count(*) FILTER (WHERE closed_at::date = due) AS on_time,
       count(*) FILTER (WHERE closed_at::date > due) AS late,
       count(*) FILTER (WHERE closed_at IS NULL AND due < (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS overdue
FROM (
    SELECT procedure, closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS closed_at,
           (SELECT max(value::date) FROM jsonb_each_text(due_on) WHERE value ~ '^\d{4}-\d\d-\d\d') AS due
    FROM cadastre.dossier
    WHERE commune = ANY (CAST(:communes AS char(5)[]))
      AND lodged_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
      AND lodged_at < coalesce(CAST(:until AS timestamptz), 'infinity')
) AS d
GROUP BY procedure ORDER BY procedure;

-- name: figures_waiting
-- Where open dossiers wait, and since when.
SELECT d.procedure, d.state, count(*) AS dossiers,
       min(coalesce(e.at, d.lodged_at)) AS longest_since,
       avg(extract(epoch FROM now() - coalesce(e.at, d.lodged_at)) / 86400.0)::float8 AS average_days
FROM cadastre.dossier AS d
LEFT JOIN LATERAL (
    SELECT x.at FROM cadastre.dossier_event AS x
    WHERE x.dossier_uid = d.dossier_uid ORDER BY x.ordinal DESC LIMIT 1
) AS e ON true
WHERE d.commune = ANY (CAST(:communes AS char(5)[])) AND d.closed_at IS NULL
GROUP BY d.procedure, d.state ORDER BY count(*) DESC, d.state;

-- name: figures_land
-- Parcels by state and open mismatches by code.
SELECT 'state' AS kind, s.state AS name, count(*) AS times
FROM cadastre.parcel_state AS s
WHERE s.commune = ANY (CAST(:communes AS char(5)[]))
GROUP BY s.state
UNION ALL
SELECT m.severity, m.code, count(*) FROM cadastre.mismatch AS m
WHERE m.commune = ANY (CAST(:communes AS char(5)[])) AND m.status = 'open'
GROUP BY m.severity, m.code
ORDER BY 1, 3 DESC;

-- name: figures_certificates
-- Certificates issued per month.
SELECT to_char(issued_on, 'YYYY-MM') AS month, count(*) AS issued
FROM cadastre.certificate WHERE commune = ANY (CAST(:communes AS char(5)[])) GROUP BY 1 ORDER BY 1;
