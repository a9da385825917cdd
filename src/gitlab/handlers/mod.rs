//! The handlers of both versions. A handler parses the request into domain types, makes one call into `accounts`, and
//! returns the response that [`Version`](super::version::Version) builds from the result.

pub mod emails;
pub mod empty_lists;
pub mod impersonation_tokens;
pub mod keys;
pub mod moderation;
pub mod server_version;
pub mod session;
pub mod tokens;
pub mod users;

use crate::domain::User;

/// The `name` of a user in responses. It is never blank, because clients send it back with every change.
pub fn display_name(user: &User) -> &str {
    if user.name.is_empty() { user.username.as_str() } else { user.name.as_str() }
}

pub fn avatar_url(user: &User) -> String {
    format!("https://www.gravatar.com/avatar/{}?s=80&d=identicon", user.gravatar_hash())
}
