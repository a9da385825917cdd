//! Parses expiry times: a date, a time, or a span from now.

use crate::domain::{Clock, Problem, timestamp};
use jiff::Timestamp;

/// `2030-01-01`, `2030-01-01T12:00:00Z`, or a span such as `90d` or `12h`.
pub fn expiry(text: &str) -> Result<Timestamp, String> {
    let now = Clock::MACHINE.now();
    match timestamp::span(text) {
        Some(span) if span.is_positive() => {
            let time = now.checked_add(span).map_err(|error| error.to_string())?;
            timestamp::to_db_precision(time).map_err(|problem| problem.to_string())
        }
        Some(_) => Err("must be in the future".into()),
        None => timestamp::future(text, now).map_err(|problem| match problem {
            Problem::Malformed(text) if text.contains("date") => format!("{text}, or a span such as 90d"),
            other => other.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_spans_are_accepted_if_they_are_in_the_future() {
        for good in ["90d", "12h", "1d 12h", "2999-01-01", "2999-01-01T00:00:00Z"] {
            assert!(expiry(good).unwrap() > Clock::MACHINE.now(), "{good}");
        }
        for bad in ["", "0s", "-1d", "2000-01-01", "soon", "1"] {
            assert!(expiry(bad).is_err(), "{bad}");
        }
    }
}
