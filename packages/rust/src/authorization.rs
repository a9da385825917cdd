//! Signing in without a form.

use serde_json::{Value, json};

/// The answer to an OAuth authorization request.
#[derive(Clone, Copy, Debug)]
pub enum Authorization<'a> {
    /// This user approves it.
    User(&'a str),
    /// It is refused with this error code: `access_denied`.
    Error(&'a str),
}

impl Authorization<'_> {
    pub(crate) fn to_json(self) -> Value {
        match self {
            Self::User(user) => json!({ "user": user }),
            Self::Error(error) => json!({ "error": error }),
        }
    }
}

/// The cookie of a browser session.
#[derive(Clone, Debug)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value, which is a secret of the session.
    pub value: String,
}
