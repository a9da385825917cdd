-- What users show of their situation.
CREATE TABLE user_statuses (
  user_id      INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  emoji        TEXT    NOT NULL CHECK (length(emoji) BETWEEN 1 AND 64),
  message      TEXT    NOT NULL CHECK (length(message) <= 100),
  availability TEXT    NOT NULL CHECK (availability IN ('not_set', 'busy')),
  -- When the status ends.
  clear_at     INTEGER
) STRICT;
