-- What the gitlab dialect's v4 knows of accounts beyond v3. Columns come after those that were there, and statements after
-- columns.

ALTER TABLE users ADD COLUMN state TEXT NOT NULL DEFAULT 'active'
  CHECK (state IN ('active', 'blocked', 'deactivated', 'banned', 'blocked_pending_approval'));
UPDATE users SET state = 'blocked' WHERE blocked = 1;
DROP INDEX users_blocked;
ALTER TABLE users DROP COLUMN blocked;
CREATE INDEX users_inactive ON users (id) WHERE state <> 'active';

ALTER TABLE users ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
UPDATE users SET updated_at = created_at;
ALTER TABLE users ADD COLUMN external INTEGER NOT NULL DEFAULT 0 CHECK (external IN (0, 1));
ALTER TABLE users ADD COLUMN private_profile INTEGER NOT NULL DEFAULT 0 CHECK (private_profile IN (0, 1));
ALTER TABLE users ADD COLUMN note TEXT CHECK (length(note) <= 255);
ALTER TABLE users ADD COLUMN discord TEXT NOT NULL DEFAULT '' CHECK (length(discord) <= 255);
ALTER TABLE users ADD COLUMN pronouns TEXT CHECK (length(pronouns) <= 255);
ALTER TABLE users ADD COLUMN theme_id INTEGER NOT NULL DEFAULT 1 CHECK (theme_id BETWEEN 1 AND 255);
ALTER TABLE users ADD COLUMN color_scheme_id INTEGER NOT NULL DEFAULT 1 CHECK (color_scheme_id BETWEEN 1 AND 255);
-- Who made the account, if it was another user.
ALTER TABLE users ADD COLUMN created_by INTEGER REFERENCES users (id) ON DELETE SET NULL;
-- The address that everybody may see.
ALTER TABLE users ADD COLUMN public_email_id INTEGER REFERENCES emails (id) ON DELETE SET NULL;
ALTER TABLE users ADD COLUMN sign_in_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN current_sign_in_at INTEGER;
ALTER TABLE users ADD COLUMN last_sign_in_at INTEGER;
-- When a token or a password of the user was last used.
ALTER TABLE users ADD COLUMN last_active_at INTEGER;
CREATE INDEX users_created_by ON users (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX users_public_email ON users (public_email_id) WHERE public_email_id IS NOT NULL;
CREATE INDEX users_name ON users (name, id);
CREATE INDEX users_created_at ON users (created_at, id);
CREATE INDEX users_updated_at ON users (updated_at, id);

ALTER TABLE emails ADD COLUMN confirmed_at INTEGER;
UPDATE emails SET confirmed_at = (SELECT created_at FROM users WHERE users.id = emails.user_id) WHERE verified = 1;
ALTER TABLE emails DROP COLUMN verified;
ALTER TABLE emails ADD COLUMN verified INTEGER GENERATED ALWAYS AS (confirmed_at IS NOT NULL) VIRTUAL;

ALTER TABLE ssh_keys ADD COLUMN usage_type TEXT NOT NULL DEFAULT 'auth_and_signing'
  CHECK (usage_type IN ('auth', 'signing', 'auth_and_signing'));

ALTER TABLE tokens RENAME TO old_tokens;
DROP INDEX tokens_user;
CREATE TABLE tokens (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind         TEXT    NOT NULL CHECK (kind IN ('personal', 'impersonation', 'session')),
  name         TEXT    NOT NULL CHECK (length(name) <= 255),
  description  TEXT    NOT NULL DEFAULT '' CHECK (length(description) <= 255),
  -- SHA-256 of the token.
  hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
  -- Space-separated.
  scopes       TEXT    NOT NULL CHECK (scopes <> ''),
  -- The first of the tokens that took each other's place by rotation; that one has none.
  family       INTEGER,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  -- From then on it opens nothing; the row stays, to tell a reuse.
  revoked_at   INTEGER
) STRICT;
INSERT INTO tokens (id, user_id, kind, name, hash, scopes, created_at, expires_at, last_used_at)
  SELECT id, user_id, kind, name, hash, scopes, created_at, expires_at, last_used_at FROM old_tokens;
DROP TABLE old_tokens;
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_family ON tokens (family) WHERE family IS NOT NULL;
