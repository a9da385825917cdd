//! How each interface shows users, addresses and keys.

use crate::accounts::{Accounts, Email, Key, User};
use crate::expected::{ABSENT, ANY, containing};
use serde_json::{Value, json};

/// A user in docker's dialect.
pub fn docker_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "full_name": user.name, "location": user.location,
        "company": user.company, "profile_url": user.website, "email": user.email(), "is_active": true,
        "type": "User", "url": containing(&format!("/api/v1.1/users/{}/", user.username)),
    })
}

/// A user in v3, the same for every caller.
pub fn v3_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "email": user.email(),
        "state": user.state.name(), "blocked": user.state.is_blocked(), "is_admin": user.admin, "bio": user.bio,
        "website_url": user.website,
    })
}

/// A user in v4 for administrators.
pub fn v4_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "email": user.email(),
        "state": user.state.name(), "is_admin": user.admin, "bio": user.bio.as_deref().unwrap_or(""),
        "website_url": user.website, "location": text_or_null(&user.location),
        "organization": text_or_null(&user.company),
    })
}

/// v4 shows a text that is not set as null or as an empty text, depending on the field.
fn text_or_null(text: &str) -> Value {
    if text.is_empty() { json!(ANY) } else { json!(text) }
}

/// A user in v4 for all other callers.
pub fn v4_basic_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "state": user.state.name(),
        "email": ABSENT, "is_admin": ABSENT, "note": ABSENT,
    })
}

/// A user in v4 for themself.
pub fn v4_current_user(user: &User) -> Value {
    let admin = if user.admin { json!(true) } else { json!(ABSENT) };
    json!({
        "id": user.id, "username": user.username, "name": user.shown_name(), "state": "active",
        "email": user.email(), "is_admin": admin, "website_url": user.website,
    })
}

/// A user in the output of commands.
pub fn cli_user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "name": user.name, "email": user.email(), "admin": user.admin,
        "blocked": user.state.is_blocked(), "state": user.state.name(), "bio": user.bio, "location": user.location,
        "company": user.company, "profile_url": user.website,
    })
}

/// A user's addresses in docker's dialect and in the output of commands.
pub fn emails(user: &User) -> Value {
    let entry = |email: &Email| json!({ "email": email.address, "verified": email.verified, "primary": email.id == user.primary });
    user.emails_in_order().into_iter().map(entry).collect()
}

/// A user's addresses in v4, which leaves out the primary one.
pub fn v4_emails(user: &User) -> Value {
    let others = user.emails.iter().filter(|email| email.id != user.primary);
    others.map(|email| v4_email(email.id, &email.address, email.verified)).collect()
}

pub fn v4_email(id: i64, address: &str, verified: bool) -> Value {
    json!({ "id": id, "email": address, "confirmed_at": if verified { json!(ANY) } else { Value::Null } })
}

pub fn key(key: &Key) -> Value {
    json!({ "id": key.id, "title": key.title, "key": key.line })
}

pub fn keys(accounts: &Accounts, user: i64) -> Value {
    accounts.keys_of(user).map(key).collect()
}
