//! What a fault does to the connection instead of, or while, sending an answer.

use super::super::error::Failure;
use crate::http::Cut;
use serde::{Deserialize, Serialize};

/// The longest time for one byte.
const MAX_DRIBBLE_MS: u64 = 60_000;

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// It is reset without an answer.
    Reset,
    /// No answer comes until the client leaves.
    Hang,
    /// It is closed without an answer.
    Empty,
    /// It is closed after this many bytes of the body.
    Truncate(usize),
    /// The body comes byte by byte, each after this many milliseconds.
    DribbleMs(u64),
}

impl Connection {
    pub fn check(self) -> Result<(), Failure> {
        match self {
            Self::DribbleMs(1..=MAX_DRIBBLE_MS) | Self::Reset | Self::Hang | Self::Empty | Self::Truncate(_) => Ok(()),
            Self::DribbleMs(_) => Err(Failure::invalid(format!("dribble_ms must be 1 to {MAX_DRIBBLE_MS}"))),
        }
    }

    /// How the connection ends if no answer is sent.
    pub fn cut(self) -> Option<Cut> {
        match self {
            Self::Reset => Some(Cut::Reset),
            Self::Hang | Self::Empty => Some(Cut::Close),
            Self::Truncate(_) | Self::DribbleMs(_) => None,
        }
    }
}
