//! v3's JSON: the documented fields in their order, then those of later v3 releases that clients read (SPEC 5).

use crate::domain::{self, EmailTrust, Token};
use crate::gitlab::entities::{avatar_url, display_name, identities};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Borrow;

/// A user, and whose word confirms the primary address.
pub enum User<'a> {
    /// Every field.
    Any(&'a domain::User, EmailTrust),
    /// Without `extern_uid` and `provider` (document, "Current user").
    Current(&'a domain::User, EmailTrust),
    /// The response to `POST /session`: the current user with the token, which no other response contains.
    Session(&'a domain::User, &'a Token, EmailTrust),
}

impl Serialize for User<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Self::Any(user, trust) | Self::Current(user, trust) | Self::Session(user, _, trust)) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &user.id.0)?;
        map.serialize_entry("username", user.username.as_str())?;
        map.serialize_entry("email", user.email.as_str())?;
        map.serialize_entry("name", display_name(user))?;
        map.serialize_entry("blocked", &user.state.is_blocked())?;
        map.serialize_entry("created_at", &format_args!("{:.0}", user.created_at))?;
        map.serialize_entry("bio", &user.bio.as_ref().map(|bio| bio.as_str()))?;
        map.serialize_entry("skype", user.skype.as_str())?;
        map.serialize_entry("linkedin", user.linkedin.as_str())?;
        map.serialize_entry("twitter", user.twitter.as_str())?;
        map.serialize_entry("dark_scheme", &user.dark_scheme)?;
        if matches!(self, Self::Any(..)) {
            let first = user.identities.first();
            map.serialize_entry("extern_uid", &first.map(|identity| identity.extern_uid.as_str()))?;
            map.serialize_entry("provider", &first.map(|identity| identity.provider.as_str()))?;
        }
        map.serialize_entry("theme_id", &1)?;
        map.serialize_entry("state", user.state.name())?;
        map.serialize_entry("avatar_url", &avatar_url(user))?;
        map.serialize_entry("is_admin", &user.admin)?;
        map.serialize_entry("can_create_group", &user.can_create_group)?;
        map.serialize_entry("can_create_project", &(user.projects_limit > 0))?;
        map.serialize_entry("projects_limit", &user.projects_limit)?;
        map.serialize_entry("website_url", user.profile_url.as_str())?;
        map.serialize_entry("color_scheme_id", &1)?;
        map.serialize_entry("identities", &identities(user))?;
        map.serialize_entry("location", &Some(user.location.as_str()).filter(|text| !text.is_empty()))?;
        map.serialize_entry("organization", user.company.as_str())?;
        map.serialize_entry("external", &user.external)?;
        let confirmed_at = trust.confirmed_at(user.verification);
        map.serialize_entry("confirmed_at", &confirmed_at.map(|time| format!("{time:.0}")))?;
        if let Self::Session(_, token, _) = self {
            map.serialize_entry("private_token", token.expose())?;
        }
        map.end()
    }
}

/// Document, "List SSH keys". Later v3 releases added `created_at` and `fingerprint`. The times after them are not in
/// the documents, so they are left out without a value.
pub struct Key<K>(pub K);

impl<K: Borrow<domain::Key>> Serialize for Key<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = self.0.borrow();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &key.id.0)?;
        map.serialize_entry("title", key.title.as_str())?;
        map.serialize_entry("key", key.key.as_str())?;
        map.serialize_entry("created_at", &format_args!("{:.0}", key.created_at))?;
        map.serialize_entry("fingerprint", &key.key.fingerprint().to_string())?;
        for (name, time) in [("expires_at", key.expires_at), ("last_used_at", key.last_used_at)] {
            if let Some(time) = time {
                map.serialize_entry(name, &format_args!("{time:.0}"))?;
            }
        }
        map.end()
    }
}
