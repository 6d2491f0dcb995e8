-- name: account_create
-- A person who may sign in.
INSERT INTO cadastre.account (account_uid, username, display_name, password_hash, role, communes)
VALUES (:account_uid, :username, :display_name, :password_hash, :role, CAST(:communes AS char(5)[]));

-- name: account_by_username
-- An account as sign-in needs it.
SELECT account_uid::text, username, display_name, password_hash, role,
       CAST(communes AS text[]) AS communes
FROM cadastre.account WHERE lower(username) = lower(:username) AND active;

-- name: account_rehash
-- The same password under newer hashing parameters.
UPDATE cadastre.account SET password_hash = :password_hash WHERE account_uid = :account_uid;

-- name: account_end
-- An account that may no longer sign in; its open sessions end with it.
WITH ended AS (
    UPDATE cadastre.session SET ended_at = now()
    WHERE ended_at IS NULL
      AND account_uid = (SELECT account_uid FROM cadastre.account WHERE username = :username)
)
UPDATE cadastre.account SET active = false WHERE username = :username;

-- name: session_open
-- A session is known by the hash of its token only.
INSERT INTO cadastre.session (token_hash, account_uid, expires_at)
VALUES (:token_hash, :account_uid, now() + make_interval(hours => :hours))
RETURNING expires_at;

-- name: session_account
-- Who holds a token that is neither ended nor expired.
SELECT a.account_uid::text, a.username, a.display_name, a.role, CAST(a.communes AS text[]) AS communes
FROM cadastre.session AS s JOIN cadastre.account AS a USING (account_uid)
WHERE s.token_hash = :token_hash AND s.ended_at IS NULL AND s.expires_at > now() AND a.active;

-- name: session_end
-- Sign-out.
UPDATE cadastre.session SET ended_at = now() WHERE token_hash = :token_hash AND ended_at IS NULL;
