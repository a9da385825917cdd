//! The cause of an internal error in a command.
//!
//! `accounts::Error::Internal` and `Busy` leave their cause to the log. A command has one line on stderr to explain itself,
//! so unless `--log` asks for a log, the cause is kept here and becomes that line.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use tracing::Level;
use tracing_subscriber::fmt::format::debug_fn;

static CAUSE: Mutex<String> = Mutex::new(String::new());

/// Keeps the `error` field of the last error event, instead of writing a log.
pub fn capture() {
    tracing_subscriber::fmt()
        .with_max_level(Level::ERROR)
        .without_time()
        .with_level(false)
        .with_target(false)
        .with_ansi(false)
        .fmt_fields(debug_fn(|writer, field, value| match field.name() {
            "error" => write!(writer, "{value:?}"),
            _ => Ok(()),
        }))
        .with_writer(|| Cause)
        .init();
}

/// The cause, if one was captured.
pub fn take() -> Option<String> {
    let cause = std::mem::take(&mut *CAUSE.lock().unwrap_or_else(PoisonError::into_inner));
    Some(cause).filter(|cause| !cause.is_empty())
}

struct Cause;

impl Write for Cause {
    /// Receives one formatted event.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event).trim().to_owned();
        if !text.is_empty() {
            *CAUSE.lock().unwrap_or_else(PoisonError::into_inner) = text;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
