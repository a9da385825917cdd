//! The JSON that both versions share.

use crate::domain::User;
use serde_json::{Value, json};

/// The `name` of a user. It is never blank, because clients send it back with every change.
pub fn display_name(user: &User) -> &str {
    if user.name.is_empty() { user.username.as_str() } else { user.name.as_str() }
}

pub fn avatar_url(user: &User) -> String {
    format!("https://www.gravatar.com/avatar/{}?s=80&d=identicon", user.gravatar_hash())
}

pub fn identities(user: &User) -> Value {
    let identities = user.identities.iter();
    identities
        .map(|identity| json!({ "provider": identity.provider.as_str(), "extern_uid": identity.extern_uid.as_str() }))
        .collect()
}
