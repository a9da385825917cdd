//! The dialect's JSON: exactly the documented fields, in the documented order.

use crate::domain;
use serde::Serialize;

/// Document section 1.1, example response.
#[derive(Serialize)]
pub struct User<'a> {
    id: i64,
    username: &'a str,
    url: String,
    date_joined: String,
    r#type: &'static str,
    full_name: &'a str,
    location: &'a str,
    company: &'a str,
    profile_url: &'a str,
    gravatar_url: String,
    email: &'a str,
    is_active: bool,
}

impl<'a> User<'a> {
    /// `base_url` has no final slash.
    pub fn new(user: &'a domain::User, base_url: &str) -> Self {
        Self {
            id: user.id.0,
            username: user.username.as_str(),
            url: format!("{base_url}/api/v1.1/users/{}/", user.username),
            date_joined: format!("{:.6}", user.created_at),
            r#type: "User",
            full_name: user.name.as_str(),
            location: user.location.as_str(),
            company: user.company.as_str(),
            profile_url: user.profile_url.as_str(),
            gravatar_url: format!("https://secure.gravatar.com/avatar/{}.jpg?s=80&r=g&d=mm", user.gravatar_hash()),
            email: user.email.as_str(),
            is_active: user.is_active(),
        }
    }
}

/// Document section 1.3, example response.
#[derive(Serialize)]
pub struct Email<'a> {
    email: &'a str,
    verified: bool,
    primary: bool,
}

impl<'a> From<&'a domain::Email> for Email<'a> {
    fn from(email: &'a domain::Email) -> Self {
        Self { email: email.address.as_str(), verified: email.is_verified(), primary: email.primary }
    }
}
