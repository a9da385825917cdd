-- Who vouched for a verified address. Accounts are created only by administrators, over the API, on the command line or
-- from an archive, and their first address is stored with them, confirmed at the moment of creation. Such a row is the
-- administrator's word, if it is still the account's oldest address. All other rows count as the user's own word, also
-- where an administrator set the address later, because a change over docker's API left the same trace:
-- `accountd email verify` vouches for them. One case stays open: databases that are older than version 2 did not record
-- the time, so there the oldest verified address counts as the administrator's.

ALTER TABLE emails ADD COLUMN verified_by TEXT
  CHECK (verified_by IS NULL OR (confirmed_at IS NOT NULL AND verified_by IN ('self', 'administrator')));
UPDATE emails SET verified_by = 'self' WHERE confirmed_at IS NOT NULL;
UPDATE emails SET verified_by = 'administrator'
  WHERE confirmed_at = (SELECT created_at FROM users WHERE users.id = emails.user_id)
    AND id = (SELECT min(others.id) FROM emails AS others WHERE others.user_id = emails.user_id);
