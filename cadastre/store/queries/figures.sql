-- name: figures_dossiers
-- Dossiers that a report of a period speaks of: lodged until its end and not closed before it.
SELECT d.dossier_uid::text, d.code, d.procedure, d.profile_hash::text, d.channel, d.lodged_at,
       coalesce(CAST(d.facts ->> 'wants_certificate' AS boolean), false) AS wants, c.mountain,
       d.facts -> 'reappointment' AS reappointment,
       coalesce(d.facts -> 'waiting', '[]') AS waiting
FROM cadastre.dossier AS d JOIN cadastre.commune AS c ON c.code = d.commune
WHERE d.commune = ANY (CAST(:communes AS char(5)[]))
  AND d.lodged_at < :until AND (d.closed_at IS NULL OR d.closed_at >= :since);

-- name: figures_events
-- Their event logs.
SELECT e.dossier_uid::text, e.ordinal, e.action, e.from_state, e.to_state, e.actor, e.at,
       e.data ->> 'reason' AS reason
FROM cadastre.dossier_event AS e JOIN cadastre.dossier AS d USING (dossier_uid)
WHERE d.commune = ANY (CAST(:communes AS char(5)[])) AND e.at < :until
  AND d.lodged_at < :until AND (d.closed_at IS NULL OR d.closed_at >= :since)
ORDER BY e.dossier_uid, e.ordinal;

-- name: figures_profiles
-- The profiles under which they were lodged.
SELECT DISTINCT f.profile_hash::text, f.procedure, f.profile
FROM cadastre.procedure_profile AS f JOIN cadastre.dossier AS d USING (profile_hash)
WHERE d.commune = ANY (CAST(:communes AS char(5)[]));

-- name: figures_documents
-- Papers lodged in the period, how many have a scan, and dossiers all of whose papers have one.
SELECT coalesce(sum(papers), 0)::int AS papers, coalesce(sum(scans), 0)::int AS scans,
       count(*)::int AS dossiers, count(*) FILTER (WHERE papers = scans)::int AS dossiers_scanned
FROM (
    SELECT d.dossier_uid, count(*) AS papers, count(t.source_id) AS scans
    FROM cadastre.dossier AS d JOIN cadastre.dossier_document AS t USING (dossier_uid)
    WHERE d.commune = ANY (CAST(:communes AS char(5)[]))
      AND d.lodged_at >= :since AND d.lodged_at < :until
      AND t.direction = 'lodged' AND NOT t.superseded
    GROUP BY d.dossier_uid
) AS one;

-- name: figures_hand_overs
-- Hand-overs of folders that were scanned, early, on time or overdue.
SELECT coalesce(taken_by, '') AS taken_by, outcome, count(*)::int AS times
FROM cadastre.hand_over
WHERE commune = ANY (CAST(:communes AS char(5)[])) AND at >= :since AND at < :until
GROUP BY taken_by, outcome ORDER BY taken_by, outcome;

-- name: figures_issued
-- Certificates issued in the period: first ones, and those that replace another.
SELECT count(*) FILTER (WHERE supersedes IS NULL)::int AS first,
       count(supersedes)::int AS reissued,
       count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled_since
FROM cadastre.certificate
WHERE commune = ANY (CAST(:communes AS char(5)[]))
  AND issued_on >= CAST(:first AS date) AND issued_on <= CAST(:last AS date);

-- name: figures_waiting
-- Where open dossiers wait, and since when.
SELECT d.procedure, d.state, count(*) AS dossiers,
       min(coalesce(e.at, d.lodged_at)) AS longest_since,
       avg(extract(epoch FROM CAST(:now AS timestamptz) - coalesce(e.at, d.lodged_at)) / 86400.0)::float8 AS average_days
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
