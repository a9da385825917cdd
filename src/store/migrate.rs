//! Bringing an older database up to date.

use super::error::Error;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Append-only: a step that has been released is never changed.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_accounts.sql"),
    include_str!("migrations/0002_gitlab_v4.sql"),
    include_str!("migrations/0003_oauth.sql"),
    include_str!("migrations/0004_user_blocks.sql"),
    include_str!("migrations/0005_tokens_by_hash.sql"),
    include_str!("migrations/0006_deleted_ids.sql"),
];

/// `PRAGMA application_id` of our files: "acct" in ASCII.
const APPLICATION_ID: i64 = 0x6163_6374;

/// The newest schema version that this program knows.
fn newest() -> i64 {
    STEPS.len() as i64
}

/// Which program a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Accountd,
    /// There is nothing in it.
    Nobody,
    Somebody,
}

/// # Errors
/// What SQLite says of a file that it cannot read; one that is no database at all is `Somebody`'s.
pub(super) fn owner(conn: &Connection) -> Result<Owner, Error> {
    // At one moment: another process may be making the tables.
    let view = conn.unchecked_transaction()?;
    let pragma = |name| view.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match pragma("application_id") {
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => Ok(Owner::Somebody),
        Ok(APPLICATION_ID) => Ok(Owner::Accountd),
        Ok(0) => {
            let tables: i64 = view.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            let empty = tables == 0 && pragma("user_version")? == 0;
            Ok(if empty { Owner::Nobody } else { Owner::Somebody })
        }
        other => other.map(|_| Owner::Somebody).map_err(Error::from),
    }
}

/// Refuses a file that another program or a newer version wrote, before anything in it is touched.
pub(super) fn refuse_strangers(conn: &Connection, path: &Path) -> Result<(), Error> {
    match owner(conn)? {
        Owner::Accountd | Owner::Nobody => next_step(conn).map(drop),
        Owner::Somebody => Err(Error::NotOurs(path.to_owned())),
    }
}

/// Runs the steps that the file has not had, in one transaction: whatever happens meanwhile, it is the old one or the
/// new one. Two processes may try at once: which steps those are is looked at inside.
pub(super) fn migrate(conn: &mut Connection, path: &Path) -> Result<(), Error> {
    if next_step(conn)?.is_none() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(first) = next_step(&tx)? else { return Ok(()) };
    if first > 0 {
        tracing::info!(path = %path.display(), version = newest(), "migrating the database");
    }
    for step in &STEPS[first..] {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", newest())?;
    Ok(tx.commit()?)
}

/// For whoever may not migrate.
pub(super) fn require_current(conn: &Connection) -> Result<(), Error> {
    match next_step(conn)? {
        None => Ok(()),
        Some(step) => Err(Error::Older { found: step as i64, known: newest() }),
    }
}

/// The index of the step to run next.
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

    /// What there is, without comments and layout: a step that adds a column writes it into the text in its own way.
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

    #[test]
    fn the_steps_make_schema_sql() {
        let mut migrated = Connection::open_in_memory().unwrap();
        migrate(&mut migrated, Path::new("test")).unwrap();
        let whole = Connection::open_in_memory().unwrap();
        let schema = include_str!("../../schema.sql");
        whole.execute_batch(schema).unwrap();
        assert_eq!(objects(&migrated), objects(&whole));
        let head = schema.lines().next().unwrap();
        assert!(head.contains(&format!("user_version {})", newest())), "schema.sql says: {head}");
    }

    #[test]
    fn an_older_database_keeps_what_it_holds() {
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
    fn a_newer_file_is_refused_and_left_alone() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, Path::new("test")).unwrap();
        conn.pragma_update(None, "user_version", 999).unwrap();
        let refused = migrate(&mut conn, Path::new("test")).unwrap_err();
        assert!(matches!(refused, Error::Newer { found: 999, known } if known == newest()));
    }

    #[test]
    fn another_programs_file_is_refused() {
        let conn = Connection::open_in_memory().unwrap();
        assert!(refuse_strangers(&conn, Path::new("test")).is_ok());
        conn.execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(matches!(refuse_strangers(&conn, Path::new("test")), Err(Error::NotOurs(_))));
    }
}
