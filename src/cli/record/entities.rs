//! GitLab's JSON, as entries of an archive. Fields that are missing, or of another type than GitLab documents, count as
//! empty: releases differ in what they show.

use crate::accounts::archive::{EmailEntry, IdentityEntry, KeyEntry, UserEntry};
use crate::domain::VerifiedBy;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

pub type Object = Map<String, Value>;

pub fn id(object: &Object) -> Option<i64> {
    object.get("id")?.as_i64()
}

/// An administrator's view of a user, without the secondary addresses and the keys. `None` if it lacks the address, which
/// only administrators see.
pub fn user(object: &Object) -> Option<UserEntry> {
    let primary = text(object, "email");
    object.get("email")?.as_str()?;
    Some(UserEntry {
        id: id(object),
        username: text(object, "username"),
        name: text(object, "name"),
        admin: flag(object, "is_admin").unwrap_or_default(),
        state: optional_text(object, "state"),
        created_at: time(object, "created_at"),
        location: text(object, "location"),
        company: text(object, "organization"),
        profile_url: text(object, "website_url"),
        bio: optional_text(object, "bio"),
        skype: text(object, "skype"),
        linkedin: text(object, "linkedin"),
        twitter: text(object, "twitter"),
        discord: text(object, "discord"),
        pronouns: optional_text(object, "pronouns"),
        note: optional_text(object, "note"),
        public_email: text(object, "public_email"),
        external: flag(object, "external").unwrap_or_default(),
        private_profile: flag(object, "private_profile").unwrap_or_default(),
        theme_id: small_number(object, "theme_id"),
        color_scheme_id: small_number(object, "color_scheme_id"),
        identities: identities(object),
        projects_limit: object.get("projects_limit").and_then(Value::as_i64),
        can_create_group: flag(object, "can_create_group"),
        emails: vec![EmailEntry { primary: true, ..email_entry(primary, time(object, "confirmed_at")) }],
        ..UserEntry::default()
    })
}

/// Users who are not people: bots, which have tokens instead of passwords, and the owner of what deleted users left.
pub fn is_internal(object: &Object) -> bool {
    let (username, address) = (text(object, "username"), text(object, "email"));
    let is_numbered = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let is_ghost = username.strip_prefix("ghost").is_some_and(is_numbered) && address.starts_with("ghost");
    // Tokens of projects and groups belong to such users. Older releases do not mark them.
    let is_token = ["project_", "group_"].iter().any(|prefix| {
        let rest = username.strip_prefix(prefix);
        rest.and_then(|rest| rest.split_once("_bot")).is_some_and(|(number, _)| is_numbered(number))
    });
    flag(object, "bot") == Some(true) || (is_ghost && address.ends_with("@example.com")) || is_token
}

/// A secondary address.
pub fn email(object: &Object) -> EmailEntry {
    email_entry(text(object, "email"), time(object, "confirmed_at"))
}

/// GitLab confirms an address by mail, or on an administrator's word, and so more than its user vouches for it.
fn email_entry(email: String, confirmed_at: Option<Timestamp>) -> EmailEntry {
    let verified_by = confirmed_at.map(|_| VerifiedBy::Administrator.name().to_owned());
    EmailEntry { email, verified: Some(confirmed_at.is_some()), confirmed_at, verified_by, primary: false }
}

pub fn key(object: &Object) -> KeyEntry {
    KeyEntry {
        id: id(object),
        title: text(object, "title"),
        key: text(object, "key"),
        usage_type: optional_text(object, "usage_type"),
        created_at: time(object, "created_at"),
        expires_at: time(object, "expires_at"),
    }
}

fn identities(object: &Object) -> Vec<IdentityEntry> {
    let identities = object.get("identities").and_then(Value::as_array).into_iter().flatten();
    let objects = identities.filter_map(Value::as_object);
    let entry = |object| IdentityEntry { provider: text(object, "provider"), extern_uid: text(object, "extern_uid") };
    objects.map(entry).collect()
}

fn optional_text(object: &Object, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

fn text(object: &Object, name: &str) -> String {
    optional_text(object, name).unwrap_or_default()
}

fn flag(object: &Object, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

fn small_number(object: &Object, name: &str) -> Option<u8> {
    u8::try_from(object.get(name)?.as_u64()?).ok()
}

/// A time, or a date, which begins at midnight UTC.
fn time(object: &Object, name: &str) -> Option<Timestamp> {
    let text = object.get(name)?.as_str()?;
    let date = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    text.parse().ok().or_else(date)
}
