//! The time of the rate limits.

use crate::domain;
use governor::clock::Clock;
use governor::nanos::Nanos;
use std::sync::{Arc, Mutex, PoisonError};

/// A day: every allowance refills within that time. The bound keeps the sum of all steps far from overflowing.
const LONGEST_STEP: i64 = 86_400_000_000;

/// The time that has passed by a clock that may be moved. Moved forward, allowances refill. Moved back, they stay as they
/// are: what was taken would otherwise lie in the future, and the client would wait for all of that time.
#[derive(Clone)]
pub(crate) struct PassedTime {
    clock: domain::Clock,
    seen: Arc<Mutex<Seen>>,
}

/// In microseconds.
struct Seen {
    /// By the clock.
    elapsed: i64,
    /// The sum of the steps forward.
    passed: i64,
}

impl PassedTime {
    pub(crate) fn new(clock: domain::Clock) -> Self {
        let seen = Seen { elapsed: clock.elapsed(), passed: 0 };
        Self { clock, seen: Arc::new(Mutex::new(seen)) }
    }
}

impl Clock for PassedTime {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = self.clock.elapsed();
        seen.passed += (elapsed - seen.elapsed).clamp(0, LONGEST_STEP);
        seen.elapsed = elapsed;
        Nanos::new((seen.passed as u64).saturating_mul(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClockHandle, ClockSetting};
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn only_steps_forward_are_time_that_has_passed() {
        let start = Timestamp::from_second(2_000_000_000).unwrap();
        let handle = ClockHandle::new(ClockSetting::frozen(start).unwrap());
        let passed = PassedTime::new(handle.clock());
        let second = SignedDuration::from_secs(1);
        for (by, expected) in [(second * 3, 3), (second * -86_400, 3), (second, 4), (second * 86_400, 86_404)] {
            handle.advance(by).unwrap();
            assert_eq!(passed.now().as_u64(), expected * 1_000_000_000, "{by:?}");
        }
        handle.set(ClockSetting::frozen(Timestamp::UNIX_EPOCH).unwrap());
        let before = passed.now().as_u64();
        handle.set(ClockSetting::frozen("9997-01-01T00:00:00Z".parse().unwrap()).unwrap());
        assert_eq!(passed.now().as_u64() - before, LONGEST_STEP as u64 * 1000);
    }
}
