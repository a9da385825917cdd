//! How a command ends.

use crate::accounts::archive::ArchiveError;
use crate::{accounts, store};
use std::io::Write;

/// Nothing, or one line that says why not.
pub type Outcome = Result<(), Failure>;

/// Why a command was refused or failed: one line for stderr, exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    pub fn new(why: impl std::fmt::Display) -> Self {
        // One line, whatever an error brings along.
        Self(why.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// For errors that don't say what they are about.
    pub fn about<E: Into<Self>>(what: impl std::fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self::new(format!("{what}: {}", error.into().0))
    }
}

impl From<accounts::Error> for Failure {
    fn from(error: accounts::Error) -> Self {
        match error {
            accounts::Error::Internal => Self::new("failed; the log says why"),
            other => Self::new(other),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::new(error)
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

/// Writes to stdout. A reader that has seen enough (`| head`) is no failure.
pub fn print(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}
