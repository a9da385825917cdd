//! Backups of a database in use, and the check for damage.

use super::Store;
use super::error::Error;
use super::reporter::Reporter;
use crate::domain::{Fingerprint, KeyPolicy, Md5Fingerprint, SshKey};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How many pages are copied between two reports.
const PAGES: i32 = 1024;

impl Store {
    /// Copies the database to a new file with SQLite's online backup, while it is in use.
    ///
    /// The copy is written under another name, synced and then renamed, so that `to` is never incomplete.
    ///
    /// # Errors
    /// `File`, also if `to` exists: a backup never overwrites a file.
    pub fn backup(&self, to: &Path, reporter: &Reporter) -> Result<(), Error> {
        let failed = |e: std::io::Error| Error::file(to.to_owned(), e);
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if to.try_exists().map_err(failed)? {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        // If the process is killed, the name tells what the leftover file is.
        let mut builder = tempfile::Builder::new();
        let partial = builder.prefix("accountd-backup-").suffix(".partial").tempfile_in(folder).map_err(failed)?;
        self.copy(partial.path(), reporter)?;
        partial.as_file().sync_all().map_err(failed)?;
        partial.persist_noclobber(to).map_err(|e| failed(e.error))?;
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    pub(super) fn copy(&self, to: &Path, reporter: &Reporter) -> Result<(), Error> {
        let connections = self.current.get()?;
        let mut from = connections.reader()?;
        // One snapshot for the whole copy: otherwise every write in the meantime would restart it.
        let snapshot = from.transaction()?;
        snapshot.query_row("SELECT count(*) FROM loaded_seeds", [], |_| Ok(()))?;
        let mut target = Connection::open(to)?;
        copy_all_pages(&Backup::new(&snapshot, &mut target)?, reporter)?;
        // The copy must be a single file, without a log.
        target.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(())
    }
}

/// Copies all pages, and tries again while one of the databases is locked.
pub(super) fn copy_all_pages(pages: &Backup<'_, '_>, reporter: &Reporter) -> Result<(), Error> {
    while copy_pages(pages, reporter)? != StepResult::Done {
        std::thread::yield_now();
    }
    Ok(())
}

/// Copies pages until all are copied, or a database is locked.
pub(super) fn copy_pages(pages: &Backup<'_, '_>, reporter: &Reporter) -> Result<StepResult, Error> {
    loop {
        let result = pages.step(PAGES)?;
        let progress = pages.progress();
        let count = |pages: i32| usize::try_from(pages).unwrap_or_default();
        reporter.report(count(progress.pagecount - progress.remaining), count(progress.pagecount));
        if !matches!(result, StepResult::More) {
            return Ok(result);
        }
    }
}

/// Checks the whole database without changing it: SQLite's structures, foreign keys, and accountd's own rules.
///
/// # Errors
/// The file can't be opened or is not an accountd database. Damage inside it is a finding, not an error.
pub fn check(path: &Path, reporter: &Reporter) -> Result<Vec<String>, Error> {
    super::open::prepare(path, super::Create::Never)?;
    // Read-write, because SQLite skips CHECK constraints on a read-only connection; query_only prevents writes.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    super::migrate::require_ours(&conn, path)?;
    Ok(findings(&conn, reporter))
}

/// The damage in an open database of the current version, that of SQLite's structures first.
pub(super) fn findings(conn: &Connection, reporter: &Reporter) -> Vec<String> {
    let checks: [&dyn Fn() -> rusqlite::Result<Vec<String>>; 4] =
        [&|| violations(conn, INTEGRITY), &|| violations(conn, FOREIGN_KEYS), &|| violations(conn, RULES), &|| {
            fingerprints(conn)
        }];
    let mut findings = Vec::new();
    for (done, check) in checks.iter().enumerate() {
        reporter.report(done, checks.len());
        findings.extend(check().unwrap_or_else(|error| vec![error.to_string()]));
    }
    reporter.report(checks.len(), checks.len());
    findings
}

const INTEGRITY: &[&str] = &["SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"];
const FOREIGN_KEYS: &[&str] =
    &["SELECT \"table\" || coalesce(' ' || rowid, '') || ' refers to something that does not exist'
       FROM pragma_foreign_key_check"];
/// Queries whose every row is a violation, as a sentence.
const RULES: &[&str] = &[
    "SELECT 'user ' || u.id || ' has no primary address of its own' FROM users u
     LEFT JOIN emails e ON e.id = u.primary_email_id AND e.user_id = u.id WHERE e.id IS NULL",
    "SELECT 'user name ' || min(username) || ' exists ' || count(*) || ' times' FROM users
     GROUP BY lower(username) HAVING count(*) > 1",
    "SELECT 'address ' || min(address) || ' exists ' || count(*) || ' times' FROM emails
     GROUP BY lower(address) HAVING count(*) > 1",
    "SELECT 'there are ' || n || ' users with ids ' || (block << 9) || ' to ' || ((block << 9) + 511) || ', not ' || users
     FROM (SELECT block, users, (SELECT count(*) FROM users WHERE id BETWEEN block << 9 AND (block << 9) + 511) AS n
           FROM user_blocks)
     WHERE n <> users",
    "SELECT 'user ' || id || ' is missing in the counts of users' FROM users WHERE id >> 9 NOT IN (SELECT block FROM user_blocks)",
    "SELECT kind || ' ' || id || ' belongs to user ' || user_id || ', who does not exist'
     FROM (SELECT 'token' AS kind, id, user_id FROM tokens UNION ALL SELECT 'grant', id, user_id FROM authorizations)
     WHERE user_id NOT IN (SELECT id FROM users UNION ALL SELECT id FROM deleted_users)",
    "SELECT 'the next id in ' || name || ' would be ' || (coalesce(seq, 0) + 1)
            || ', but ids up to ' || used || ' were used'
     FROM (SELECT 'users' AS name, max(coalesce((SELECT max(id) FROM users), 0),
                                       coalesce((SELECT highest FROM deleted_ids WHERE kind = 'user'), 0)) AS used
           UNION ALL SELECT 'ssh_keys', max(coalesce((SELECT max(id) FROM ssh_keys), 0),
                                            coalesce((SELECT highest FROM deleted_ids WHERE kind = 'key'), 0))
           UNION ALL SELECT 'emails', (SELECT max(id) FROM emails))
     LEFT JOIN sqlite_sequence USING (name) WHERE used > coalesce(seq, 0)",
];

fn violations(conn: &Connection, queries: &[&str]) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for query in queries {
        let mut statement = conn.prepare(query)?;
        for row in statement.query_map([], |row| row.get(0))? {
            found.push(row?);
        }
    }
    Ok(found)
}

fn fingerprints(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut statement = conn.prepare("SELECT id, key, fingerprint, md5 FROM ssh_keys")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, line): (i64, String) = (row.get(0)?, row.get(1)?);
        let sha256 = Fingerprint::from_bytes(row.get(2)?);
        let md5 = Md5Fingerprint::from_bytes(row.get(3)?);
        // A key that is too short for today's policy is not damage.
        match SshKey::parse(&line, KeyPolicy { min_rsa_bits: 0 }) {
            Ok(key) if (key.fingerprint(), key.md5_fingerprint(), key.as_str()) == (sha256, md5, line.as_str()) => {}
            Ok(_) => found.push(format!("key {id} does not have the fingerprint that is stored with it")),
            Err(refusal) => found.push(format!("key {id} {refusal}")),
        }
    }
    Ok(found)
}
