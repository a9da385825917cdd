-- Trigram indexes, which find users by a part of their names or address. They store no text. Their tokenizer folds case
-- in its own way, so what they find has to be compared with the text itself. Line feeds, which no text contains, follow
-- each text, so that even its last character begins a trigram.
CREATE VIRTUAL TABLE user_names USING fts5(
  names, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
);
CREATE VIRTUAL TABLE user_addresses USING fts5(
  address, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
);
CREATE VIRTUAL TABLE user_names_terms USING fts5vocab(user_names, instance);
CREATE VIRTUAL TABLE user_addresses_terms USING fts5vocab(user_addresses, instance);

INSERT INTO user_names (rowid, names)
  SELECT id, username || char(10) || name || char(10, 10) FROM users ORDER BY id;
INSERT INTO user_addresses (rowid, address)
  SELECT u.id, e.address || char(10, 10) FROM users u JOIN emails e ON e.id = u.primary_email_id ORDER BY u.id;

CREATE TRIGGER users_names_added AFTER INSERT ON users
BEGIN
  INSERT INTO user_names (rowid, names)
    VALUES (NEW.id, NEW.username || char(10) || NEW.name || char(10, 10));
END;

CREATE TRIGGER users_names_changed AFTER UPDATE OF username, name ON users
WHEN OLD.username || char(10) || OLD.name <> NEW.username || char(10) || NEW.name
BEGIN
  INSERT OR REPLACE INTO user_names (rowid, names)
    VALUES (NEW.id, NEW.username || char(10) || NEW.name || char(10, 10));
END;

CREATE TRIGGER users_primary_changed AFTER UPDATE OF primary_email_id ON users
WHEN EXISTS (SELECT 1 FROM emails WHERE id = NEW.primary_email_id)
BEGIN
  INSERT OR REPLACE INTO user_addresses (rowid, address)
    SELECT NEW.id, address || char(10, 10) FROM emails WHERE id = NEW.primary_email_id;
END;

CREATE TRIGGER users_unindexed AFTER DELETE ON users
BEGIN
  DELETE FROM user_names WHERE rowid = OLD.id;
  DELETE FROM user_addresses WHERE rowid = OLD.id;
END;

CREATE TRIGGER emails_primary_added AFTER INSERT ON emails
WHEN EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id AND primary_email_id = NEW.id)
BEGIN
  INSERT OR REPLACE INTO user_addresses (rowid, address) VALUES (NEW.user_id, NEW.address || char(10, 10));
END;

CREATE TRIGGER emails_primary_changed AFTER UPDATE OF address ON emails
WHEN EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id AND primary_email_id = NEW.id)
BEGIN
  INSERT OR REPLACE INTO user_addresses (rowid, address) VALUES (NEW.user_id, NEW.address || char(10, 10));
END;
