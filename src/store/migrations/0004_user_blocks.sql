-- How many users there are in each block of ids, so that a list can be opened in its middle.
CREATE TABLE user_blocks (
  -- The ids from 512 * block on.
  block INTEGER PRIMARY KEY,
  users INTEGER NOT NULL CHECK (users >= 0)
) STRICT;

INSERT INTO user_blocks (block, users) SELECT id >> 9, count(*) FROM users GROUP BY id >> 9;

CREATE TRIGGER users_counted_in AFTER INSERT ON users
BEGIN
  INSERT INTO user_blocks (block, users) VALUES (NEW.id >> 9, 1) ON CONFLICT (block) DO UPDATE SET users = users + 1;
END;

CREATE TRIGGER users_counted_out AFTER DELETE ON users
BEGIN
  UPDATE user_blocks SET users = users - 1 WHERE block = OLD.id >> 9;
END;
