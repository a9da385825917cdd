-- Random numbers that change with the SSH keys, from which HTTP derives an ETag without reading the keys. They are random
-- because after a backup was restored, a counter would have the same values for other keys.

-- Changes with each change of the user's keys.
ALTER TABLE users ADD COLUMN keys_version INTEGER NOT NULL DEFAULT 0;
UPDATE users SET keys_version = random();

-- The same for the file of allowed signers, which depends on the keys, addresses and states of all users. One row.
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

-- The last key that expired is part of an ETag too.
CREATE INDEX ssh_keys_expiry ON ssh_keys (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ssh_keys_user_expiry ON ssh_keys (user_id, expires_at) WHERE expires_at IS NOT NULL;
