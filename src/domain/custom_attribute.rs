//! Custom attributes: what administrators note about a user under a key.

use super::{Problem, SingleLineText};

/// A key with its value. Neither is blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomAttribute {
    pub key: SingleLineText,
    pub value: SingleLineText,
}

impl CustomAttribute {
    /// # Errors
    /// Those of [`SingleLineText::required`].
    pub fn parse(key: &str, value: &str) -> Result<Self, Problem> {
        Ok(Self { key: SingleLineText::required(key)?, value: SingleLineText::required(value)? })
    }
}
