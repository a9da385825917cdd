-- One row for each kind of id instead of one for each id that was ever deleted.

DROP TRIGGER users_retire;
DROP TRIGGER users_stay_retired;
DROP TRIGGER ssh_keys_retire;
DROP TRIGGER ssh_keys_stay_retired;

CREATE TABLE deleted_ids (
  kind    TEXT    PRIMARY KEY CHECK (kind IN ('user', 'key')),
  highest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO deleted_ids (kind, highest) SELECT kind, max(id) FROM retired_ids GROUP BY kind;
DROP TABLE retired_ids;

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
