//! v4's key, address and token.

use super::{date, time};
use crate::accounts::EmailRow;
use crate::domain::{self, TokenKind};
use jiff::Timestamp;
use serde::Serialize;

/// `doc/api/keys.md` and `doc/api/user_keys.md`, 17.9.
#[derive(Serialize)]
pub struct Key<'a> {
    id: i64,
    title: &'a str,
    key: &'a str,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    usage_type: &'static str,
}

impl<'a> From<&'a domain::Key> for Key<'a> {
    fn from(key: &'a domain::Key) -> Self {
        Self {
            id: key.id.0,
            title: key.title.as_str(),
            key: key.key.as_str(),
            created_at: time(key.created_at),
            expires_at: key.expires_at.map(time),
            last_used_at: key.last_used_at.map(time),
            usage_type: key.usage.name(),
        }
    }
}

/// `doc/api/keys.md`, 17.9, "Get SSH key with user by ID".
#[derive(Serialize)]
pub struct KeyWithUser<'a> {
    #[serde(flatten)]
    key: Key<'a>,
    user: super::users::KeyOwner<'a>,
}

impl<'a> KeyWithUser<'a> {
    pub fn new(key: &'a domain::Key, user: &'a domain::User, urls: &super::users::Urls) -> Self {
        Self { key: key.into(), user: super::users::KeyOwner::new(user, urls) }
    }
}

/// `doc/api/user_email_addresses.md`, 17.9.
#[derive(Serialize)]
pub struct Email<'a> {
    id: i64,
    email: &'a str,
    confirmed_at: Option<String>,
}

impl<'a> From<&'a EmailRow> for Email<'a> {
    fn from(row: &'a EmailRow) -> Self {
        Self { id: row.id.0, email: row.email.address.as_str(), confirmed_at: row.email.confirmed_at.map(time) }
    }
}

/// `doc/api/personal_access_tokens.md`, "List all personal access tokens", and `doc/api/user_tokens.md`, 18.1. Only an
/// impersonation token has `impersonation`.
#[derive(Serialize)]
pub struct Token<'a> {
    id: i64,
    name: &'a str,
    revoked: bool,
    created_at: String,
    description: Option<&'a str>,
    scopes: Vec<&'static str>,
    user_id: i64,
    last_used_at: Option<String>,
    active: bool,
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonation: Option<bool>,
    /// Only in the response that creates the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl<'a> Token<'a> {
    pub fn new(record: &'a domain::TokenRecord, secret: Option<&'a domain::Token>) -> Self {
        Self {
            id: record.id.0,
            name: record.name.as_str(),
            revoked: record.revoked_at.is_some(),
            created_at: time(record.created_at),
            description: Some(record.description.as_str()).filter(|text| !text.is_empty()),
            scopes: record.scopes.iter().map(domain::Scope::name).collect(),
            user_id: record.user_id.0,
            last_used_at: record.last_used_at.map(time),
            active: record.is_active(Timestamp::now()),
            expires_at: record.expires_at.map(date),
            impersonation: (record.kind == TokenKind::Impersonation).then_some(true),
            token: secret.map(domain::Token::expose),
        }
    }
}
