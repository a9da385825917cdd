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
