//! The dialect's JSON: exactly the documented fields, in the documented order.

use crate::domain::{Email, User};
use serde_json::{Value, json};

/// Document section 1.1, example response. `base_url` has no final slash.
pub fn user(user: &User, base_url: &str) -> Value {
    json!({
        "id": user.id.0,
        "username": user.username.as_str(),
        "url": format!("{base_url}/api/v1.1/users/{}/", user.username),
        "date_joined": format!("{:.6}", user.created_at),
        "type": "User",
        "full_name": user.name.as_str(),
        "location": user.location.as_str(),
        "company": user.company.as_str(),
        "profile_url": user.profile_url.as_str(),
        "gravatar_url": format!("https://secure.gravatar.com/avatar/{}.jpg?s=80&r=g&d=mm", user.gravatar_hash()),
        "email": user.email.as_str(),
        "is_active": user.is_active(),
    })
}

/// Document section 1.3, example response.
pub fn email(email: &Email) -> Value {
    json!({ "email": email.address.as_str(), "verified": email.is_verified(), "primary": email.primary })
}
