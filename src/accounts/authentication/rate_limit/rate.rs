//! The value of `--login-rate`: `10/m`, or `off`.

use governor::Quota;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// How many wrong passwords one client may give for one login name. The other limits are multiples of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRate {
    Off,
    /// This many in this time, also in a burst.
    Every(NonZeroU32, Duration),
}

impl Default for LoginRate {
    /// Ten a minute.
    fn default() -> Self {
        Self::Every(NonZeroU32::MIN.saturating_add(9), Duration::from_secs(60))
    }
}

impl LoginRate {
    /// How many in a minute, rounded up; `None` if there is no limit.
    pub fn per_minute(self) -> Option<u64> {
        let Self::Every(count, time) = self else { return None };
        Some((u64::from(count.get()) * 60).div_ceil(time.as_secs().max(1)))
    }

    /// This rate multiplied; `None` if there is no limit.
    pub(super) fn times(self, factor: NonZeroU32) -> Option<Quota> {
        let Self::Every(count, time) = self else { return None };
        let count = count.saturating_mul(factor);
        Some(Quota::with_period(time / count.get())?.allow_burst(count))
    }
}

/// The text is neither `off` nor `N/s`, `N/m` or `N/h` with N from 1 to 10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be off, or a number of failures such as 10/m (1 to 10000, each s, m or h)")]
pub struct NotARate;

impl FromStr for LoginRate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let (count, unit) = text.split_once('/').ok_or(NotARate)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(NotARate),
        };
        let digits = count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|count: &NonZeroU32| digits && count.get() <= 10_000);
        Ok(Self::Every(count.ok_or(NotARate)?, Duration::from_secs(seconds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_number_and_a_unit_or_off() {
        assert_eq!("off".parse(), Ok(LoginRate::Off));
        assert_eq!("10/m".parse(), Ok(LoginRate::default()));
        for (text, burst, interval, per_minute) in
            [("1/h", 1, 3_600_000, 1), ("4/s", 4, 250, 240), ("10000/m", 10_000, 6, 10_000)]
        {
            let quota = text.parse::<LoginRate>().unwrap().times(NonZeroU32::MIN).unwrap();
            assert_eq!(text.parse::<LoginRate>().unwrap().per_minute(), Some(per_minute), "{text}");
            assert_eq!(
                (quota.burst_size().get(), quota.replenish_interval()),
                (burst, Duration::from_millis(interval))
            );
        }
        for bad in ["", "10", "/m", "0/m", "-1/m", "+1/m", "1.5/m", "10/d", "10/ms", "10 /m", "10001/m", "OFF", "none"]
        {
            assert_eq!(bad.parse::<LoginRate>(), Err(NotARate), "{bad}");
        }
    }
}
