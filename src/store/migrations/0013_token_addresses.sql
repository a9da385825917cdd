-- The addresses that a token was last used from.
ALTER TABLE tokens ADD COLUMN last_used_ips TEXT NOT NULL DEFAULT '' CHECK (length(last_used_ips) <= 255);
