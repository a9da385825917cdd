//! Which requests a fault or an expectation is about.

use serde_json::{Map, Value};

/// What a request must have. An operation's name can be given in its place.
#[derive(Clone, Debug, Default)]
pub struct Match(Map<String, Value>);

impl Match {
    /// Any request.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Requests of an operation: `gitlab.v4.users.create`.
    #[must_use]
    pub fn operation(name: &str) -> Self {
        Self::any().with("operation", name)
    }

    /// Requests in a dialect: `gitlab.v4`.
    #[must_use]
    pub fn dialect(self, name: &str) -> Self {
        self.with("dialect", name)
    }

    /// Requests with this method.
    #[must_use]
    pub fn method(self, name: &str) -> Self {
        self.with("method", name)
    }

    /// Requests with a path like this: `*` stands for one segment, `**` for any number.
    #[must_use]
    pub fn path(self, pattern: &str) -> Self {
        self.with("path", pattern)
    }

    /// Requests of this user.
    #[must_use]
    pub fn user(self, username: &str) -> Self {
        self.with("user", username)
    }

    /// Requests with the token that has this id.
    #[must_use]
    pub fn token_id(self, id: u64) -> Self {
        self.with("token_id", id)
    }

    /// Requests with this header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with_in("header", name, value)
    }

    /// Requests with this query parameter.
    #[must_use]
    pub fn query(self, name: &str, value: &str) -> Self {
        self.with_in("query", name, value)
    }

    /// Requests that have this value in their body, at a JSON pointer.
    #[must_use]
    pub fn body(self, pointer: &str, value: impl Into<Value>) -> Self {
        self.with_in("body", pointer, value)
    }

    pub(crate) fn to_json(&self) -> Value {
        self.0.clone().into()
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    fn with_in(mut self, key: &str, name: &str, value: impl Into<Value>) -> Self {
        let group = self.0.entry(key).or_insert_with(|| Map::new().into());
        group[name] = value.into();
        self
    }
}

impl From<&str> for Match {
    fn from(operation: &str) -> Self {
        Self::operation(operation)
    }
}
