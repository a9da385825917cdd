//! Expiry times as people and programs write them, at the database's precision.

use super::Problem;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Parses a time with a zone (`2030-01-01T12:00:00Z`), or a date (`2030-01-01`, the start of that day in UTC).
///
/// # Errors
/// `Malformed`, also for a time that is not after `now`.
pub fn future(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    // The length rules out a time after the date, which jiff's parser of dates ignores.
    let date = || {
        let date = text.parse::<Date>().ok().filter(|_| text.len() == "2030-01-01".len())?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let time = text.parse::<Timestamp>().ok().or_else(date);
    let time = time.ok_or(Problem::Malformed("must be a date such as 2030-01-01, or a time with its zone"))?;
    let time = to_db_precision(time)?;
    if time > now { Ok(time) } else { Err(Problem::Malformed("must be in the future")) }
}

/// Rounds to whole microseconds, as the database stores times.
///
/// # Errors
/// `Malformed` for a time that could be stored but not read back: jiff's last second has no microseconds.
pub fn to_db_precision(time: Timestamp) -> Result<Timestamp, Problem> {
    Timestamp::from_microsecond(time.as_microsecond()).map_err(|_| Problem::Malformed("is too far away"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_time_can_be_read_back() {
        for text in ["9999-12-30T22:00:00.000001Z", "9999-12-30T22:00:00.999999999Z"] {
            assert_eq!(future(text, Timestamp::UNIX_EPOCH), Err(Problem::Malformed("is too far away")), "{text}");
        }
        for text in ["9999-12-30T21:59:59.999999999Z", "-009999-01-02T01:59:59Z", "1969-12-31T23:59:59.9999999Z"] {
            let time = to_db_precision(text.parse().unwrap()).unwrap();
            assert_eq!(Timestamp::from_microsecond(time.as_microsecond()).unwrap(), time, "{text}");
        }
    }

    #[test]
    fn accepts_dates_and_times_in_the_future() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (text, time) in [
            ("2030-01-01", "2030-01-01T00:00:00Z"),
            ("2030-01-01T12:00:00Z", "2030-01-01T12:00:00Z"),
            ("2030-01-01T12:00:00.5+02:00", "2030-01-01T10:00:00.5Z"),
        ] {
            assert_eq!(future(text, now).unwrap(), time.parse().unwrap());
        }
        for bad in ["", "soon", "2030-13-01", "2026-01-01", "1999-01-01T00:00:00Z", "2030-01-01T12:00:00"] {
            assert!(future(bad, now).is_err(), "{bad}");
        }
    }
}
