//! Schema migrations.

use super::error::Error;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// The migrations in their order. Append-only: a released one is never changed.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_accounts.sql"),
    include_str!("migrations/0002_gitlab_v4.sql"),
    include_str!("migrations/0003_oauth.sql"),
    include_str!("migrations/0004_user_blocks.sql"),
    include_str!("migrations/0005_tokens_by_hash.sql"),
    include_str!("migrations/0006_deleted_ids.sql"),
    include_str!("migrations/0007_rows_of_deleted_users.sql"),
    include_str!("migrations/0008_verified_by.sql"),
    include_str!("migrations/0009_user_search.sql"),
    include_str!("migrations/0010_key_versions.sql"),
    include_str!("migrations/0011_web_session_details.sql"),
    include_str!("migrations/0012_audit_log.sql"),
    include_str!("migrations/0013_token_addresses.sql"),
    include_str!("migrations/0014_user_statuses.sql"),
    include_str!("migrations/0015_custom_attributes.sql"),
    include_str!("migrations/0016_user_preferences.sql"),
    include_str!("migrations/0017_audit_log_is_not_replaced.sql"),
    include_str!("migrations/0018_service_accounts.sql"),
    include_str!("migrations/0019_trusted_applications.sql"),
    include_str!("migrations/0020_password_links.sql"),
];

/// What all steps together produce. A new database is created with it: SQLite takes several times as long for the steps,
/// because an `ALTER TABLE` reads the whole schema again.
const SCHEMA: &str = include_str!("../../schema.sql");

/// The `PRAGMA application_id` of accountd's files: "acct" in ASCII.
const APPLICATION_ID: i64 = 0x6163_6374;

/// The schema version of this program.
fn newest() -> i64 {
    STEPS.len() as i64
}

/// The program that a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Accountd,
    /// The file is empty.
    None,
    Another,
}

/// The owner of a file; a file that is not a database is `Another` program's.
///
/// # Errors
/// SQLite's, for a file that it cannot read.
pub(super) fn owner(conn: &Connection) -> Result<Owner, Error> {
    // One snapshot: another process may be creating the tables.
    let view = conn.unchecked_transaction()?;
    let pragma = |name| view.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match pragma("application_id") {
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => Ok(Owner::Another),
        Ok(APPLICATION_ID) => Ok(Owner::Accountd),
        Ok(0) => {
            let tables: i64 = view.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            let empty = tables == 0 && pragma("user_version")? == 0;
            Ok(if empty { Owner::None } else { Owner::Another })
        }
        other => other.map(|_| Owner::Another).map_err(Error::from),
    }
}

/// Refuses a file of another program or of a newer version, before anything in it is changed.
pub(super) fn require_ours(conn: &Connection, path: &Path) -> Result<(), Error> {
    match owner(conn)? {
        Owner::Accountd | Owner::None => next_step(conn).map(drop),
        Owner::Another => Err(Error::NotOurs(path.to_owned())),
    }
}

/// Runs the missing migrations in one transaction, so that a crash leaves the old schema or the new one. Another
/// process may migrate at the same time, so the version is read again inside the transaction.
pub(super) fn migrate(conn: &mut Connection, path: &Path) -> Result<(), Error> {
    if next_step(conn)?.is_none() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(first) = next_step(&tx)? else { return Ok(()) };
    if first > 0 {
        tracing::info!(path = %path.display(), version = newest(), "migrating the database");
    }
    let steps = if first == 0 { &[SCHEMA] } else { &STEPS[first..] };
    for step in steps {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", newest())?;
    Ok(tx.commit()?)
}

/// Refuses a database that would have to be migrated first.
pub(super) fn require_current(conn: &Connection) -> Result<(), Error> {
    match next_step(conn)? {
        None => Ok(()),
        Some(step) => Err(Error::Older { found: step as i64, known: newest() }),
    }
}

/// The index of the next migration to run.
fn next_step(conn: &Connection) -> Result<Option<usize>, Error> {
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match usize::try_from(found) {
        Ok(step) if step < STEPS.len() => Ok(Some(step)),
        Ok(step) if step == STEPS.len() => Ok(None),
        _ => Err(Error::Newer { found, known: newest() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All objects of the schema, without comments and layout: `ALTER TABLE` writes its column into the stored text
    /// with a layout of its own.
    fn objects(conn: &Connection) -> Vec<(String, String)> {
        let plain = |sql: String| {
            let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
            let words = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
            words.replace(" ,", ",").replace("( ", "(").replace(" )", ")")
        };
        let mut statement =
            conn.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, plain(row.get(1)?)))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// How many rows each table has; a full-text index keeps some in its own tables even when it is empty. A highest id of
    /// 0 is the same as none.
    fn rows(conn: &Connection) -> Vec<(String, i64)> {
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence' ORDER BY name";
        let mut tables = conn.prepare(tables).unwrap();
        let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
        let count = |name: &str| conn.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0)).unwrap();
        names.map(|name| (name.clone(), count(&name))).collect()
    }

    #[test]
    fn the_migrations_produce_schema_sql() {
        let migrated = Connection::open_in_memory().unwrap();
        migrated.execute_batch(&STEPS.concat()).unwrap();
        let whole = Connection::open_in_memory().unwrap();
        whole.execute_batch(SCHEMA).unwrap();
        assert_eq!(objects(&migrated), objects(&whole));
        assert_eq!(rows(&migrated), rows(&whole));
        let head = SCHEMA.lines().next().unwrap();
        assert!(head.contains(&format!("user_version {})", newest())), "schema.sql says: {head}");
    }

    #[test]
    fn an_older_database_keeps_its_contents() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "foreign_keys", true).unwrap();
        conn.execute_batch(STEPS[0]).unwrap();
        conn.execute_batch(
            "BEGIN;
             INSERT INTO users (id, username, primary_email_id, created_at, blocked)
               VALUES (1, 'a', 1, 5, 1), (2, 'b', 2, 6, 0);
             INSERT INTO emails (id, user_id, address, verified)
               VALUES (1, 1, 'a@x.example', 1), (2, 2, 'b@x.example', 0);
             INSERT INTO tokens (id, user_id, kind, name, hash, scopes, created_at)
               VALUES (7, 1, 'personal', 'ci', zeroblob(32), 'api', 8);
             INSERT INTO retired_ids (kind, id) VALUES ('user', 3), ('user', 9), ('key', 4);
             COMMIT;
             PRAGMA user_version = 1;",
        )
        .unwrap();
        migrate(&mut conn, Path::new("test")).unwrap();
        let one = |sql| conn.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(one("SELECT group_concat(state || updated_at) FROM users"), "blocked5,active6");
        assert_eq!(one("SELECT group_concat(id || verified || ifnull(confirmed_at, '-')) FROM emails"), "115,20-");
        assert_eq!(
            one("SELECT id || kind || name || description || ifnull(revoked_at, '-') FROM tokens"),
            "7personalci-"
        );
        assert_eq!(one("SELECT group_concat(block || ':' || users) FROM user_blocks"), "0:2");
        assert_eq!(one("SELECT group_concat(kind || highest ORDER BY kind) FROM deleted_ids"), "key4,user9");
        let mut broken = conn.prepare("PRAGMA foreign_key_check").unwrap();
        assert!(!broken.exists([]).unwrap());
    }

    #[test]
    fn only_the_first_address_of_an_account_counts_as_an_administrators_word() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&STEPS[..6].concat()).unwrap();
        conn.execute_batch(
            "BEGIN;
             INSERT INTO users (id, username, primary_email_id, created_at)
               VALUES (1, 'a', 1, 5), (2, 'b', 4, 6), (3, 'c', 5, 7), (4, 'd', 6, 8);
             INSERT INTO emails (id, user_id, address, confirmed_at) VALUES
               (1, 1, 'first@x.example', 5), (2, 1, 'second@x.example', 5), (3, 1, 'unverified@x.example', NULL),
               (4, 2, 'replaced@x.example', 9), (5, 3, 'unverified-first@x.example', NULL), (6, 4, 'd@x.example', 8),
               (7, 4, 'later@x.example', 10);
             UPDATE users SET primary_email_id = 7 WHERE id = 4;
             COMMIT;
             PRAGMA user_version = 6;",
        )
        .unwrap();
        migrate(&mut conn, Path::new("test")).unwrap();
        let sql = "SELECT group_concat(id || ifnull(verified_by, '-'), ' ' ORDER BY id) FROM emails";
        let vouched: String = conn.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(vouched, "1administrator 2self 3- 4self 5- 6administrator 7self");
        for sql in [
            "UPDATE emails SET verified_by = 'self' WHERE id = 3",
            "UPDATE emails SET confirmed_at = NULL WHERE id = 1",
            "UPDATE emails SET verified_by = 'stranger' WHERE id = 1",
        ] {
            assert!(conn.execute(sql, []).is_err(), "{sql}");
        }
    }

    #[test]
    fn a_newer_database_is_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, Path::new("test")).unwrap();
        conn.pragma_update(None, "user_version", 999).unwrap();
        let refused = migrate(&mut conn, Path::new("test")).unwrap_err();
        assert!(matches!(refused, Error::Newer { found: 999, known } if known == newest()));
    }

    #[test]
    fn the_file_of_another_program_is_refused() {
        let conn = Connection::open_in_memory().unwrap();
        assert!(require_ours(&conn, Path::new("test")).is_ok());
        conn.execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(matches!(require_ours(&conn, Path::new("test")), Err(Error::NotOurs(_))));
    }
}
