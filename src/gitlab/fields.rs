//! Reads attributes by the rules of this dialect, whose clients send whole objects back, with `null` for attributes
//! without a value.

use super::error::Failure;
use super::version::Version;
use crate::accounts::{IdentityChange, ProfileChange, UserAttributes};
use crate::domain::{Field, Invalid, Problem, SingleLineText, WebUrl, projects_limit, timestamp};
use crate::http::input::{FieldError, FieldErrorKind, Fields, Patch};
use jiff::{Timestamp, civil::Date, civil::DateTime, tz::TimeZone};
use std::marker::PhantomData;

/// Reads required attributes, and collects the missing ones.
pub struct Required<'a, V> {
    fields: &'a Fields,
    missing: Vec<&'static str>,
    version: PhantomData<V>,
}

impl<'a, V: Version> Required<'a, V> {
    pub fn of(fields: &'a Fields) -> Self {
        Self { fields, missing: Vec::new(), version: PhantomData }
    }

    /// A text. If it is missing, an empty one, which [`Required::check`] then reports.
    pub fn text(&mut self, name: &'static str) -> Result<String, Failure> {
        match self.fields.text(name) {
            Ok(Patch::Value(text)) if !(V::BLANK_IS_MISSING && text.trim().is_empty()) => Ok(text),
            // Present but blank, so the value is invalid rather than missing.
            Ok(Patch::Null) if !V::BLANK_IS_MISSING => Ok(String::new()),
            Ok(Patch::Value(_) | Patch::Null | Patch::Absent) => {
                self.missing.push(name);
                Ok(String::new())
            }
            // The attributes that were missing before this one come first.
            Err(_) if !self.missing.is_empty() => Err(Failure::MissingParameters(std::mem::take(&mut self.missing))),
            Err(error) => Err(error.into()),
        }
    }

    /// An array of texts.
    pub fn text_list(&mut self, name: &'static str) -> Result<Vec<String>, Failure> {
        match self.fields.text_list(name)? {
            Patch::Value(list) if !list.is_empty() => Ok(list),
            Patch::Value(_) | Patch::Null | Patch::Absent => {
                self.missing.push(name);
                Ok(Vec::new())
            }
        }
    }

    /// # Errors
    /// `MissingParameters` with the missing ones among the attributes that were read.
    pub fn check(self) -> Result<(), Failure> {
        if self.missing.is_empty() { Ok(()) } else { Err(Failure::MissingParameters(self.missing)) }
    }
}

/// Reads the only required attribute of a request.
pub fn required<V: Version>(fields: &Fields, name: &'static str) -> Result<String, Failure> {
    let mut required = Required::<V>::of(fields);
    let text = required.text(name)?;
    required.check()?;
    Ok(text)
}

/// An attribute that changes only if it has a value. `null` leaves it unchanged.
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

/// An attribute that `null` clears.
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

/// A boolean, or a word that this version accepts as one.
pub fn boolean<V: Version>(body: &Fields, name: &'static str) -> Result<Option<bool>, Failure> {
    let error = match body.boolean(name) {
        Ok(field) => return Ok(field.value()),
        Err(error) => error,
    };
    let text = body.text(name).map_err(|_| error)?.value().unwrap_or_default();
    V::boolean_word(&text).map(Some).ok_or(error.into())
}

/// A parameter that only has an effect if it is true: `doc/api/users.md` says that such parameters do not support
/// `false`.
pub fn flag<V: Version>(query: &Fields, name: &'static str) -> Result<bool, Failure> {
    Ok(boolean::<V>(query, name)?.unwrap_or(false))
}

/// A time, a time without a zone (UTC), or a date (midnight UTC), as GitLab accepts them (ISO 8601).
pub fn time(query: &Fields, name: &'static str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = parameter(query, name)? else { return Ok(None) };
    let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    // A `+` that the client did not encode was decoded as a blank.
    let text = text.replace(' ', "+");
    let time = text.parse::<Timestamp>().ok();
    let time = time.or_else(|| utc(text.parse::<DateTime>().ok()?));
    let time = time.or_else(|| utc(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    time.map(Some).ok_or(FieldError { field: name, kind: FieldErrorKind::NotText }.into())
}

/// The expiry of a new key or token; None if the request has none.
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

/// Both parts of an identity. `null` for one of them leaves it unchanged; `null` for both removes the identity.
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

/// A text. An empty one is stored as no value.
pub fn optional_text(text: &str) -> Result<Option<SingleLineText>, Problem> {
    SingleLineText::parse(text).map(|line| Some(line).filter(|line| !line.is_empty()))
}

/// The attributes of a user that both versions accept, when a user is created and when it is changed.
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
