-- All that is asked of a token with each request, in one place.
CREATE INDEX tokens_by_hash ON tokens (hash, revoked_at, user_id, scopes, expires_at);
