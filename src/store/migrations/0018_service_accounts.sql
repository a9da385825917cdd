-- Users for programs. They have no password, only tokens.
CREATE TABLE service_accounts (
  user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE
) STRICT;
