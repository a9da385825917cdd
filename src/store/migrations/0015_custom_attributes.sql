-- What administrators note about users.
CREATE TABLE custom_attributes (
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key     TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  value   TEXT    NOT NULL CHECK (length(value) BETWEEN 1 AND 255),
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

-- Finds the users with a value.
CREATE INDEX custom_attributes_value ON custom_attributes (key, value);
