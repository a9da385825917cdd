//! v3's JSON: the documented fields in their order, then those of later v3 releases that clients read (SPEC 5).

use super::super::handlers::{avatar_url, display_name};
use crate::domain;
use serde::Serialize;

/// A user. The current user is the same without `extern_uid` and `provider` (document, "Current user").
#[derive(Serialize)]
pub struct User<'a> {
    id: i64,
    username: &'a str,
    email: &'a str,
    name: &'a str,
    blocked: bool,
    created_at: String,
    bio: Option<&'a str>,
    skype: &'a str,
    linkedin: &'a str,
    twitter: &'a str,
    dark_scheme: bool,
    #[serde(flatten)]
    login: Option<Login<'a>>,
    theme_id: u8,
    state: &'static str,
    avatar_url: String,
    is_admin: bool,
    can_create_group: bool,
    can_create_project: bool,
    projects_limit: u32,
    website_url: &'a str,
    color_scheme_id: u8,
    identities: Vec<Identity<'a>>,
}

#[derive(Serialize)]
struct Login<'a> {
    extern_uid: Option<&'a str>,
    provider: Option<&'a str>,
}

#[derive(Serialize)]
struct Identity<'a> {
    provider: &'a str,
    extern_uid: &'a str,
}

impl<'a> User<'a> {
    pub fn new(user: &'a domain::User) -> Self {
        let first = user.identities.first();
        let login = Login {
            extern_uid: first.map(|identity| identity.extern_uid.as_str()),
            provider: first.map(|identity| identity.provider.as_str()),
        };
        Self { login: Some(login), ..Self::current(user) }
    }

    pub fn current(user: &'a domain::User) -> Self {
        Self {
            id: user.id.0,
            username: user.username.as_str(),
            email: user.email.as_str(),
            name: display_name(user),
            blocked: user.state.is_blocked(),
            created_at: format!("{:.0}", user.created_at),
            bio: user.bio.as_ref().map(|bio| bio.as_str()),
            skype: user.skype.as_str(),
            linkedin: user.linkedin.as_str(),
            twitter: user.twitter.as_str(),
            dark_scheme: user.dark_scheme,
            login: None,
            theme_id: 1,
            state: user.state.name(),
            avatar_url: avatar_url(user),
            is_admin: user.admin,
            can_create_group: user.can_create_group,
            can_create_project: user.projects_limit > 0,
            projects_limit: user.projects_limit,
            website_url: user.profile_url.as_str(),
            color_scheme_id: 1,
            identities: identities(user),
        }
    }
}

fn identities(user: &domain::User) -> Vec<Identity<'_>> {
    let identities = user.identities.iter();
    identities
        .map(|identity| Identity { provider: identity.provider.as_str(), extern_uid: identity.extern_uid.as_str() })
        .collect()
}

/// The response to `POST /session`, the only one that contains the token.
#[derive(Serialize)]
pub struct Session<'a> {
    #[serde(flatten)]
    user: User<'a>,
    private_token: &'a str,
}

impl<'a> Session<'a> {
    pub fn new(user: &'a domain::User, token: &'a domain::Token) -> Self {
        Self { user: User::current(user), private_token: token.expose() }
    }
}

/// Document, "List SSH keys". Later v3 releases added `created_at` and `fingerprint`.
#[derive(Serialize)]
pub struct Key<'a> {
    id: i64,
    title: &'a str,
    key: &'a str,
    created_at: String,
    fingerprint: String,
    // Not in the documents, so left out without a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
}

/// A key with its owner: GitLab's documentation, "Keys API", "Get an SSH key with its user".
#[derive(Serialize)]
pub struct KeyWithUser<'a> {
    #[serde(flatten)]
    key: Key<'a>,
    user: User<'a>,
}

impl<'a> KeyWithUser<'a> {
    pub fn new(key: &'a domain::Key, user: &'a domain::User) -> Self {
        Self { key: key.into(), user: User::new(user) }
    }
}

impl<'a> From<&'a domain::Key> for Key<'a> {
    fn from(key: &'a domain::Key) -> Self {
        Self {
            id: key.id.0,
            title: key.title.as_str(),
            key: key.key.as_str(),
            created_at: format!("{:.0}", key.created_at),
            fingerprint: key.key.fingerprint().to_string(),
            expires_at: key.expires_at.map(|time| format!("{time:.0}")),
            last_used_at: key.last_used_at.map(|time| format!("{time:.0}")),
        }
    }
}
