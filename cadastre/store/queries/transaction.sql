-- name: event_open
-- The audit event of a verb; the audit trigger reads its number until the transaction ends.
WITH opened AS (
    INSERT INTO cadastre.event (commune, verb, actor, subject, details)
    VALUES (:commune, :verb, :actor, :subject, CAST(:details AS jsonb))
    RETURNING event_id)
SELECT event_id, set_config('app.event', event_id::text, true) FROM opened;

-- name: event_note
-- More about the event, while its transaction lasts.
UPDATE cadastre.event SET details = details || CAST(:details AS jsonb) WHERE event_id = :event;

-- name: transaction_actor
-- Who acts for which communes, until the transaction ends; row-level security and audit read it.
SELECT set_config('app.actor', :actor, true), set_config('app.communes', :communes, true);

-- name: transaction_read_only
-- Nothing is written in this transaction.
SET TRANSACTION READ ONLY;

-- name: column_types
-- The columns of a table and the names of their types, for writing them in binary form.
SELECT a.attname, t.typname
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped;
