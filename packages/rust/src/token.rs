//! The attributes of a token that a test makes.

use serde_json::{Value, json};

/// A token to make. A user's name can be given in its place.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewToken(pub(crate) Value);

impl NewToken {
    /// A token of this user.
    pub fn of(user: &str) -> Self {
        Self(json!({ "user": user }))
    }

    /// With these scopes.
    pub fn scopes(self, scopes: &[&str]) -> Self {
        self.with("scopes", scopes)
    }

    /// With this name.
    pub fn name(self, name: &str) -> Self {
        self.with("name", name)
    }

    /// It expires at this time, in RFC 3339.
    pub fn expires_at(self, time: &str) -> Self {
        self.with("expires_at", time)
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0[key] = value.into();
        self
    }
}

impl From<&str> for NewToken {
    fn from(user: &str) -> Self {
        Self::of(user)
    }
}
