-- name: job_create
-- A piece of long work, waiting for a worker.
INSERT INTO cadastre.job (job_id, commune, kind, subject, arguments, actor)
VALUES (:job_id, :commune, :kind, :subject, CAST(:arguments AS jsonb), :actor);

-- name: job_by_id
-- A job with its progress.
SELECT job_id::text, commune::text, kind, subject, status, progress, stage, arguments, result,
       problem, actor, created_at, started_at, finished_at
FROM cadastre.job WHERE job_id = :job_id;

-- name: jobs_recent
-- The latest jobs of a commune.
SELECT job_id::text, commune::text, kind, subject, status, progress, stage, arguments, result,
       problem, actor, created_at, started_at, finished_at
FROM cadastre.job WHERE commune = :commune ORDER BY created_at DESC LIMIT :limit;

-- name: job_start
-- A worker takes the job, possibly again after a stalled attempt.
UPDATE cadastre.job SET status = 'running', progress = 0, stage = '', started_at = now()
WHERE job_id = :job_id AND status IN ('queued', 'running');

-- name: job_progress
-- How far a running job is; progress never goes back.
UPDATE cadastre.job SET progress = greatest(progress, :progress), stage = :stage
WHERE job_id = :job_id AND status = 'running';

-- name: job_finish
-- The job ends with its result, or with the problem that stopped it.
UPDATE cadastre.job
SET status = CASE WHEN CAST(:problem AS jsonb) IS NULL THEN 'done' ELSE 'failed' END,
    progress = CASE WHEN CAST(:problem AS jsonb) IS NULL THEN 1 ELSE progress END,
    result = CAST(:result AS jsonb), problem = CAST(:problem AS jsonb), finished_at = now()
WHERE job_id = :job_id AND status IN ('queued', 'running');
