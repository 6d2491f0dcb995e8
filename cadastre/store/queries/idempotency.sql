-- name: idempotency_claim
-- The key belongs to the first transaction that commits with it; others wait for that here.
INSERT INTO cadastre.idempotency (actor, key, verb, request_hash)
VALUES (:actor, :key, :verb, :request_hash)
ON CONFLICT (actor, key) DO NOTHING
RETURNING key;

-- name: idempotency_known
-- What is known of a key.
SELECT verb, request_hash, status, response FROM cadastre.idempotency
WHERE actor = :actor AND key = :key;

-- name: idempotency_answer
-- The answer to give again.
UPDATE cadastre.idempotency SET status = :status, response = CAST(:response AS jsonb)
WHERE actor = :actor AND key = :key;
