//! Times and spans as people and programs write them, at the database's precision.

use super::Problem;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// Parses a time with a zone (`2030-01-01T12:00:00Z`), or a date (`2030-01-01`, the start of that day in UTC).
///
/// # Errors
/// `Malformed`.
pub fn parse(text: &str) -> Result<Timestamp, Problem> {
    // The length rules out a time after the date, which jiff's parser of dates ignores.
    let date = || {
        let date = text.parse::<Date>().ok().filter(|_| text.len() == "2030-01-01".len())?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let time = text.parse::<Timestamp>().ok().or_else(date);
    let time = time.ok_or(Problem::Malformed("must be a date such as 2030-01-01, or a time with its zone"))?;
    to_db_precision(time)
}

/// [`parse`] for a time when something ends.
///
/// # Errors
/// `Malformed`, also for a time that is not after `now`.
pub fn future(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let time = parse(text)?;
    if time > now { Ok(time) } else { Err(Problem::Malformed("must be in the future")) }
}

/// [`parse`] for a date when something ends: at 00:00 UTC. Today is accepted.
///
/// # Errors
/// `Malformed`, also for a date before that of `now`.
pub fn end_date(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let end = start_of_day(parse(text)?);
    if end >= start_of_day(now) { Ok(end) } else { Err(Problem::Malformed("must not be in the past")) }
}

fn start_of_day(time: Timestamp) -> Timestamp {
    let start = time.to_zoned(TimeZone::UTC).start_of_day();
    start.map_or(time, |start| start.timestamp())
}

/// Parses a span such as `2h`, `1d 12h` or `-5m`. A day is 24 hours: there is no time zone to say otherwise.
pub fn span(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.parse().ok()?;
    let days = SignedDuration::from_hours(24 * i64::from(span.get_days()));
    days.checked_add(SignedDuration::try_from(span.days(0)).ok()?)
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
    fn a_span_has_units_and_a_sign() {
        for (text, seconds) in [("2h", 7200), ("1d 3h", 97_200), ("90s", 90), ("-5m", -300), ("-1d 1h", -90_000)] {
            assert_eq!(span(text), Some(SignedDuration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "2", "h", "2 fortnights", "1 month", "soon", "2h;"] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }

    #[test]
    fn something_can_end_today_and_not_before() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        for (text, time) in [
            ("2026-01-01", "2026-01-01T00:00:00Z"),
            ("2026-01-01T23:59:59Z", "2026-01-01T00:00:00Z"),
            ("2030-01-02T01:00:00+02:00", "2030-01-01T00:00:00Z"),
        ] {
            assert_eq!(end_date(text, now).unwrap(), time.parse().unwrap(), "{text}");
        }
        for bad in ["", "soon", "2025-12-31", "2025-12-31T23:59:59Z"] {
            assert!(end_date(bad, now).is_err(), "{bad}");
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
