//! The model of a clock.

use jiff::{SignedDuration, Timestamp};

/// How far a running clock may be from the expected time: requests and comparisons take their time.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Ahead of the real time by this much; the clock is real if that is zero.
    Running(SignedDuration),
    Frozen(Timestamp),
}

impl Clock {
    pub const REAL: Clock = Clock::Running(SignedDuration::ZERO);

    pub fn mode(self) -> &'static str {
        match self {
            Clock::REAL => "real",
            Clock::Running(_) => "shifted",
            Clock::Frozen(_) => "frozen",
        }
    }

    pub fn advance(self, by: SignedDuration) -> Clock {
        match self {
            Clock::Running(ahead) => Clock::Running(ahead + by),
            Clock::Frozen(at) => Clock::Frozen(at + by),
        }
    }

    /// Whether the clock can show this time now.
    pub fn allows(self, now: Timestamp) -> bool {
        match self {
            Clock::Running(ahead) => now.duration_since(Timestamp::now() + ahead).abs() < TOLERANCE,
            Clock::Frozen(at) => now == at,
        }
    }
}
