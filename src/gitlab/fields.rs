//! Reads attributes by the rules of this dialect, whose clients send whole objects back, with `null` for attributes
//! without a value.

use super::error::{Failure, attribute};
use super::version::Version;
use crate::accounts::{Error, IdentityChange, ProfileChange, UserAttributes};
use crate::domain::{Field, Invalid, Problem, SingleLineText, UserId, WebUrl, projects_limit, timestamp};
use crate::http::input::{FieldError, FieldErrorKind, Fields, Patch};
use jiff::{Timestamp, civil::Date, civil::DateTime, tz::TimeZone};
use std::marker::PhantomData;

/// Reads the attributes of one request, and collects the missing and the invalid ones.
pub struct AttributeReader<'a, V> {
    pub fields: &'a Fields,
    missing: Vec<&'static str>,
    invalid: Invalid,
    version: PhantomData<V>,
}

impl<'a, V: Version> AttributeReader<'a, V> {
    pub fn new(fields: &'a Fields) -> Self {
        Self { fields, missing: Vec::new(), invalid: Invalid::default(), version: PhantomData }
    }

    /// A text. [`AttributeReader::check`] reports it if it is missing.
    fn text(&mut self, name: &'static str) -> Result<Option<String>, Failure> {
        match self.fields.text(name) {
            Ok(Patch::Value(text)) if !(V::BLANK_IS_MISSING && text.trim().is_empty()) => Ok(Some(text)),
            // Present but blank, so the value is invalid rather than missing.
            Ok(Patch::Null) if !V::BLANK_IS_MISSING => Ok(Some(String::new())),
            Ok(Patch::Value(_) | Patch::Null | Patch::Absent) => {
                self.missing.push(name);
                Ok(None)
            }
            // The attributes that were missing before this one come first.
            Err(error) => self.check().and(Err(error.into())),
        }
    }

    /// A required attribute.
    pub fn required<T>(
        &mut self,
        field: Field,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Failure> {
        let text = self.text(attribute(field))?;
        Ok(text.and_then(|text| self.keep(field, parse(&text))))
    }

    /// A required array of texts.
    pub fn required_list(&mut self, name: &'static str) -> Result<Vec<String>, Failure> {
        let list = self.fields.text_list(name)?.value().unwrap_or_default();
        if list.is_empty() {
            self.missing.push(name);
        }
        Ok(list)
    }

    /// An attribute that changes only if it has a value. `null` leaves it unchanged.
    pub fn optional<T>(
        &mut self,
        field: Field,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Failure> {
        let text = self.fields.text(attribute(field))?.value();
        Ok(text.and_then(|text| self.keep(field, parse(&text))))
    }

    /// An attribute that `null` clears.
    pub fn clearable<T>(
        &mut self,
        field: Field,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Failure> {
        let text = match self.fields.text(attribute(field))? {
            Patch::Absent => return Ok(None),
            Patch::Null => String::new(),
            Patch::Value(text) => text,
        };
        Ok(self.keep(field, parse(&text)))
    }

    pub fn boolean(&self, name: &'static str) -> Result<Option<bool>, Failure> {
        boolean::<V>(self.fields, name)
    }

    /// The expiry of a new key; None if the request has none.
    pub fn expiry(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
        self.end(|text| timestamp::future(text, now))
    }

    /// The date of a new token's expiry; None if the request has none.
    pub fn expiry_date(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
        self.end(|text| timestamp::end_date(text, now))
    }

    fn end(&mut self, parse: impl Fn(&str) -> Result<Timestamp, Problem>) -> Result<Option<Timestamp>, Failure> {
        let parse = |text: &str| match text {
            "" if !V::BLANK_IS_MISSING => Ok(None),
            text => parse(text).map(Some),
        };
        Ok(self.optional(Field::ExpiresAt, parse)?.flatten())
    }

    /// The number of a theme or a colour scheme.
    pub fn theme(&mut self, field: Field) -> Result<Option<u8>, Failure> {
        let number = self.fields.integer(attribute(field))?.value();
        let parse = |number| u8::try_from(number).ok().filter(|number| *number > 0);
        let problem = Problem::Malformed("is not included in the list");
        Ok(number.and_then(|number| self.keep(field, parse(number).ok_or(problem))))
    }

    /// The attributes of a user that both versions accept, when a user is created and when it is changed.
    pub fn common(&mut self) -> Result<UserAttributes, Failure> {
        Ok(UserAttributes {
            admin: self.boolean("admin")?,
            bio: self.clearable(Field::Bio, optional_text)?,
            skype: self.clearable(Field::Skype, SingleLineText::parse)?,
            linkedin: self.clearable(Field::Linkedin, SingleLineText::parse)?,
            twitter: self.clearable(Field::Twitter, SingleLineText::parse)?,
            can_create_group: self.boolean("can_create_group")?,
            projects_limit: {
                let number = self.fields.integer("projects_limit")?.value();
                number.and_then(|number| self.keep(Field::ProjectsLimit, projects_limit(number)))
            },
            profile: ProfileChange {
                profile_url: self.clearable(Field::ProfileUrl, WebUrl::parse)?,
                ..ProfileChange::default()
            },
            ..UserAttributes::default()
        })
    }

    /// The value, or `None` after recording the problem.
    pub fn keep<T>(&mut self, field: Field, parsed: Result<T, Problem>) -> Option<T> {
        self.invalid.keep(field, parsed)
    }

    /// # Errors
    /// `MissingParameters` with the missing ones among the attributes that were read.
    pub fn check(&mut self) -> Result<(), Failure> {
        let missing = std::mem::take(&mut self.missing);
        if missing.is_empty() { Ok(()) } else { Err(Failure::MissingParameters(missing)) }
    }

    /// Returns the values, which are `None` only if an attribute is missing or invalid.
    ///
    /// # Errors
    /// `MissingParameters`, otherwise `Invalid` with every invalid attribute.
    pub fn finish<T>(mut self, values: Option<T>) -> Result<T, Failure> {
        self.check()?;
        self.invalid.into_result()?;
        Ok(values.ok_or(Error::Internal)?)
    }
}

/// Reads the only required attribute of a request.
pub fn required<V: Version>(fields: &Fields, name: &'static str) -> Result<String, Failure> {
    let text = AttributeReader::<V>::new(fields).text(name)?;
    text.ok_or_else(|| Failure::MissingParameters(vec![name]))
}

/// A parameter of a query; an empty one counts as absent.
pub fn parameter(query: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    Ok(query.text(name)?.value().filter(|text| !text.is_empty()))
}

/// The id of a user.
pub fn user_id(query: &Fields, field: &'static str) -> Result<Option<UserId>, Failure> {
    let id = parameter(query, field)?.map(|text| text.parse()).transpose();
    id.map_err(|_| FieldError { field, kind: FieldErrorKind::NotInteger }.into())
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

/// Both parts of an identity. `null` for one of them leaves it unchanged; `null` for both removes the identity.
pub fn identity(body: &Fields) -> Result<IdentityChange, Failure> {
    let (provider, extern_uid) = (body.text("provider")?, body.text("extern_uid")?);
    if matches!((&provider, &extern_uid), (Patch::Null, Patch::Null)) {
        return Ok(IdentityChange { provider: Some(String::new()), extern_uid: Some(String::new()) });
    }
    Ok(IdentityChange { provider: provider.value(), extern_uid: extern_uid.value() })
}

/// A text. An empty one is stored as no value.
pub fn optional_text(text: &str) -> Result<Option<SingleLineText>, Problem> {
    SingleLineText::parse(text).map(|line| Some(line).filter(|line| !line.is_empty()))
}
