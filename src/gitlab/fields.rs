//! Reads attributes as this dialect takes them: clients send whole objects back, with `null` for what has no value.

use super::error::Failure;
use super::version::Version;
use crate::accounts::{IdentityChange, ProfileChange, UserAttributes};
use crate::domain::{Field, Invalid, Problem, SingleLineText, WebUrl, projects_limit, timestamp};
use crate::http::input::{FieldError, FieldErrorKind, Fields, Patch};
use jiff::{Timestamp, civil::Date, civil::DateTime, tz::TimeZone};
use std::marker::PhantomData;

/// Reads required attributes, and notes which are missing.
pub struct Required<'a, V> {
    fields: &'a Fields,
    missing: Vec<&'static str>,
    version: PhantomData<V>,
}

impl<'a, V: Version> Required<'a, V> {
    pub fn of(fields: &'a Fields) -> Self {
        Self { fields, missing: Vec::new(), version: PhantomData }
    }

    /// A text; an empty one if it is missing, which [`Required::check`] then reports.
    pub fn text(&mut self, name: &'static str) -> Result<String, Failure> {
        match self.fields.text(name) {
            Ok(Patch::Value(text)) if !(V::BLANK_IS_MISSING && text.trim().is_empty()) => Ok(text),
            // Present, and refused later for being blank.
            Ok(Patch::Null) if !V::BLANK_IS_MISSING => Ok(String::new()),
            Ok(Patch::Value(_) | Patch::Null | Patch::Absent) => {
                self.missing.push(name);
                Ok(String::new())
            }
            // The first problem is reported first.
            Err(_) if !self.missing.is_empty() => Err(Failure::MissingParameters(std::mem::take(&mut self.missing))),
            Err(error) => Err(error.into()),
        }
    }

    /// An array of texts.
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Failure> {
        match self.fields.text_list(name)? {
            Patch::Value(texts) if !texts.is_empty() => Ok(texts),
            Patch::Value(_) | Patch::Null | Patch::Absent => {
                self.missing.push(name);
                Ok(Vec::new())
            }
        }
    }

    /// # Errors
    /// `MissingParameters` with the attributes that were read and are missing.
    pub fn check(self) -> Result<(), Failure> {
        if self.missing.is_empty() { Ok(()) } else { Err(Failure::MissingParameters(self.missing)) }
    }
}

/// The only required attribute of a request.
pub fn required<V: Version>(fields: &Fields, name: &'static str) -> Result<String, Failure> {
    let mut required = Required::<V>::of(fields);
    let text = required.text(name)?;
    required.check()?;
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

/// A parameter of a query; an empty one counts as absent.
pub fn parameter(query: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    Ok(query.text(name)?.value().filter(|text| !text.is_empty()))
}

pub fn boolean<V: Version>(body: &Fields, name: &'static str) -> Result<Option<bool>, Failure> {
    let error = match body.boolean(name) {
        Ok(given) => return Ok(given.value()),
        Err(error) => error,
    };
    let text = body.text(name).map_err(|_| error)?.value().unwrap_or_default();
    V::boolean_word(&text).map(Some).ok_or(error.into())
}

/// A parameter that only counts if it is true: `doc/api/users.md` says of such ones that they do not support `false`.
pub fn flag<V: Version>(query: &Fields, name: &'static str) -> Result<bool, Failure> {
    Ok(boolean::<V>(query, name)?.unwrap_or(false))
}

/// A time, a time without zone (UTC), or a date (its first moment), as GitLab takes them (ISO 8601).
pub fn time(query: &Fields, name: &'static str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = parameter(query, name)? else { return Ok(None) };
    let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    // A plus that was not encoded has become a blank.
    let text = text.replace(' ', "+");
    let time = text.parse::<Timestamp>().ok();
    let time = time.or_else(|| utc(text.parse::<DateTime>().ok()?));
    let time = time.or_else(|| utc(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    time.map(Some).ok_or(FieldError { field: name, kind: FieldErrorKind::NotText }.into())
}

/// When something that is created expires; None if the request does not say.
pub fn expiry<V: Version>(body: &Fields, invalid: &mut Invalid) -> Result<Option<Timestamp>, Failure> {
    let future = |text: &str| match text {
        "" if !V::BLANK_IS_MISSING => Ok(None),
        text => timestamp::future(text, Timestamp::now()).map(Some),
    };
    Ok(optional(body, "expires_at", Field::ExpiresAt, future, invalid)?.flatten())
}

pub fn limit(body: &Fields, invalid: &mut Invalid) -> Result<Option<u32>, Failure> {
    let number = body.integer("projects_limit")?.value();
    Ok(number.and_then(|number| invalid.keep(Field::ProjectsLimit, projects_limit(number))))
}

/// Both halves of an identity. `null` for one of them leaves it as it is; `null` for both removes the identity.
pub fn identity(body: &Fields) -> Result<IdentityChange, Failure> {
    let (provider, extern_uid) = (body.text("provider")?, body.text("extern_uid")?);
    if matches!((&provider, &extern_uid), (Patch::Null, Patch::Null)) {
        return Ok(IdentityChange { provider: Some(String::new()), extern_uid: Some(String::new()) });
    }
    Ok(IdentityChange { provider: provider.value(), extern_uid: extern_uid.value() })
}

/// The number of a theme or a colour scheme.
pub fn theme(body: &Fields, name: &'static str, field: Field, invalid: &mut Invalid) -> Result<Option<u8>, Failure> {
    match body.integer(name)? {
        Patch::Absent | Patch::Null => Ok(None),
        Patch::Value(number) => {
            let parsed = u8::try_from(number).ok().filter(|number| *number > 0);
            Ok(invalid.keep(field, parsed.ok_or(Problem::Malformed("is not included in the list"))))
        }
    }
}

/// A text that may be empty, which is stored as no text.
pub fn optional_text(text: &str) -> Result<Option<SingleLineText>, Problem> {
    SingleLineText::parse(text).map(|line| Some(line).filter(|line| !line.is_empty()))
}

/// The attributes of a user that both versions take, on creation and on change.
pub fn common_attributes<V: Version>(fields: &Fields, invalid: &mut Invalid) -> Result<UserAttributes, Failure> {
    Ok(UserAttributes {
        admin: boolean::<V>(fields, "admin")?,
        bio: clearable(fields, "bio", Field::Bio, optional_text, invalid)?,
        skype: clearable(fields, "skype", Field::Skype, SingleLineText::parse, invalid)?,
        linkedin: clearable(fields, "linkedin", Field::Linkedin, SingleLineText::parse, invalid)?,
        twitter: clearable(fields, "twitter", Field::Twitter, SingleLineText::parse, invalid)?,
        can_create_group: boolean::<V>(fields, "can_create_group")?,
        projects_limit: limit(fields, invalid)?,
        profile: ProfileChange {
            profile_url: clearable(fields, "website_url", Field::ProfileUrl, WebUrl::parse, invalid)?,
            ..ProfileChange::default()
        },
        ..UserAttributes::default()
    })
}
