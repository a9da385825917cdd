//! The handlers of both versions. A handler parses the request into domain types, makes one call into the accounts, and
//! returns what [`Version`](super::version::Version) makes of the result.

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

/// GitLab's name of a user is never blank: clients send it back with every change.
pub fn shown_name(user: &User) -> &str {
    if user.name.is_empty() { user.username.as_str() } else { user.name.as_str() }
}

pub fn avatar_url(user: &User) -> String {
    format!("https://www.gravatar.com/avatar/{}?s=80&d=identicon", user.gravatar_hash())
}
