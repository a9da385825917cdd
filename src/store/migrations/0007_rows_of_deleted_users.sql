-- Tokens and grants have no foreign key to their user any more, so that they need not be deleted in the same transaction.
-- Indexes for everything that looks for old rows.

-- First, so that the new tables take the pages.
DROP INDEX tokens_user;
DROP INDEX tokens_by_hash;
DROP INDEX tokens_family;
DROP INDEX tokens_authorization;
DROP INDEX authorizations_user;
DROP INDEX authorizations_application;
DROP INDEX authorizations_expiry;
DROP INDEX users_created_by;

ALTER TABLE tokens RENAME TO old_tokens;
ALTER TABLE authorizations RENAME TO old_authorizations;

-- OAuth grants: one authorization code and the tokens issued for it. A grant ends as a whole.
CREATE TABLE authorizations (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  -- No foreign key: `deleted_users`.
  user_id        INTEGER NOT NULL,
  application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  -- Space-separated.
  scopes         TEXT    NOT NULL CHECK (scopes <> ''),
  created_at     INTEGER NOT NULL,
  -- When the code expires; once it is used, the refresh token.
  expires_at     INTEGER NOT NULL,
  -- SHA-256 of the code. It stays after the code is used so that reuse is detected.
  code_hash      BLOB    NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  code_used_at   INTEGER,
  -- The redirect_uri of the authorization request, if it had one.
  redirect_uri   TEXT    CHECK (length(redirect_uri) BETWEEN 1 AND 2048),
  -- RFC 7636, method S256.
  code_challenge BLOB    CHECK (length(code_challenge) = 32),
  -- SHA-256 of the family that all refresh tokens of the grant share, and of the valid refresh token.
  refresh_family BLOB    UNIQUE CHECK (length(refresh_family) = 32),
  refresh_hash   BLOB    CHECK (length(refresh_hash) = 32),
  refreshed_at   INTEGER
) STRICT;

CREATE TABLE tokens (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  -- No foreign key: `deleted_users`.
  user_id      INTEGER NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('personal', 'impersonation', 'session', 'oauth')),
  name         TEXT    NOT NULL CHECK (length(name) <= 255),
  description  TEXT    NOT NULL DEFAULT '' CHECK (length(description) <= 255),
  -- SHA-256 of the token.
  hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
  -- Space-separated.
  scopes       TEXT    NOT NULL CHECK (scopes <> ''),
  -- The id of the first token of a chain of rotations; NULL for that token.
  family       INTEGER,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  -- A revoked token is not accepted. The row stays so that reuse is detected.
  revoked_at   INTEGER,
  -- The grant of an application's token, which ends with it.
  authorization_id INTEGER REFERENCES authorizations (id) ON DELETE CASCADE,
  CHECK ((kind = 'oauth') = (authorization_id IS NOT NULL))
) STRICT;

INSERT INTO authorizations
  SELECT id, user_id, application_id, scopes, created_at, expires_at, code_hash, code_used_at, redirect_uri,
         code_challenge, refresh_family, refresh_hash, refreshed_at
  FROM old_authorizations;
INSERT INTO tokens
  SELECT id, user_id, kind, name, description, hash, scopes, family, created_at, expires_at, last_used_at, revoked_at,
         authorization_id
  FROM old_tokens;

-- The next ids stay what they were, also if the last rows are gone.
DELETE FROM sqlite_sequence WHERE name IN ('tokens', 'authorizations');
INSERT INTO sqlite_sequence (name, seq)
  SELECT substr(name, 5), seq FROM sqlite_sequence WHERE name IN ('old_tokens', 'old_authorizations');
DROP TABLE old_tokens;
DROP TABLE old_authorizations;

CREATE INDEX authorizations_user ON authorizations (user_id, application_id);
CREATE INDEX authorizations_application ON authorizations (application_id);
CREATE INDEX authorizations_expiry ON authorizations (expires_at);

-- Covers the counts of a user's tokens and the search for the oldest.
CREATE INDEX tokens_user ON tokens (user_id, revoked_at, kind, expires_at);
-- Covers the look-up of every request.
CREATE INDEX tokens_by_hash ON tokens (hash, revoked_at, user_id, scopes, expires_at, family);
-- The tokens that a reuse would revoke: a family has one at most, however often it was rotated.
CREATE INDEX tokens_family ON tokens (family) WHERE family IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX tokens_authorization ON tokens (authorization_id) WHERE authorization_id IS NOT NULL;
CREATE INDEX tokens_revocation ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

-- Without its foreign key: a deletion of the creator changes no other user.
ALTER TABLE users ADD COLUMN creator INTEGER;
UPDATE users SET creator = created_by WHERE created_by IS NOT NULL;
ALTER TABLE users DROP COLUMN created_by;
ALTER TABLE users RENAME COLUMN creator TO created_by;

-- Deleted users whose tokens and grants are still to be deleted, some at a time, so that other writes get in. Therefore
-- those tables have triggers instead of foreign keys.
CREATE TABLE deleted_users (
  id INTEGER PRIMARY KEY
) STRICT;

CREATE TRIGGER users_leave_rows AFTER DELETE ON users
BEGIN
  INSERT INTO deleted_users (id) VALUES (OLD.id);
END;

CREATE TRIGGER tokens_have_a_user AFTER INSERT ON tokens
WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id)
BEGIN
  SELECT RAISE(ABORT, 'the user does not exist');
END;

CREATE TRIGGER tokens_keep_a_user AFTER UPDATE OF user_id ON tokens
WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id)
BEGIN
  SELECT RAISE(ABORT, 'the user does not exist');
END;

CREATE TRIGGER authorizations_have_a_user AFTER INSERT ON authorizations
WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id)
BEGIN
  SELECT RAISE(ABORT, 'the user does not exist');
END;

CREATE TRIGGER authorizations_keep_a_user AFTER UPDATE OF user_id ON authorizations
WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id)
BEGIN
  SELECT RAISE(ABORT, 'the user does not exist');
END;
