-- Whether users are not asked for their consent.
ALTER TABLE applications ADD COLUMN trusted INTEGER NOT NULL DEFAULT 0 CHECK (trusted IN (0, 1));
