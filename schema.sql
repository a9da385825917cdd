-- The whole current schema of an accountd database (PRAGMA user_version 20).
-- Times are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE users (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  username         TEXT    NOT NULL COLLATE NOCASE UNIQUE CHECK (length(username) BETWEEN 1 AND 255),
  -- A column here, so that every user has exactly one primary address. The foreign key is deferred, because a user and
  -- its first address refer to each other.
  primary_email_id INTEGER NOT NULL,
  password_hash    TEXT,
  name             TEXT    NOT NULL DEFAULT '' CHECK (length(name) <= 255),
  admin            INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1)),
  created_at       INTEGER NOT NULL,
  location         TEXT    NOT NULL DEFAULT '' CHECK (length(location) <= 255),
  company          TEXT    NOT NULL DEFAULT '' CHECK (length(company) <= 255),
  profile_url      TEXT    NOT NULL DEFAULT '' CHECK (length(profile_url) <= 255),
  gravatar_email   TEXT    CHECK (length(gravatar_email) BETWEEN 1 AND 254),
  bio              TEXT    CHECK (length(bio) <= 255),
  skype            TEXT    NOT NULL DEFAULT '' CHECK (length(skype) <= 255),
  linkedin         TEXT    NOT NULL DEFAULT '' CHECK (length(linkedin) <= 255),
  twitter          TEXT    NOT NULL DEFAULT '' CHECK (length(twitter) <= 255),
  dark_scheme      INTEGER NOT NULL DEFAULT 0 CHECK (dark_scheme IN (0, 1)),
  can_create_group INTEGER NOT NULL DEFAULT 1 CHECK (can_create_group IN (0, 1)),
  projects_limit   INTEGER NOT NULL DEFAULT 100 CHECK (projects_limit BETWEEN 0 AND 2147483647),
  state            TEXT    NOT NULL DEFAULT 'active'
    CHECK (state IN ('active', 'blocked', 'deactivated', 'banned', 'blocked_pending_approval')),
  updated_at       INTEGER NOT NULL DEFAULT 0,
  external         INTEGER NOT NULL DEFAULT 0 CHECK (external IN (0, 1)),
  private_profile  INTEGER NOT NULL DEFAULT 0 CHECK (private_profile IN (0, 1)),
  note             TEXT    CHECK (length(note) <= 255),
  discord          TEXT    NOT NULL DEFAULT '' CHECK (length(discord) <= 255),
  pronouns         TEXT    CHECK (length(pronouns) <= 255),
  theme_id         INTEGER NOT NULL DEFAULT 1 CHECK (theme_id BETWEEN 1 AND 255),
  color_scheme_id  INTEGER NOT NULL DEFAULT 1 CHECK (color_scheme_id BETWEEN 1 AND 255),
  -- The address that everyone may see.
  public_email_id  INTEGER REFERENCES emails (id) ON DELETE SET NULL,
  sign_in_count    INTEGER NOT NULL DEFAULT 0,
  current_sign_in_at INTEGER,
  last_sign_in_at  INTEGER,
  -- When a credential of the user was last used.
  last_active_at   INTEGER,
  -- The user who created the account, if it was one. That user may be deleted by now.
  created_by       INTEGER,
  -- A random number that changes with each change of the user's keys.
  keys_version     INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (primary_email_id, id) REFERENCES emails (id, user_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX users_admins ON users (id) WHERE admin = 1;
CREATE INDEX users_inactive ON users (id) WHERE state <> 'active';
-- Finds the users in one of the rare states.
CREATE INDEX users_states ON users (state, id) WHERE state <> 'active';
CREATE INDEX users_public_email ON users (public_email_id) WHERE public_email_id IS NOT NULL;
CREATE INDEX users_name ON users (name, id);
CREATE INDEX users_created_at ON users (created_at, id);
CREATE INDEX users_updated_at ON users (updated_at, id);

-- The number of users in each block of 512 ids, which finds the start of a page without counting all rows before it.
CREATE TABLE user_blocks (
  -- Ids from 512 * block.
  block INTEGER PRIMARY KEY,
  users INTEGER NOT NULL CHECK (users >= 0)
) STRICT;

CREATE TRIGGER users_counted_in AFTER INSERT ON users
BEGIN
  INSERT INTO user_blocks (block, users) VALUES (NEW.id >> 9, 1) ON CONFLICT (block) DO UPDATE SET users = users + 1;
END;

CREATE TRIGGER users_counted_out AFTER DELETE ON users
BEGIN
  UPDATE user_blocks SET users = users - 1 WHERE block = OLD.id >> 9;
END;

CREATE TABLE emails (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id  INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  address  TEXT    NOT NULL COLLATE NOCASE UNIQUE CHECK (length(address) BETWEEN 3 AND 254),
  confirmed_at INTEGER,
  verified INTEGER GENERATED ALWAYS AS (confirmed_at IS NOT NULL) VIRTUAL,
  -- Who vouched for the address; NULL if it is not verified.
  verified_by TEXT
    CHECK (verified_by IS NULL OR (confirmed_at IS NOT NULL AND verified_by IN ('self', 'administrator'))),
  UNIQUE (id, user_id)
) STRICT;

CREATE INDEX emails_user ON emails (user_id);

-- The deferred foreign key would fail only at the commit, together with other writes.
CREATE TRIGGER emails_keep_primary BEFORE DELETE ON emails
WHEN EXISTS (SELECT 1 FROM users WHERE primary_email_id = OLD.id AND id = OLD.user_id)
BEGIN
  SELECT RAISE(ABORT, 'a primary address cannot be deleted');
END;

CREATE TABLE identities (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider   TEXT    NOT NULL CHECK (length(provider) BETWEEN 1 AND 255),
  extern_uid TEXT    NOT NULL CHECK (length(extern_uid) BETWEEN 1 AND 255),
  UNIQUE (provider, extern_uid),
  UNIQUE (user_id, provider)
) STRICT;

-- What users show of their situation.
CREATE TABLE user_statuses (
  user_id      INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  emoji        TEXT    NOT NULL CHECK (length(emoji) BETWEEN 1 AND 64),
  message      TEXT    NOT NULL CHECK (length(message) <= 100),
  availability TEXT    NOT NULL CHECK (availability IN ('not_set', 'busy')),
  -- When the status ends.
  clear_at     INTEGER
) STRICT;

-- What administrators note about users.
CREATE TABLE custom_attributes (
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key     TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  value   TEXT    NOT NULL CHECK (length(value) BETWEEN 1 AND 255),
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

-- Finds the users with a value.
CREATE INDEX custom_attributes_value ON custom_attributes (key, value);

-- Settings of GitLab's pages. A user who never changed any has no row.
CREATE TABLE user_preferences (
  user_id                        INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  view_diffs_file_by_file        INTEGER NOT NULL CHECK (view_diffs_file_by_file IN (0, 1)),
  show_whitespace_in_diffs       INTEGER NOT NULL CHECK (show_whitespace_in_diffs IN (0, 1)),
  pass_user_identities_to_ci_jwt INTEGER NOT NULL CHECK (pass_user_identities_to_ci_jwt IN (0, 1))
) STRICT;

-- Users for programs. They have no password, only tokens.
CREATE TABLE service_accounts (
  user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE ssh_keys (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title        TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
  -- One line in OpenSSH's format, comment included.
  key          TEXT    NOT NULL CHECK (length(key) <= 16384 AND instr(key, char(10)) = 0),
  -- SHA-256 of the key blob.
  fingerprint  BLOB    NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
  -- MD5 of the key blob, which older clients look keys up by.
  md5          BLOB    NOT NULL CHECK (length(md5) = 16),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  usage_type   TEXT    NOT NULL DEFAULT 'auth_and_signing'
    CHECK (usage_type IN ('auth', 'signing', 'auth_and_signing'))
) STRICT;

CREATE INDEX ssh_keys_user ON ssh_keys (user_id);
CREATE INDEX ssh_keys_md5 ON ssh_keys (md5);
CREATE INDEX ssh_keys_expiry ON ssh_keys (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ssh_keys_user_expiry ON ssh_keys (user_id, expires_at) WHERE expires_at IS NOT NULL;

-- The same as users.keys_version for the file of allowed signers, which depends on the keys, addresses and states of all
-- users. One row. Both are random because after a backup was restored, a counter would have the same values for other
-- keys.
CREATE TABLE signers_version (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO signers_version (id, version) VALUES (1, random());

CREATE TRIGGER ssh_keys_version_in AFTER INSERT ON ssh_keys
BEGIN
  UPDATE users SET keys_version = random() WHERE id = NEW.user_id;
  UPDATE signers_version SET version = random();
END;

CREATE TRIGGER ssh_keys_version_out AFTER DELETE ON ssh_keys
BEGIN
  UPDATE users SET keys_version = random() WHERE id = OLD.user_id;
  UPDATE signers_version SET version = random();
END;

CREATE TRIGGER ssh_keys_version_changed AFTER UPDATE OF user_id, key, expires_at, usage_type ON ssh_keys
BEGIN
  UPDATE users SET keys_version = random() WHERE id IN (OLD.user_id, NEW.user_id);
  UPDATE signers_version SET version = random();
END;

CREATE TRIGGER emails_version_in AFTER INSERT ON emails
BEGIN
  UPDATE signers_version SET version = random();
END;

CREATE TRIGGER emails_version_out AFTER DELETE ON emails
BEGIN
  UPDATE signers_version SET version = random();
END;

CREATE TRIGGER emails_version_changed AFTER UPDATE ON emails
BEGIN
  UPDATE signers_version SET version = random();
END;

CREATE TRIGGER users_version_changed AFTER UPDATE OF state ON users
BEGIN
  UPDATE signers_version SET version = random();
END;

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
  -- The addresses that it was last used from, with spaces between them.
  last_used_ips TEXT NOT NULL DEFAULT '' CHECK (length(last_used_ips) <= 255),
  CHECK ((kind = 'oauth') = (authorization_id IS NOT NULL))
) STRICT;

-- Covers the counts of a user's tokens and the search for the oldest.
CREATE INDEX tokens_user ON tokens (user_id, revoked_at, kind, expires_at);
-- Covers the look-up of every request.
CREATE INDEX tokens_by_hash ON tokens (hash, revoked_at, user_id, scopes, expires_at, family);
-- The tokens that a reuse would revoke: a family has one at most, however often it was rotated.
CREATE INDEX tokens_family ON tokens (family) WHERE family IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX tokens_authorization ON tokens (authorization_id) WHERE authorization_id IS NOT NULL;
CREATE INDEX tokens_revocation ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE applications (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  client_id   TEXT    NOT NULL UNIQUE CHECK (length(client_id) BETWEEN 1 AND 255),
  -- SHA-256 of the client secret; NULL for a public client.
  secret_hash BLOB    CHECK (length(secret_hash) = 32),
  -- Space-separated.
  scopes      TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  -- Whether users are not asked for their consent.
  trusted     INTEGER NOT NULL DEFAULT 0 CHECK (trusted IN (0, 1))
) STRICT;

CREATE TABLE application_redirect_uris (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  uri            TEXT    NOT NULL CHECK (length(uri) BETWEEN 1 AND 2048),
  UNIQUE (application_id, uri)
) STRICT;

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

CREATE INDEX authorizations_user ON authorizations (user_id, application_id);
-- By application and user, so that a page of an application's users is found without reading all its grants.
CREATE INDEX authorizations_application ON authorizations (application_id, user_id);
CREATE INDEX authorizations_expiry ON authorizations (expires_at);

-- Sessions of signed-in browsers.
CREATE TABLE web_sessions (
  -- SHA-256 of the cookie.
  hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- When the user last entered the password in this session.
  authenticated_at INTEGER NOT NULL DEFAULT 0,
  -- Of the request that signed in; empty if it is not known.
  user_agent TEXT NOT NULL DEFAULT '' CHECK (length(user_agent) <= 255),
  address TEXT NOT NULL DEFAULT '' CHECK (length(address) <= 45),
  -- Written once a minute.
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX web_sessions_user ON web_sessions (user_id, created_at);
CREATE INDEX web_sessions_expiry ON web_sessions (expires_at);

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

-- When `accountd backup` last copied this database. One row at most.
CREATE TABLE last_backup (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;

-- Seed files that were loaded, by the SHA-256 of their bytes.
CREATE TABLE loaded_seeds (
  sha256    BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
  loaded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The highest id of each kind that was deleted. Ids are never used again: AUTOINCREMENT makes every new one higher than
-- all before it, and an explicit one, which an archive gives, must be higher than the highest deleted one.
CREATE TABLE deleted_ids (
  kind    TEXT    PRIMARY KEY CHECK (kind IN ('user', 'key')),
  highest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER users_retire_id AFTER DELETE ON users
BEGIN
  INSERT INTO deleted_ids (kind, highest) VALUES ('user', OLD.id)
    ON CONFLICT (kind) DO UPDATE SET highest = max(highest, excluded.highest);
END;

CREATE TRIGGER users_never_reuse_id AFTER INSERT ON users
WHEN NEW.id <= (SELECT highest FROM deleted_ids WHERE kind = 'user')
BEGIN
  SELECT RAISE(ABORT, 'id may have been used before');
END;

CREATE TRIGGER ssh_keys_retire_id AFTER DELETE ON ssh_keys
BEGIN
  INSERT INTO deleted_ids (kind, highest) VALUES ('key', OLD.id)
    ON CONFLICT (kind) DO UPDATE SET highest = max(highest, excluded.highest);
END;

CREATE TRIGGER ssh_keys_never_reuse_id AFTER INSERT ON ssh_keys
WHEN NEW.id <= (SELECT highest FROM deleted_ids WHERE kind = 'key')
BEGIN
  SELECT RAISE(ABORT, 'id may have been used before');
END;

-- Trigram indexes, which find users by a part of their names or address. They store no text. Their tokenizer folds case
-- in its own way, so what they find has to be compared with the text itself. Line feeds, which no text contains, follow
-- each text, so that even its last character begins a trigram.
CREATE VIRTUAL TABLE user_names USING fts5(
  names, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
);
CREATE VIRTUAL TABLE user_addresses USING fts5(
  address, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
);
-- The trigrams themselves.
CREATE VIRTUAL TABLE user_names_terms USING fts5vocab(user_names, instance);
CREATE VIRTUAL TABLE user_addresses_terms USING fts5vocab(user_addresses, instance);

CREATE TRIGGER users_names_added AFTER INSERT ON users
BEGIN
  INSERT INTO user_names (rowid, names)
    VALUES (NEW.id, NEW.username || char(10) || NEW.name || char(10, 10));
END;

CREATE TRIGGER users_names_changed AFTER UPDATE OF username, name ON users
WHEN OLD.username || char(10) || OLD.name <> NEW.username || char(10) || NEW.name
BEGIN
  INSERT OR REPLACE INTO user_names (rowid, names)
    VALUES (NEW.id, NEW.username || char(10) || NEW.name || char(10, 10));
END;

CREATE TRIGGER users_primary_changed AFTER UPDATE OF primary_email_id ON users
WHEN EXISTS (SELECT 1 FROM emails WHERE id = NEW.primary_email_id)
BEGIN
  INSERT OR REPLACE INTO user_addresses (rowid, address)
    SELECT NEW.id, address || char(10, 10) FROM emails WHERE id = NEW.primary_email_id;
END;

CREATE TRIGGER users_unindexed AFTER DELETE ON users
BEGIN
  DELETE FROM user_names WHERE rowid = OLD.id;
  DELETE FROM user_addresses WHERE rowid = OLD.id;
END;

CREATE TRIGGER emails_primary_added AFTER INSERT ON emails
WHEN EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id AND primary_email_id = NEW.id)
BEGIN
  INSERT OR REPLACE INTO user_addresses (rowid, address) VALUES (NEW.user_id, NEW.address || char(10, 10));
END;

CREATE TRIGGER emails_primary_changed AFTER UPDATE OF address ON emails
WHEN EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id AND primary_email_id = NEW.id)
BEGIN
  INSERT OR REPLACE INTO user_addresses (rowid, address) VALUES (NEW.user_id, NEW.address || char(10, 10));
END;

-- Who changed what, one row for each change. Names are stored as they were, because users and tokens are deleted.
CREATE TABLE audit_log (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  at         INTEGER NOT NULL,
  event      TEXT    NOT NULL CHECK (length(event) BETWEEN 1 AND 64),
  -- The user who made the change; NULL for applications, the command line and strangers.
  actor_id   INTEGER,
  actor      TEXT    CHECK (length(actor) <= 300),
  -- The credential.
  via        TEXT    CHECK (length(via) <= 600),
  -- The client's address; NULL for the command line.
  address    TEXT    CHECK (length(address) <= 64),
  -- The user whose account was changed, if it was one.
  subject_id INTEGER,
  subject    TEXT    CHECK (length(subject) <= 300),
  -- A JSON object.
  details    TEXT    NOT NULL CHECK (length(details) <= 4096)
) STRICT;

-- Few and narrow, because every change pays for them. Together they find what concerns a user, each row once. Times have
-- none: rows are in the order of their times, unless the clock was set back.
CREATE INDEX audit_log_subject ON audit_log (subject_id);
CREATE INDEX audit_log_actor ON audit_log (actor_id) WHERE actor_id IS NOT subject_id;

-- The purge of old rows is the only change after the fact: it deletes rows from before this time. The table is empty
-- except within the transactions of the purge.
CREATE TABLE audit_log_purge (
  before INTEGER NOT NULL
) STRICT;

CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log
WHEN NOT EXISTS (SELECT 1 FROM audit_log_purge WHERE OLD.at < before)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- INSERT OR REPLACE deletes the row that it replaces without the trigger against deletions.
CREATE TRIGGER audit_log_is_not_replaced BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
