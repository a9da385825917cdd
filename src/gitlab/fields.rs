//! Attributes as this dialect takes them: clients send whole objects back, with `null` for what has no value.

use super::error::Failure;
use super::version::Version;
use crate::accounts::IdentityChange;
use crate::domain::{Field, Invalid, Problem, projects_limit, timestamp};
use crate::http::Call;
use crate::http::fields::{FieldError, FieldErrorKind, Fields, Patch};
use jiff::{Timestamp, civil::Date, civil::DateTime, tz::TimeZone};

/// The attributes of a request, as far as the version looks for them.
pub fn attributes(call: &Call, version: Version) -> Result<Fields, Failure> {
    let body = call.body()?;
    Ok(if version.reads_query() { body.or(&call.query()) } else { body.clone() })
}

/// Takes attributes that must be there, and notes which are not.
pub struct Required<'a> {
    fields: &'a Fields,
    version: Version,
    missing: Vec<&'static str>,
}

impl<'a> Required<'a> {
    pub fn of(fields: &'a Fields, version: Version) -> Self {
        Self { fields, version, missing: Vec::new() }
    }

    /// A text; an empty one if it is not there, which [`Required::all_there`] then says.
    pub fn text(&mut self, name: &'static str) -> Result<String, Failure> {
        match self.fields.text(name) {
            Ok(Patch::Value(text)) if !(self.version.blank_is_missing() && text.trim().is_empty()) => Ok(text),
            // There, and refused for being blank.
            Ok(Patch::Null) if !self.version.blank_is_missing() => Ok(String::new()),
            Ok(Patch::Value(_) | Patch::Null | Patch::Absent) => {
                self.missing.push(name);
                Ok(String::new())
            }
            // What came first is said first.
            Err(_) if !self.missing.is_empty() => Err(Failure::MissingParameters(std::mem::take(&mut self.missing))),
            Err(error) => Err(error.into()),
        }
    }

    /// An array of texts.
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Failure> {
        match self.fields.texts(name)? {
            Patch::Value(texts) if !texts.is_empty() => Ok(texts),
            Patch::Value(_) | Patch::Null | Patch::Absent => {
                self.missing.push(name);
                Ok(Vec::new())
            }
        }
    }

    /// # Errors
    /// `MissingParameters` with what was asked for and is not there.
    pub fn all_there(self) -> Result<(), Failure> {
        if self.missing.is_empty() { Ok(()) } else { Err(Failure::MissingParameters(self.missing)) }
    }
}

/// The only attribute that must be there.
pub fn required(fields: &Fields, version: Version, name: &'static str) -> Result<String, Failure> {
    let mut required = Required::of(fields, version);
    let text = required.text(name)?;
    required.all_there()?;
    Ok(text)
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
        Patch::Absent | Patch::Null => Ok(None),
        Patch::Value(text) => Ok(invalid.keep(field, parse(&text))),
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
        Patch::Absent => Ok(None),
        Patch::Null => Ok(invalid.keep(field, parse(""))),
        Patch::Value(text) => Ok(invalid.keep(field, parse(&text))),
    }
}

/// The same, as the text it is.
pub fn text(body: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    Ok(match body.text(name)? {
        Patch::Absent => None,
        Patch::Null => Some(String::new()),
        Patch::Value(text) => Some(text),
    })
}

/// A parameter of a query; an empty one is none.
pub fn parameter(query: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    Ok(text(query, name)?.filter(|text| !text.is_empty()))
}

pub fn boolean(body: &Fields, name: &'static str, version: Version) -> Result<Option<bool>, Failure> {
    match body.boolean(name) {
        Ok(given) => Ok(given.value()),
        Err(error) if version.reads_words() => {
            let text = body.text(name).map_err(|_| error)?.value().unwrap_or_default();
            word(&text).map(Some).ok_or(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// python-gitlab 8.6.0 writes `True` into a query.
fn word(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" => Some(true),
        "false" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// A parameter that only counts if it is true: `doc/api/users.md` says of such ones that they do not support `false`.
pub fn flag(query: &Fields, name: &'static str, version: Version) -> Result<bool, Failure> {
    Ok(boolean(query, name, version)?.unwrap_or(false))
}

/// A time, a time without zone (UTC), or a date (its first moment), as GitLab takes them (ISO 8601).
pub fn moment(query: &Fields, name: &'static str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = parameter(query, name)? else { return Ok(None) };
    let wrong = FieldError { field: name, kind: FieldErrorKind::NotText };
    let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    // A plus that was not encoded has become a blank.
    let text = text.replace(' ', "+");
    let moment = text.parse::<Timestamp>().ok();
    let moment = moment.or_else(|| utc(text.parse::<DateTime>().ok()?));
    let moment = moment.or_else(|| utc(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    moment.map(Some).ok_or(wrong.into())
}

/// When something that is made ends; nothing if it is not said.
pub fn expiry(body: &Fields, version: Version, invalid: &mut Invalid) -> Result<Option<Timestamp>, Failure> {
    let future = |text: &str| match text {
        "" if !version.blank_is_missing() => Ok(None),
        text => timestamp::future(text, Timestamp::now()).map(Some),
    };
    Ok(optional(body, "expires_at", Field::ExpiresAt, future, invalid)?.flatten())
}

pub fn limit(body: &Fields, invalid: &mut Invalid) -> Result<Option<u32>, Failure> {
    let number = body.integer("projects_limit")?.value();
    Ok(number.and_then(|number| invalid.keep(Field::ProjectsLimit, projects_limit(number))))
}

/// Both halves of an identity. `null` for one of them says nothing of it; for both, that there is none.
pub fn identity(body: &Fields) -> Result<IdentityChange, Failure> {
    let (provider, extern_uid) = (body.text("provider")?, body.text("extern_uid")?);
    if matches!((&provider, &extern_uid), (Patch::Null, Patch::Null)) {
        return Ok(IdentityChange { provider: Some(String::new()), extern_uid: Some(String::new()) });
    }
    Ok(IdentityChange { provider: provider.value(), extern_uid: extern_uid.value() })
}

/// The number of a look.
pub fn look(body: &Fields, name: &'static str, field: Field, invalid: &mut Invalid) -> Result<Option<u8>, Failure> {
    match body.integer(name)? {
        Patch::Absent | Patch::Null => Ok(None),
        Patch::Value(number) => {
            let parsed = u8::try_from(number).ok().filter(|number| *number > 0);
            Ok(invalid.keep(field, parsed.ok_or(Problem::Malformed("is not included in the list"))))
        }
    }
}
