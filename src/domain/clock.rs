//! The clock of a database. That of a file is the machine's; that of a database in memory can be shifted and frozen.

use super::Problem;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// Tells the time at the database's precision, whole microseconds. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(
    /// A [`ClockSetting`]; `None` for the machine's clock, which cannot be moved.
    Option<Arc<AtomicI64>>,
);

/// Moves a clock. The clock of a file has none.
#[derive(Clone, Debug)]
pub struct ClockHandle(Arc<AtomicI64>);

/// How a clock relates to the machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum ClockMode {
    Real,
    Shifted,
    Frozen,
}

/// What a clock shows, in one number, so that it is always read whole. An even number is twice the microseconds that are
/// added to the machine's time, an odd one is one more than twice the microseconds since 1970 at which the clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSetting(i64);

/// The remainder of a [`ClockSetting`] that stands.
const FROZEN: i64 = 1;
const SCALE: i64 = 2;

/// The times that a clock can be set to. Later ones would leave no room for lifetimes: times are stored up to the year 9999.
const FIRST: Timestamp = Timestamp::UNIX_EPOCH;
const LAST: Timestamp = Timestamp::constant(253_339_228_800, 0);

impl ClockSetting {
    pub const REAL: Self = Self(0);

    /// A clock that stands at this time.
    ///
    /// # Errors
    /// `Malformed` for a time before 1970 or after the year 9997.
    pub fn frozen(at: Timestamp) -> Result<Self, Problem> {
        Ok(Self(within_range(at)? * SCALE + FROZEN))
    }

    /// A clock that shows this time now, and runs.
    ///
    /// # Errors
    /// As [`ClockSetting::frozen`].
    pub fn shifted(now: Timestamp) -> Result<Self, Problem> {
        Ok(Self((within_range(now)? - machine_time()) * SCALE))
    }

    pub fn mode(self) -> ClockMode {
        match (self.0, self.0 % SCALE) {
            (0, _) => ClockMode::Real,
            (_, FROZEN) => ClockMode::Frozen,
            _ => ClockMode::Shifted,
        }
    }

    pub fn now(self) -> Timestamp {
        let micros = match self.mode() {
            ClockMode::Real | ClockMode::Shifted => machine_time() + self.0 / SCALE,
            ClockMode::Frozen => self.0 / SCALE,
        };
        Timestamp::from_microsecond(micros).unwrap_or(LAST)
    }
}

impl Clock {
    /// The machine's clock, for what is not in a stand-in: files, logs, and other programs.
    pub const MACHINE: Self = Self(None);

    pub fn now(&self) -> Timestamp {
        self.setting().now()
    }

    pub fn setting(&self) -> ClockSetting {
        self.0.as_ref().map_or(ClockSetting::REAL, |setting| ClockSetting(setting.load(Ordering::Relaxed)))
    }

    /// `None` for the machine's clock.
    pub fn handle(&self) -> Option<ClockHandle> {
        self.0.clone().map(ClockHandle)
    }

    /// Microseconds since a fixed moment. While the clock is real it never goes back, even when the machine's clock is set.
    pub fn elapsed(&self) -> i64 {
        static START: LazyLock<(Instant, i64)> = LazyLock::new(|| (Instant::now(), machine_time()));
        let ((start, at_start), setting) = (*START, self.setting());
        match setting.mode() {
            ClockMode::Real | ClockMode::Shifted => start.elapsed().as_micros() as i64 + setting.0 / SCALE,
            ClockMode::Frozen => setting.0 / SCALE - at_start,
        }
    }
}

impl ClockHandle {
    pub fn new(setting: ClockSetting) -> Self {
        Self(Arc::new(setting.0.into()))
    }

    pub fn clock(&self) -> Clock {
        Clock(Some(Arc::clone(&self.0)))
    }

    pub fn set(&self, setting: ClockSetting) {
        self.0.store(setting.0, Ordering::Relaxed);
    }

    /// Moves the clock by so much, whether it runs or stands.
    ///
    /// # Errors
    /// `Malformed` if that leads out of range; the clock stays where it was.
    pub fn advance(&self, by: SignedDuration) -> Result<(), Problem> {
        let moved = |setting| {
            let now = ClockSetting(setting).now();
            let then = now.checked_add(by).map_err(|_| OUT_OF_RANGE).and_then(within_range).ok()?;
            Some(setting + (then - now.as_microsecond()) * SCALE)
        };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved).map(drop).map_err(|_| OUT_OF_RANGE)
    }
}

const OUT_OF_RANGE: Problem = Problem::Malformed("must be between 1970 and 9997");

/// The microseconds since 1970.
fn within_range(time: Timestamp) -> Result<i64, Problem> {
    if (FIRST..LAST).contains(&time) { Ok(time.as_microsecond()) } else { Err(OUT_OF_RANGE) }
}

fn machine_time() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const HOUR_MICROS: i64 = 3_600_000_000;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn frozen(text: &str) -> (ClockHandle, Clock) {
        let handle = ClockHandle::new(ClockSetting::frozen(time(text)).unwrap());
        (handle.clone(), handle.clock())
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let (handle, clock) = frozen("2030-01-01T00:00:00.000001Z");
        let elapsed = clock.elapsed();
        assert_eq!((clock.now(), clock.setting().mode()), (time("2030-01-01T00:00:00.000001Z"), ClockMode::Frozen));
        handle.advance(HOUR).unwrap();
        assert_eq!((clock.now(), clock.setting().mode()), (time("2030-01-01T01:00:00.000001Z"), ClockMode::Frozen));
        assert_eq!(clock.elapsed() - elapsed, HOUR_MICROS);
        handle.advance(-HOUR * 2).unwrap();
        assert_eq!(clock.now(), time("2029-12-31T23:00:00.000001Z"));
        assert_eq!(clock.elapsed() - elapsed, -HOUR_MICROS);
    }

    #[test]
    fn a_shifted_clock_runs() {
        let handle = ClockHandle::new(ClockSetting::REAL);
        let clock = handle.clock();
        assert_eq!(clock.setting().mode(), ClockMode::Real);
        let (before, elapsed) = (clock.now(), clock.elapsed());
        handle.advance(HOUR).unwrap();
        assert_eq!(clock.setting().mode(), ClockMode::Shifted);
        assert!(clock.now() >= before + HOUR && clock.elapsed() >= elapsed + HOUR_MICROS);
        handle.set(ClockSetting::shifted(time("1999-01-01T00:00:00Z")).unwrap());
        assert_eq!(clock.setting().mode(), ClockMode::Shifted);
        let (first, minute) = (time("1999-01-01T00:00:00Z"), SignedDuration::from_mins(1));
        assert!(first <= clock.now() && clock.now() < first + minute);
        handle.set(ClockSetting::REAL);
        assert!(clock.now() >= before && clock.setting().mode() == ClockMode::Real);
    }

    #[test]
    fn a_clock_stays_within_the_times_that_can_be_stored() {
        let (handle, clock) = frozen("2030-01-01T00:00:00Z");
        for by in
            [SignedDuration::MAX, SignedDuration::MIN, SignedDuration::from_hours(24 * 366 * 8000), -HOUR * 1_000_000]
        {
            assert_eq!(handle.advance(by), Err(OUT_OF_RANGE), "{by:?}");
        }
        assert_eq!(clock.now(), time("2030-01-01T00:00:00Z"));
        for bad in ["1969-12-31T23:59:59.999999Z", "9998-01-01T00:00:00Z"] {
            assert_eq!(ClockSetting::frozen(time(bad)), Err(OUT_OF_RANGE), "{bad}");
            assert_eq!(ClockSetting::shifted(time(bad)), Err(OUT_OF_RANGE), "{bad}");
        }
        for good in ["1970-01-01T00:00:00Z", "9997-12-31T23:59:59.999999Z"] {
            assert_eq!(frozen(good).1.now(), time(good));
            ClockSetting::shifted(time(good)).unwrap();
        }
    }

    #[test]
    fn the_clock_of_the_machine_has_no_handle() {
        assert!(Clock::MACHINE.handle().is_none());
        assert_eq!(Clock::MACHINE.setting(), ClockSetting::REAL);
    }
}
