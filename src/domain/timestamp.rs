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
    let moment = to_db_precision(moment)?;
    if moment > now { Ok(moment) } else { Err(Problem::Malformed("must be in the future")) }
}

/// A moment as the database keeps it: in whole microseconds.
///
/// # Errors
/// `Malformed` for one that could be written there and not be read again: the last second that jiff knows has no
/// microseconds.
pub fn to_db_precision(moment: Timestamp) -> Result<Timestamp, Problem> {
    Timestamp::from_microsecond(moment.as_microsecond()).map_err(|_| Problem::Malformed("is too far away"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_can_be_read_again() {
        for text in ["9999-12-30T22:00:00.000001Z", "9999-12-30T22:00:00.999999999Z"] {
            assert_eq!(future(text, Timestamp::UNIX_EPOCH), Err(Problem::Malformed("is too far away")), "{text}");
        }
        for text in ["9999-12-30T21:59:59.999999999Z", "-009999-01-02T01:59:59Z", "1969-12-31T23:59:59.9999999Z"] {
            let moment = to_db_precision(text.parse().unwrap()).unwrap();
            assert_eq!(Timestamp::from_microsecond(moment.as_microsecond()).unwrap(), moment, "{text}");
        }
    }

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
