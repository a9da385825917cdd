//! Custom attributes of users.

use super::error::Error;
use super::tx::{Columns, Read, Write};
use crate::domain::{CustomAttribute, SingleLineText, UserId};
use rusqlite::Row;

impl Read<'_> {
    /// The user's attributes by key.
    pub fn custom_attributes(&self, user: UserId) -> Result<Vec<CustomAttribute>, Error> {
        let sql = "SELECT key, value FROM custom_attributes WHERE user_id = ?1 ORDER BY key";
        self.all(sql, [user.0], attribute)
    }

    pub fn custom_attribute(&self, user: UserId, key: &str) -> Result<Option<CustomAttribute>, Error> {
        let sql = "SELECT key, value FROM custom_attributes WHERE user_id = ?1 AND key = ?2";
        self.one(sql, (user.0, key), attribute)
    }

    pub fn count_custom_attributes(&self, user: UserId) -> Result<u64, Error> {
        self.count("SELECT count(*) FROM custom_attributes WHERE user_id = ?1", [user.0])
    }
}

impl Write<'_> {
    /// Adds the attribute, or changes its value.
    ///
    /// # Errors
    /// `Gone` if there is no such user.
    pub fn set_custom_attribute(&self, user: UserId, attribute: &CustomAttribute) -> Result<(), Error> {
        self.run(
            "INSERT INTO custom_attributes (user_id, key, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value",
            (user.0, attribute.key.as_str(), attribute.value.as_str()),
        )
    }

    /// Whether there was one.
    pub fn delete_custom_attribute(&self, user: UserId, key: &str) -> Result<bool, Error> {
        Ok(self.change("DELETE FROM custom_attributes WHERE user_id = ?1 AND key = ?2", (user.0, key))? > 0)
    }
}

fn attribute(row: &Row<'_>) -> rusqlite::Result<CustomAttribute> {
    let mut row = Columns::of(row);
    Ok(CustomAttribute { key: row.map_text(SingleLineText::stored)?, value: row.map_text(SingleLineText::stored)? })
}
