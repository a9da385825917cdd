//! How a command ends: with output on stdout, or with one line on stderr.

use super::cause;
use crate::accounts::archive::ArchiveError;
use crate::{accounts, app, store};
use std::io::{ErrorKind, Write};
use std::path::Path;

pub type Outcome = Result<(), Failure>;

/// Why a command failed: one line for stderr, with exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    text: String,
    /// The database failed, and its file has not been named yet.
    in_database: bool,
}

impl Failure {
    pub fn new(text: impl std::fmt::Display) -> Self {
        Self { text: one_line(text), in_database: false }
    }

    fn of_database(text: impl std::fmt::Display) -> Self {
        Self { in_database: true, ..Self::new(text) }
    }

    /// Says first what the error is about.
    pub fn about<E: Into<Self>>(subject: impl std::fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| {
            let Self { text, in_database } = error.into();
            Self { in_database, ..Self::new(format!("{subject}: {text}")) }
        }
    }

    /// Names the database file if the failure is the database's and does not name it.
    pub fn in_database(self, path: &Path) -> Self {
        let path = path.display().to_string();
        if self.in_database && !self.text.contains(&path) { Self::new(format!("{path}: {self}")) } else { self }
    }
}

/// Error texts and file names may contain line breaks.
fn one_line(text: impl std::fmt::Display) -> String {
    text.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<accounts::Error> for Failure {
    fn from(error: accounts::Error) -> Self {
        match error {
            accounts::Error::Internal => {
                Self::of_database(cause::take().unwrap_or_else(|| "failed; the log has the cause".into()))
            }
            accounts::Error::Busy => Self::of_database(cause::take().unwrap_or_else(|| error.to_string())),
            other => Self::new(other),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match &error {
            store::Error::Missing(path) if path.exists() => Self::new(format!(
                "{} is empty: `accountd user add` and `accountd restore BACKUP` make it a database",
                path.display()
            )),
            store::Error::Missing(_) => {
                Self::new(format!("{error}: `accountd serve` and `accountd user add` create one"))
            }
            store::Error::NotOurs(_) => {
                Self::new(format!("{error}: if it is a damaged one, move it away and run `accountd restore BACKUP`"))
            }
            _ => Self::of_database(error),
        }
    }
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::Accounts(error) => error.into(),
            app::Error::Store(error) => error.into(),
            app::Error::Seed { .. } | app::Error::Listen { .. } | app::Error::Option(_) | app::Error::Tls(_) => {
                Self::new(error)
            }
        }
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Accounts(error) => error.into(),
            other => Self::new(other),
        }
    }
}

/// Writes to stdout. A reader that has closed the pipe (`| head`) has all it wants.
pub fn print(text: &str) -> Outcome {
    print_more(text).map(drop)
}

/// Writes to stdout, and returns whether the reader wants more.
pub fn print_more(text: &str) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(format!("stdout: {error}"))),
    }
}

/// Writes one line to stderr.
pub fn notice(text: impl std::fmt::Display) {
    eprintln!("{}", one_line(text));
}
