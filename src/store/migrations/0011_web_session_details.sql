-- What the user sees of a browser session, and how old its sign-in is.

-- When the user last entered the password in this session.
ALTER TABLE web_sessions ADD COLUMN authenticated_at INTEGER NOT NULL DEFAULT 0;
UPDATE web_sessions SET authenticated_at = created_at;
-- Of the request that signed in; empty if it is not known.
ALTER TABLE web_sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '' CHECK (length(user_agent) <= 255);
ALTER TABLE web_sessions ADD COLUMN address TEXT NOT NULL DEFAULT '' CHECK (length(address) <= 45);
-- Written once a minute.
ALTER TABLE web_sessions ADD COLUMN last_used_at INTEGER;
