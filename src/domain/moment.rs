//! Moments at which something ends, as people and programs write them.

use super::Problem;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A time with zone (`2030-01-01T12:00:00Z`), or a date (`2030-01-01`: its first moment in UTC).
///
/// # Errors
/// `Malformed`, also for what lies before `now`.
pub fn future(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    // A date alone: the parser of dates lets a time after it pass.
    let date = || {
        let date = text.parse::<Date>().ok().filter(|_| text.len() == "2030-01-01".len())?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let moment = text.parse::<Timestamp>().ok().or_else(date);
    let moment = moment.ok_or(Problem::Malformed("must be a date such as 2030-01-01, or a time with its zone"))?;
    // The database keeps microseconds.
    let moment = Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment);
    if moment > now { Ok(moment) } else { Err(Problem::Malformed("must be in the future")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_that_lie_ahead() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("2030-01-01", "2030-01-01T00:00:00Z"),
            ("2030-01-01T12:00:00Z", "2030-01-01T12:00:00Z"),
            ("2030-01-01T12:00:00.5+02:00", "2030-01-01T10:00:00.5Z"),
        ] {
            assert_eq!(future(text, now).unwrap(), moment.parse().unwrap());
        }
        for bad in ["", "soon", "2030-13-01", "2026-01-01", "1999-01-01T00:00:00Z", "2030-01-01T12:00:00"] {
            assert!(future(bad, now).is_err(), "{bad}");
        }
    }
}
