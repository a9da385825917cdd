//! The `WHERE` clause of a list, built one condition at a time.

use rusqlite::types::Value;

#[derive(Default)]
pub(super) struct Conditions {
    all: Vec<String>,
    /// The values of the parameters, in their order.
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition.
    pub(super) fn require(&mut self, condition: impl Into<String>) {
        self.all.push(condition.into());
    }

    /// Adds a condition in which each `?` stands for the value, if there is one.
    pub(super) fn compare(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            let parameter = self.bind(value);
            self.require(condition.replace('?', &parameter));
        }
    }

    /// Adds a value, and returns its parameter for [`Conditions::require`].
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn sql(&self) -> String {
        if self.is_empty() { "1".to_owned() } else { self.all.join(" AND ") }
    }
}
