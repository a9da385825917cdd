//! v4's JSON, in the order of the documents' fields.

use crate::accounts::EmailRow;
use crate::domain::{self, CustomAttribute, EmailTrust, Key, SingleLineText, TokenKind, TokenRecord, UserStatus};
use crate::gitlab::entities::{avatar_url, display_name, identities};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// The fields that a response shows of a user: `doc/api/users.md`, 17.9, in the free editions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// "List users", "As a regular user".
    Basic,
    /// "Get a single user", "As a regular user".
    Public,
    /// "Get the current user", "As a regular user".
    Current,
    /// "Get the current user", "As an administrator".
    CurrentAdmin,
    /// "List users", "As an administrator"; also the response to creating and changing a user.
    Listed,
    /// "Get a single user", "As an administrator".
    Single,
    /// The owner of a key: `doc/api/keys.md`, 17.9, "Get SSH key with user by ID".
    KeyOwner,
}

pub struct User<'a> {
    pub view: View,
    pub user: &'a domain::User,
    /// The user who created the account, in the views for administrators.
    pub creator: Option<&'a domain::User>,
    /// What the user's `web_url` begins with, without a final slash.
    pub base_url: &'a str,
    /// Whose word confirms the primary address.
    pub trust: EmailTrust,
    /// For administrators who ask for them.
    pub custom_attributes: Option<&'a [CustomAttribute]>,
}

/// Constant fields belong to features that this server does not have: bots, following, two-factor authentication,
/// namespaces, and records of IP addresses.
impl Serialize for User<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use View::{Basic, Current, CurrentAdmin, KeyOwner, Listed, Public, Single};
        let Self { view, user, creator, base_url, trust, custom_attributes } = *self;
        let is_for_admin = matches!(view, CurrentAdmin | Listed | Single);
        // The page on keys leaves out a few fields that the pages on users have.
        let is_full = view != KeyOwner;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &user.id.0)?;
        map.serialize_entry("username", user.username.as_str())?;
        if is_for_admin || view == Current {
            map.serialize_entry("email", user.email.as_str())?;
        }
        map.serialize_entry("name", display_name(user))?;
        map.serialize_entry("state", user.state.name())?;
        map.serialize_entry("locked", &false)?;
        map.serialize_entry("avatar_url", &avatar_url(user))?;
        map.serialize_entry("web_url", &format_args!("{base_url}/{}", user.username))?;
        if view == Basic {
            return map.end();
        }
        map.serialize_entry("created_at", &time(user.created_at))?;
        if is_for_admin {
            map.serialize_entry("is_admin", &user.admin)?;
        }
        map.serialize_entry("bio", user.bio.as_ref().map_or("", SingleLineText::as_str))?;
        if view == Public {
            map.serialize_entry("bot", &false)?;
        }
        map.serialize_entry("location", &Some(user.location.as_str()).filter(|text| !text.is_empty()))?;
        // The page leaves `public_email` out of "List users", but administrators can change it.
        map.serialize_entry("public_email", &user.public_email.as_ref().map(|address| address.as_str()))?;
        if is_full {
            map.serialize_entry("skype", user.skype.as_str())?;
        }
        map.serialize_entry("linkedin", user.linkedin.as_str())?;
        map.serialize_entry("twitter", user.twitter.as_str())?;
        if is_full {
            map.serialize_entry("discord", user.discord.as_str())?;
        }
        map.serialize_entry("website_url", user.profile_url.as_str())?;
        map.serialize_entry("organization", user.company.as_str())?;
        if is_full {
            // The API has no attribute that sets it.
            map.serialize_entry("job_title", "")?;
        }
        if matches!(view, Public | Current | Single) {
            map.serialize_entry("pronouns", &user.pronouns.as_ref().map(SingleLineText::as_str))?;
            if view == Current {
                map.serialize_entry("bot", &false)?;
            }
            map.serialize_entry("work_information", &())?;
            map.serialize_entry("followers", &0)?;
            map.serialize_entry("following", &0)?;
            map.serialize_entry("local_time", &())?;
        }
        if view == Public {
            map.serialize_entry("is_followed", &false)?;
            return map.end();
        }
        map.serialize_entry("last_sign_in_at", &user.activity.last_sign_in_at.map(time))?;
        map.serialize_entry("confirmed_at", &trust.confirmed_at(user.verification).map(time))?;
        if is_full {
            map.serialize_entry("theme_id", &user.theme_id)?;
        }
        map.serialize_entry("last_activity_on", &user.activity.last_active_at.map(date))?;
        if view == KeyOwner {
            map.serialize_entry("email", user.email.as_str())?;
            map.serialize_entry("theme_id", &user.theme_id)?;
        }
        map.serialize_entry("color_scheme_id", &user.color_scheme_id)?;
        map.serialize_entry("projects_limit", &user.projects_limit)?;
        map.serialize_entry("current_sign_in_at", &user.activity.current_sign_in_at.map(time))?;
        let note = user.note.as_ref().map(SingleLineText::as_str);
        if matches!(view, Listed | Single) {
            map.serialize_entry("note", &note)?;
        }
        map.serialize_entry("identities", &identities(user))?;
        map.serialize_entry("can_create_group", &user.can_create_group)?;
        map.serialize_entry("can_create_project", &(user.projects_limit > 0))?;
        map.serialize_entry("two_factor_enabled", &false)?;
        map.serialize_entry("external", &user.external)?;
        map.serialize_entry("private_profile", &user.private_profile)?;
        if matches!(view, Current | CurrentAdmin | Single) {
            // There is no other address for commits than the primary one.
            map.serialize_entry("commit_email", user.email.as_str())?;
        }
        if is_for_admin {
            map.serialize_entry("current_sign_in_ip", &())?;
            map.serialize_entry("last_sign_in_ip", &())?;
            if view == Single {
                map.serialize_entry("sign_in_count", &user.activity.sign_in_count)?;
            }
            map.serialize_entry("namespace_id", &())?;
            let creator = creator.map(|creator| User {
                view: Basic,
                user: creator,
                creator: None,
                base_url,
                trust,
                custom_attributes: None,
            });
            map.serialize_entry("created_by", &creator)?;
            map.serialize_entry("email_reset_offered_at", &())?;
        }
        if view == CurrentAdmin {
            map.serialize_entry("note", &note)?;
        }
        if let Some(attributes) = custom_attributes {
            map.serialize_entry("custom_attributes", &attributes.iter().map(custom_attribute).collect::<Value>())?;
        }
        map.end()
    }
}

/// `doc/api/custom_attributes.md`, 17.9.
pub fn custom_attribute(attribute: &CustomAttribute) -> Value {
    json!({ "key": attribute.key.as_str(), "value": attribute.value.as_str() })
}

/// `doc/api/keys.md` and `doc/api/user_keys.md`, 17.9.
pub fn key(key: &Key) -> Value {
    json!({
        "id": key.id.0,
        "title": key.title.as_str(),
        "key": key.key.as_str(),
        "created_at": time(key.created_at),
        "expires_at": key.expires_at.map(time),
        "last_used_at": key.last_used_at.map(time),
        "usage_type": key.usage.name(),
    })
}

/// `doc/api/user_email_addresses.md`, 17.9.
pub fn email(row: &EmailRow, trust: EmailTrust) -> Value {
    let confirmed_at = trust.confirmed_at(row.email.verification).map(time);
    json!({ "id": row.id.0, "email": row.email.address.as_str(), "confirmed_at": confirmed_at })
}

/// `doc/api/personal_access_tokens.md`, "List all personal access tokens", and `doc/api/user_tokens.md`, 18.1. Only an
/// impersonation token has `impersonation`, only the response that creates a token has its secret, and only one that
/// reads it has `last_used_ips` (18.1).
pub fn token(record: &TokenRecord, secret: Option<&domain::Token>, now: Timestamp) -> Value {
    let mut body = json!({
        "id": record.id.0,
        "name": record.name.as_str(),
        "revoked": record.revoked_at.is_some(),
        "created_at": time(record.created_at),
        "description": Some(record.description.as_str()).filter(|text| !text.is_empty()),
        "scopes": record.scopes.iter().map(domain::Scope::name).collect::<Vec<_>>(),
        "user_id": record.user_id.0,
        "last_used_at": record.last_used_at.map(time),
        "active": record.is_active(now),
        "expires_at": record.expires_at.map(date),
    });
    if record.kind == TokenKind::Impersonation {
        body["impersonation"] = true.into();
    }
    match secret {
        Some(secret) => body["token"] = secret.expose().into(),
        None => body["last_used_ips"] = record.last_used_ips.iter().map(ToString::to_string).collect(),
    }
    body
}

/// `doc/api/users.md`, 17.9, "Get the status of a user". A user without a status has one without values.
pub fn status(status: Option<&UserStatus>) -> Value {
    let message = status.map_or("", |status| status.message.as_str());
    json!({
        "emoji": status.map(|status| status.emoji.as_str()),
        "availability": status.map(|status| status.availability.name()),
        "message": Some(message).filter(|text| !text.is_empty()),
        "message_html": html(message),
        "clear_status_at": status.and_then(|status| status.clear_at).map(time),
    })
}

/// Names of emoji stay as they are, because showing them takes GitLab's own element.
fn html(text: &str) -> String {
    let escaped = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// `2012-05-23T08:00:58.000Z`.
pub(super) fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// `2012-05-23`.
pub fn date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).date().to_string()
}
