//! Attributes as this dialect takes them: clients send whole objects back, with `null` for what has no value.

use super::error::Failure;
use crate::accounts::IdentityChange;
use crate::domain::{Field, Invalid, Problem, projects_limit};
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

pub fn limit(body: &Fields, invalid: &mut Invalid) -> Result<Option<u32>, Failure> {
    let number = body.integer("projects_limit")?.value();
    Ok(number.and_then(|number| invalid.keep(Field::ProjectsLimit, projects_limit(number))))
}

/// Both halves of the first identity. `null` for one of them says nothing of it; for both, that there is none.
pub fn identity(body: &Fields) -> Result<IdentityChange, Failure> {
    let (provider, extern_uid) = (body.text("provider")?, body.text("extern_uid")?);
    if matches!((&provider, &extern_uid), (Given::Null, Given::Null)) {
        return Ok(IdentityChange { provider: Some(String::new()), extern_uid: Some(String::new()) });
    }
    Ok(IdentityChange { provider: provider.value(), extern_uid: extern_uid.value() })
}
