//! A consistent copy of a database in use, and looking for damage.

use super::Store;
use super::error::Error;
use crate::domain::{Fingerprint, KeyPolicy, Md5Fingerprint, SshKey};
use rusqlite::{Connection, OpenFlags, backup::Backup};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

impl Store {
    /// Copies the database to a new file with SQLite's online backup, while others read and write.
    ///
    /// The file appears whole or not at all: it is written under another name, synced and then renamed.
    ///
    /// # Errors
    /// `File` if there is a file at `to` already: a backup never overwrites one.
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        let failed = |e: std::io::Error| Error::file(to.to_owned(), e);
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if to.try_exists().map_err(failed)? {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        // A kill leaves it impersonator: its name says what it is.
        let mut named = tempfile::Builder::new();
        let partial = named.prefix("accountd-backup-").suffix(".partial").tempfile_in(folder).map_err(failed)?;
        self.copy(partial.path())?;
        partial.as_file().sync_all().map_err(failed)?;
        partial.persist_noclobber(to).map_err(|e| failed(e.error))?;
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    fn copy(&self, to: &Path) -> Result<(), Error> {
        let mut from = self.readers.get().map_err(|e| Error::Pool(Arc::new(e)))?;
        // One snapshot for the whole copy: without it, each write meanwhile would start the copy anew.
        let snapshot = from.transaction()?;
        snapshot.query_row("SELECT count(*) FROM loaded_seeds", [], |_| Ok(()))?;
        let mut target = Connection::open(to)?;
        Backup::new(&snapshot, &mut target)?.run_to_completion(1024, Duration::ZERO, None)?;
        // The copy is one file, for whoever opens it next.
        target.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(())
    }
}

/// Something that should not be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding(pub String);

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Looks the whole database over: SQLite's own structures, foreign keys, and our rules. Nothing is changed.
///
/// # Errors
/// The file can't be opened or is not a database of ours; damage inside it is a finding.
pub fn check(path: &Path) -> Result<Vec<Finding>, Error> {
    super::open::prepare(path, super::Create::Never)?;
    // Not read-only, for SQLite does not look at CHECK constraints then; query_only keeps it from writing all the same.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    super::migrate::refuse_strangers(&conn, path)?;
    Ok(findings(&conn))
}

/// What is wrong with an open database of the current version, SQLite's own structures first.
pub(super) fn findings(conn: &Connection) -> Vec<Finding> {
    let mut findings = Vec::new();
    for look in [integrity, foreign_keys, rules, fingerprints] {
        match look(conn) {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding(error.to_string())),
        }
    }
    findings
}

fn integrity(conn: &Connection) -> rusqlite::Result<Vec<Finding>> {
    let mut found = Vec::new();
    conn.pragma_query(None, "integrity_check", |row| {
        found.push(row.get::<_, String>(0)?);
        Ok(())
    })?;
    found.retain(|line| line != "ok");
    Ok(found.into_iter().map(Finding).collect())
}

fn foreign_keys(conn: &Connection) -> rusqlite::Result<Vec<Finding>> {
    let mut found = Vec::new();
    conn.pragma_query(None, "foreign_key_check", |row| {
        let (table, row_id): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
        let row_id = row_id.map_or_else(String::new, |id| format!(" {id}"));
        found.push(Finding(format!("{table}{row_id} refers to something that does not exist")));
        Ok(())
    })?;
    Ok(found)
}

/// Each row is one breach, in words.
const RULES: &[&str] = &[
    "SELECT 'user ' || u.id || ' has no primary address of its own' FROM users u
     LEFT JOIN emails e ON e.id = u.primary_email_id AND e.user_id = u.id WHERE e.id IS NULL",
    "SELECT 'user name ' || min(username) || ' is there ' || count(*) || ' times' FROM users
     GROUP BY lower(username) HAVING count(*) > 1",
    "SELECT 'address ' || min(address) || ' is there ' || count(*) || ' times' FROM emails
     GROUP BY lower(address) HAVING count(*) > 1",
    "SELECT 'users ' || (block << 9) || ' to ' || ((block << 9) + 511) || ' are ' || n || ' and not ' || users FROM (
       SELECT block, users, (SELECT count(*) FROM users WHERE id BETWEEN block << 9 AND (block << 9) + 511) AS n
       FROM user_blocks)
     WHERE n <> users",
    "SELECT 'user ' || id || ' is not counted' FROM users WHERE id >> 9 NOT IN (SELECT block FROM user_blocks)",
    "SELECT 'the next id in ' || name || ' would be ' || (coalesce(seq, 0) + 1) || ', but ids up to ' || used || ' were used'
     FROM (SELECT 'users' AS name, max(coalesce((SELECT max(id) FROM users), 0),
                                       coalesce((SELECT highest FROM deleted_ids WHERE kind = 'user'), 0)) AS used
           UNION ALL SELECT 'ssh_keys', max(coalesce((SELECT max(id) FROM ssh_keys), 0),
                                            coalesce((SELECT highest FROM deleted_ids WHERE kind = 'key'), 0))
           UNION ALL SELECT 'emails', (SELECT max(id) FROM emails))
     LEFT JOIN sqlite_sequence USING (name) WHERE used > coalesce(seq, 0)",
];

fn rules(conn: &Connection) -> rusqlite::Result<Vec<Finding>> {
    let mut found = Vec::new();
    for rule in RULES {
        let mut statement = conn.prepare(rule)?;
        let rows = statement.query_map([], |row| row.get(0).map(Finding))?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}

fn fingerprints(conn: &Connection) -> rusqlite::Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut statement = conn.prepare("SELECT id, key, fingerprint, md5 FROM ssh_keys")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, line): (i64, String) = (row.get(0)?, row.get(1)?);
        let sha256 = Fingerprint::from_bytes(row.get(2)?);
        let md5 = Md5Fingerprint::from_bytes(row.get(3)?);
        // Whether a key is still long enough is a matter of policy, not of damage.
        match SshKey::parse(&line, KeyPolicy { min_rsa_bits: 0 }) {
            Ok(key) if (key.fingerprint(), key.md5_fingerprint(), key.as_str()) == (sha256, md5, line.as_str()) => {}
            Ok(_) => found.push(Finding(format!("key {id} does not have the fingerprint that is stored with it"))),
            Err(refusal) => found.push(Finding(format!("key {id} {refusal}"))),
        }
    }
    Ok(found)
}
