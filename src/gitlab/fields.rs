//! Attributes as this dialect takes them: clients send whole objects back, with `null` for what has no value.

use super::error::Failure;
use crate::domain::{Field, Invalid, Problem};
use crate::http::fields::{Fields, Given};

/// An attribute that must be there and not blank.
pub fn required(body: &Fields, name: &'static str) -> Result<String, Failure> {
    match body.text(name)? {
        Given::Value(text) if !text.trim().is_empty() => Ok(text),
        Given::Value(_) | Given::Null | Given::Absent => Err(Failure::NotGiven(name)),
    }
}

/// An attribute that changes if it has a value. `null` leaves it as it is.
pub fn optional<T>(
    body: &Fields,
    name: &'static str,
    field: Field,
    parse: impl FnOnce(&str) -> Result<T, Problem>,
    invalid: &mut Invalid,
) -> Result<Option<T>, Failure> {
    match body.text(name)? {
        Given::Absent | Given::Null => Ok(None),
        Given::Value(text) => Ok(invalid.keep(field, parse(&text))),
    }
}

/// An attribute that `null` empties.
pub fn clearable<T>(
    body: &Fields,
    name: &'static str,
    field: Field,
    parse: impl FnOnce(&str) -> Result<T, Problem>,
    invalid: &mut Invalid,
) -> Result<Option<T>, Failure> {
    match body.text(name)? {
        Given::Absent => Ok(None),
        Given::Null => Ok(invalid.keep(field, parse(""))),
        Given::Value(text) => Ok(invalid.keep(field, parse(&text))),
    }
}

/// The same, as the text it is.
pub fn text(body: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    Ok(match body.text(name)? {
        Given::Absent => None,
        Given::Null => Some(String::new()),
        Given::Value(text) => Some(text),
    })
}

pub fn boolean(body: &Fields, name: &'static str) -> Result<Option<bool>, Failure> {
    Ok(body.boolean(name)?.value())
}

/// From 0 to the largest integer of GitLab's database.
pub fn projects_limit(body: &Fields, invalid: &mut Invalid) -> Result<Option<u32>, Failure> {
    const MOST: i64 = i32::MAX as i64;
    let parse = |number: i64| match u32::try_from(number) {
        Err(_) if number < 0 => Err(Problem::Negative),
        Ok(limit) if number <= MOST => Ok(limit),
        _ => Err(Problem::Malformed("must be less than or equal to 2147483647")),
    };
    match body.integer("projects_limit")? {
        Given::Absent | Given::Null => Ok(None),
        Given::Value(number) => Ok(invalid.keep(Field::ProjectsLimit, parse(number))),
    }
}
