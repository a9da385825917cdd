-- Links with which users set a password without knowing the old one: invitations of new users, and resets. An account has
-- one at most, and it works once.
CREATE TABLE password_links (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  -- SHA-256 of the secret in the link.
  hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
  purpose    TEXT    NOT NULL CHECK (purpose IN ('invitation', 'reset')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX password_links_expiry ON password_links (expires_at);

-- A user with a new password needs no link, however the password was set.
CREATE TRIGGER users_password_changed AFTER UPDATE OF password_hash ON users
BEGIN
  DELETE FROM password_links WHERE user_id = NEW.id;
END;

-- Finds the users in one of the rare states.
CREATE INDEX users_states ON users (state, id) WHERE state <> 'active';

-- By application and user, so that a page of an application's users is found without reading all its grants.
DROP INDEX authorizations_application;
CREATE INDEX authorizations_application ON authorizations (application_id, user_id);

-- When `accountd backup` last copied this database. One row at most.
CREATE TABLE last_backup (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
