-- Settings of GitLab's pages. A user who never changed any has no row.
CREATE TABLE user_preferences (
  user_id                        INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  view_diffs_file_by_file        INTEGER NOT NULL CHECK (view_diffs_file_by_file IN (0, 1)),
  show_whitespace_in_diffs       INTEGER NOT NULL CHECK (show_whitespace_in_diffs IN (0, 1)),
  pass_user_identities_to_ci_jwt INTEGER NOT NULL CHECK (pass_user_identities_to_ci_jwt IN (0, 1))
) STRICT;
