//! A rate limit.

use super::super::error::Failure;
use crate::http::rate_limit::Exceeded;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest period, in seconds.
const MAX_PERIOD: i64 = 24 * 60 * 60;
/// GitLab's name of the limit for requests to the API.
const NAME: &str = "throttle_authenticated_api";

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    limit: u64,
    /// A number and `s`, `m` or `h`.
    per: String,
}

/// The requests of the current period. Periods begin at multiples of their length, as GitLab's do.
#[derive(Clone, Debug, Default)]
pub struct Window {
    start: i64,
    observed: u64,
}

impl Rate {
    pub fn check(&self) -> Result<(), Failure> {
        match self.seconds() {
            Some(_) => Ok(()),
            None => Err(Failure::invalid("per must be a number and s, m or h, such as \"1m\", and 24h at most")),
        }
    }

    fn seconds(&self) -> Option<i64> {
        let (number, unit) = self.per.split_at_checked(self.per.len().checked_sub(1)?)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            _ => return None,
        };
        let seconds = number.parse::<u32>().ok().map(|number| i64::from(number) * unit)?;
        (1..=MAX_PERIOD).contains(&seconds).then_some(seconds)
    }
}

impl Window {
    /// Counts a request; none if it is within the limit.
    pub fn count(&mut self, rate: &Rate, now: Timestamp) -> Option<Exceeded> {
        let (now, period) = (now.as_second(), rate.seconds()?);
        let start = now - now.rem_euclid(period);
        if self.start != start {
            *self = Self { start, observed: 0 };
        }
        self.observed += 1;
        let (limit, observed) = (rate.limit, self.observed);
        (observed > limit).then_some(Exceeded { name: NAME, limit, observed, now, reset: start + period })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_at_a_multiple_of_its_length() {
        let (rate, mut window) = (Rate { limit: 2, per: "1m".into() }, Window::default());
        let mut count = |second| window.count(&rate, Timestamp::from_second(second).unwrap());
        assert!(count(30).is_none() && count(59).is_none());
        let exceeded = count(59).unwrap();
        assert_eq!((exceeded.observed, exceeded.reset), (3, 60));
        let headers = exceeded.headers();
        let text = |name: &str| headers.iter().find(|(known, _)| known == name).unwrap().1.to_str().unwrap().to_owned();
        assert_eq!((text("retry-after"), text("ratelimit-reset")), ("1".into(), "60".into()));
        assert_eq!(text("ratelimit-resettime"), "Thu, 01 Jan 1970 00:01:00 GMT");
        assert!(count(60).is_none());
    }

    #[test]
    fn a_period_is_a_number_and_a_unit() {
        for (per, seconds) in [("1s", Some(1)), ("5m", Some(300)), ("24h", Some(86_400))] {
            assert_eq!(Rate { limit: 1, per: per.into() }.seconds(), seconds);
        }
        for per in ["", "m", "0s", "25h", "1d", "-1m", "1", "é", "99999999999h"] {
            assert_eq!(Rate { limit: 1, per: per.into() }.seconds(), None, "{per}");
        }
    }
}
