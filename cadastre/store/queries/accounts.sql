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

-- name: account_lock
-- An account, active or not, locked for a change.
SELECT username, display_name, role, CAST(communes AS text[]) AS communes, active
FROM cadastre.account WHERE lower(username) = lower(:username) FOR UPDATE;

-- name: account_change
-- An account as it is to stand; the password stays when none is given.
UPDATE cadastre.account
SET display_name = :display_name, role = :role, communes = CAST(:communes AS char(5)[]),
    active = :active, password_hash = coalesce(:password_hash, password_hash)
WHERE lower(username) = lower(:username)
RETURNING username, display_name, role, CAST(communes AS text[]) AS communes, active;

-- name: account_sessions_end
-- The open sessions of an account end.
UPDATE cadastre.session SET ended_at = now()
WHERE ended_at IS NULL AND account_uid = (
    SELECT account_uid FROM cadastre.account WHERE lower(username) = lower(:username));

-- name: accounts_of
-- Accounts that work for some communes, those that may sign in first.
SELECT a.username, a.display_name, a.role, CAST(a.communes AS text[]) AS communes, a.active,
       a.created_at, (SELECT max(s.created_at) FROM cadastre.session AS s
                      WHERE s.account_uid = a.account_uid) AS last_sign_in
FROM cadastre.account AS a WHERE a.communes && CAST(:communes AS char(5)[])
ORDER BY a.active DESC, a.role, lower(a.username);

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
