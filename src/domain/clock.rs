//! The clock that accounts live by. Only a stand-in moves it; connection timeouts always use the real one.

use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// Not frozen.
const RUNNING: i64 = i64::MIN;

/// Real, shifted or frozen time at the database's precision, whole microseconds. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<State>);

#[derive(Debug)]
struct State {
    /// Microseconds that are added to the real time.
    shift: AtomicI64,
    /// Microseconds since 1970, or [`RUNNING`].
    frozen: AtomicI64,
}

/// How a clock relates to the real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum ClockMode {
    Real,
    Shifted,
    Frozen,
}

/// A setting of a clock, to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSetting {
    shift: i64,
    frozen: i64,
}

impl ClockSetting {
    pub const REAL: Self = Self { shift: 0, frozen: RUNNING };

    /// A clock that stands at this time.
    pub fn frozen(at: Timestamp) -> Self {
        Self { shift: 0, frozen: at.as_microsecond() }
    }

    /// A clock that shows this time now, and goes on.
    pub fn shifted(now: Timestamp) -> Self {
        Self { shift: now.as_microsecond() - real(), frozen: RUNNING }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(ClockSetting::REAL)
    }
}

impl Clock {
    pub fn new(setting: ClockSetting) -> Self {
        let ClockSetting { shift, frozen } = setting;
        Self(Arc::new(State { shift: shift.into(), frozen: frozen.into() }))
    }

    pub fn now(&self) -> Timestamp {
        let micros = match self.0.frozen.load(Ordering::Relaxed) {
            RUNNING => real() + self.0.shift.load(Ordering::Relaxed),
            frozen => frozen,
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    pub fn mode(&self) -> ClockMode {
        match (self.0.frozen.load(Ordering::Relaxed), self.0.shift.load(Ordering::Relaxed)) {
            (RUNNING, 0) => ClockMode::Real,
            (RUNNING, _) => ClockMode::Shifted,
            _ => ClockMode::Frozen,
        }
    }

    /// The shift first, so that a clock that starts to run again does not show another time in between.
    pub fn set(&self, setting: ClockSetting) {
        self.0.shift.store(setting.shift, Ordering::Relaxed);
        self.0.frozen.store(setting.frozen, Ordering::Relaxed);
    }

    /// Moves the clock, whether it runs or stands. `None` if there is no such time.
    pub fn advance(&self, by: SignedDuration) -> Option<Timestamp> {
        let then = self.now().checked_add(by).ok()?;
        // The database stores years of four digits.
        let within = Timestamp::UNIX_EPOCH <= then && then <= "9999-12-30T00:00:00Z".parse().ok()?;
        let by = i64::try_from(by.as_micros()).ok().filter(|_| within)?;
        match self.mode() {
            ClockMode::Frozen => self.0.frozen.fetch_add(by, Ordering::Relaxed),
            ClockMode::Real | ClockMode::Shifted => self.0.shift.fetch_add(by, Ordering::Relaxed),
        };
        Some(then)
    }

    /// The time since a fixed moment in the past, for rate limits. While the clock is real it never goes back, even when
    /// the machine's clock is set.
    pub fn elapsed(&self) -> Duration {
        static START: LazyLock<(Instant, i64)> = LazyLock::new(|| (Instant::now(), real()));
        const YEAR: i64 = 365 * 86_400_000_000;
        let (start, at_start) = *START;
        let since = match self.0.frozen.load(Ordering::Relaxed) {
            RUNNING => start.elapsed().as_micros() as i64 + self.0.shift.load(Ordering::Relaxed),
            frozen => frozen - at_start,
        };
        Duration::from_micros((100 * YEAR + since).clamp(0, 300 * YEAR) as u64)
    }
}

fn real() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let clock = Clock::new(ClockSetting::frozen(time("2030-01-01T00:00:00Z")));
        let elapsed = clock.elapsed();
        assert_eq!((clock.now(), clock.mode()), (time("2030-01-01T00:00:00Z"), ClockMode::Frozen));
        assert_eq!(clock.advance(HOUR), Some(time("2030-01-01T01:00:00Z")));
        assert_eq!((clock.now(), clock.mode()), (time("2030-01-01T01:00:00Z"), ClockMode::Frozen));
        assert_eq!(clock.elapsed() - elapsed, Duration::from_secs(3600));
    }

    #[test]
    fn a_shifted_clock_goes_on() {
        let clock = Clock::default();
        assert_eq!(clock.mode(), ClockMode::Real);
        let (before, elapsed) = (clock.now(), clock.elapsed());
        clock.advance(HOUR).unwrap();
        assert_eq!(clock.mode(), ClockMode::Shifted);
        assert!(clock.now() >= before + HOUR && clock.elapsed() >= elapsed + Duration::from_secs(3600));
        clock.set(ClockSetting::shifted(time("1999-01-01T00:00:00Z")));
        assert!(clock.now() < time("1999-01-01T00:01:00Z"));
        clock.set(ClockSetting::REAL);
        assert!(clock.now() >= before && clock.mode() == ClockMode::Real);
    }

    #[test]
    fn a_clock_stays_within_the_times_that_can_be_stored() {
        let clock = Clock::new(ClockSetting::frozen(time("2030-01-01T00:00:00Z")));
        for by in
            [SignedDuration::MAX, SignedDuration::MIN, SignedDuration::from_hours(24 * 366 * 8000), -HOUR * 1_000_000]
        {
            assert_eq!(clock.advance(by), None, "{by:?}");
        }
        assert_eq!(clock.now(), time("2030-01-01T00:00:00Z"));
    }
}
