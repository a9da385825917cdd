//! Errors of the store.

use crate::domain::Field;
use rusqlite::ffi::{self, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Cheap to clone, because every write in a failed commit gets the error.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The queue of writes is full, or another process held the lock for longer than the busy timeout.
    #[error("the database is busy")]
    Busy,
    /// A list or a search was ended because it took too long.
    #[error("a list or search took too long")]
    TimedOut,
    /// A unique value exists already.
    #[error("{0} has already been taken")]
    Taken(Field),
    /// The user that a row should belong to does not exist, or no longer exists.
    #[error("the user does not exist")]
    Gone,
    /// An explicit id that is not higher than every deleted one.
    #[error("the id may have been used before: it must be higher than every deleted one")]
    RetiredId,
    /// There is no file, and the caller did not ask to create one.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    #[error("{} is not an accountd database", .0.display())]
    NotOurs(PathBuf),
    /// There is a database where a backup would be restored.
    #[error("there is a database at {} already", .0.display())]
    Exists(PathBuf),
    /// A database cannot be restored from itself.
    #[error("{} is the database itself", .0.display())]
    Itself(PathBuf),
    /// A backup that is not restored, with the first finding.
    #[error("{} is damaged: {finding}", path.display())]
    Damaged { path: PathBuf, finding: String },
    #[error(
        "the database has schema version {found}, this accountd knows up to {known}: use the accountd that wrote it, or a newer one"
    )]
    Newer { found: i64, known: i64 },
    #[error(
        "the database has schema version {found} and this accountd needs {known}: any command that writes migrates it"
    )]
    Older { found: i64, known: i64 },
    /// The disk has no space left.
    #[error("the disk is full")]
    Full,
    /// The database file, its WAL or the WAL's index is no longer the opened one, so that a write would be lost, or would
    /// destroy another process's.
    #[error("{} was {how} while in use", path.display())]
    DatabaseReplaced { path: PathBuf, how: &'static str },
    /// The process may not write to the file or its folder, or the file system is mounted read-only.
    #[error("{}: {error}: run this as a user who may write to the file and to its folder", path.display())]
    Unwritable { path: PathBuf, error: &'static str },
    /// Another write in the same transaction made SQLite roll all of it back.
    #[error("the database rolled the write back")]
    RolledBack,
    #[error("a write panicked")]
    Panicked,
    #[error("the writer has stopped")]
    Stopped,
    #[error("{}", sqlite(.0))]
    Sqlite(Arc<rusqlite::Error>),
    #[error("database pool: {0}")]
    Pool(Arc<r2d2::Error>),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: Arc<std::io::Error> },
}

impl Error {
    /// The error of a `COMMIT`, which every write of the group gets. A violated deferred foreign key says nothing about
    /// the other writes, so they may be tried again.
    pub(super) fn of_commit(error: rusqlite::Error) -> Self {
        match Self::from(error) {
            Self::Gone => {
                tracing::error!("a commit violates a foreign key, so the whole group was rolled back");
                Self::RolledBack
            }
            other => other,
        }
    }

    pub(super) fn file(path: impl Into<PathBuf>, error: std::io::Error) -> Self {
        Self::File { path: path.into(), error: Arc::new(error) }
    }

    /// Adds the path to an error of opening a file, which SQLite leaves out.
    pub(super) fn opening(self, path: &Path) -> Self {
        let Self::Sqlite(error) = &self else { return self };
        let error = match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly) => "attempt to write a readonly database",
            Some(ErrorCode::CannotOpen) if path.is_dir() => return Self::NotOurs(path.to_owned()),
            Some(ErrorCode::CannotOpen) => "cannot be opened",
            _ => return self,
        };
        Self::Unwritable { path: path.to_owned(), error }
    }

    /// Whether there may have been no space for a write. SQLite reports a full quota and a limit on the size of files as
    /// I/O errors, and rolls back the other writes of the group.
    pub(super) fn is_lack_of_space(&self) -> bool {
        match self {
            Self::Full | Self::RolledBack => true,
            Self::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure),
            _ => false,
        }
    }

    /// SQLite's message, if it found the file to be damaged.
    pub(super) fn damage(&self) -> Option<String> {
        match self {
            Self::Sqlite(error) if is_damage(error) => Some(error.to_string()),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(code, message) = &error {
            let message = message.as_deref().unwrap_or_default();
            match (code.code, code.extended_code) {
                (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => return Self::Busy,
                (ErrorCode::OperationInterrupted, _) => return Self::TimedOut,
                (ErrorCode::DiskFull, _) => return Self::Full,
                (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => return Self::Gone,
                (_, ffi::SQLITE_CONSTRAINT_TRIGGER) if message.contains("used before") => {
                    return Self::RetiredId;
                }
                (_, ffi::SQLITE_CONSTRAINT_TRIGGER) if message.contains("user does not exist") => return Self::Gone,
                (ErrorCode::ConstraintViolation, _) => {
                    if let Some(field) = unique_field(message) {
                        return Self::Taken(field);
                    }
                }
                _ => {}
            }
        }
        Self::Sqlite(Arc::new(error))
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
}

/// SQLite's message, with the remedy for damage: neither a retry nor a restart helps there.
fn sqlite(error: &rusqlite::Error) -> String {
    if is_damage(error) {
        format!("the database is damaged ({error}): `accountd restore --force BACKUP` replaces it with a backup")
    } else {
        format!("database: {error}")
    }
}

/// The field in SQLite's message, such as `UNIQUE constraint failed: users.username`.
fn unique_field(message: &str) -> Option<Field> {
    let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
    Some(match columns {
        "users.username" => Field::Username,
        "emails.address" => Field::Email,
        "ssh_keys.fingerprint" => Field::Fingerprint,
        "tokens.hash" => Field::Token,
        "applications.client_id" => Field::ClientId,
        "users.id" | "ssh_keys.id" => Field::Id,
        _ if columns.starts_with("identities.") => Field::ExternUid,
        _ if columns.starts_with("application_redirect_uris.") => Field::RedirectUri,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::write_connection::WriteConnection;
    use crate::store::writer::{self, Writer};
    use rusqlite::Connection;

    #[tokio::test]
    async fn a_deferred_foreign_key_does_not_tell_the_whole_group_that_a_user_is_gone() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "PRAGMA foreign_keys = ON; CREATE TABLE t (x INTEGER PRIMARY KEY,
               y INTEGER NOT NULL REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
        let writer = Writer::start(
            WriteConnection::new(conn, None).unwrap(),
            None,
            writer::Shared::new(crate::domain::Clock::MACHINE),
        )
        .unwrap();
        let insert = |x: i64, y: i64| writer.run(move |tx| tx.run("INSERT INTO t VALUES (?1, ?2)", [x, y]));
        // The two may share a commit.
        let (bad, good) = tokio::join!(insert(1, 99), insert(2, 2));
        assert!(matches!(bad, Err(Error::RolledBack)), "{bad:?}");
        assert!(matches!(good, Ok(()) | Err(Error::RolledBack)), "{good:?}");
        insert(3, 3).await.unwrap();
    }
}
