-- What OAuth and the pages need: what users allowed applications, the tokens that came of it, and browsers that signed in.

-- What a user allowed an application: one code, and the tokens that came of it. It ends as a whole.
CREATE TABLE authorizations (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id        INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  -- Space-separated.
  scopes         TEXT    NOT NULL CHECK (scopes <> ''),
  created_at     INTEGER NOT NULL,
  -- With its code at first, then unless it is refreshed.
  expires_at     INTEGER NOT NULL,
  -- SHA-256 of the code; stays once the code was used, to tell a reuse.
  code_hash      BLOB    NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  code_used_at   INTEGER,
  -- As the request for the code had it, if it had one.
  redirect_uri   TEXT    CHECK (length(redirect_uri) BETWEEN 1 AND 2048),
  -- RFC 7636, by the method S256.
  code_challenge BLOB    CHECK (length(code_challenge) = 32),
  -- SHA-256 of the part that the refresh tokens which took each other's place share, and of the one that is good.
  refresh_family BLOB    UNIQUE CHECK (length(refresh_family) = 32),
  refresh_hash   BLOB    CHECK (length(refresh_hash) = 32),
  refreshed_at   INTEGER
) STRICT;

CREATE INDEX authorizations_user ON authorizations (user_id, application_id);
CREATE INDEX authorizations_application ON authorizations (application_id);
CREATE INDEX authorizations_expiry ON authorizations (expires_at);

-- Browsers that signed in.
CREATE TABLE web_sessions (
  -- SHA-256 of the cookie.
  hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX web_sessions_user ON web_sessions (user_id, created_at);
CREATE INDEX web_sessions_expiry ON web_sessions (expires_at);

ALTER TABLE tokens RENAME TO old_tokens;
DROP INDEX tokens_user;
DROP INDEX tokens_family;
CREATE TABLE tokens (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind         TEXT    NOT NULL CHECK (kind IN ('personal', 'impersonation', 'session', 'oauth')),
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
  revoked_at   INTEGER,
  -- What an application's token came of, and ends with.
  authorization_id INTEGER REFERENCES authorizations (id) ON DELETE CASCADE,
  CHECK ((kind = 'oauth') = (authorization_id IS NOT NULL))
) STRICT;
INSERT INTO tokens (id, user_id, kind, name, description, hash, scopes, family, created_at, expires_at, last_used_at,
                    revoked_at)
  SELECT id, user_id, kind, name, description, hash, scopes, family, created_at, expires_at, last_used_at, revoked_at
  FROM old_tokens;
-- Ids are not used again.
DELETE FROM sqlite_sequence WHERE name = 'tokens';
UPDATE sqlite_sequence SET name = 'tokens' WHERE name = 'old_tokens';
DROP TABLE old_tokens;
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_family ON tokens (family) WHERE family IS NOT NULL;
CREATE INDEX tokens_authorization ON tokens (authorization_id) WHERE authorization_id IS NOT NULL;
