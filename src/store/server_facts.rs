//! What operators want to know of a database: its users by state, and when it was last backed up.

use super::error::Error;
use super::tx::{Read, Write, micros, time};
use super::users::state;
use crate::domain::State;
use jiff::Timestamp;

impl Read<'_> {
    /// The number of all users.
    pub fn count_users(&self) -> Result<u64, Error> {
        self.count("SELECT coalesce(sum(users), 0) FROM user_blocks", [])
    }

    /// The number of users in each state but the usual one, as far as there are any.
    pub fn count_inactive_users(&self) -> Result<Vec<(State, u64)>, Error> {
        let sql = "SELECT state, count(*) AS users FROM users WHERE state <> 'active' GROUP BY state ORDER BY state";
        self.all(sql, [], |row| Ok((state(row.get_ref("state")?.as_str()?)?, row.get::<_, i64>("users")? as u64)))
    }

    /// When `accountd backup` last copied this database.
    pub fn last_backup(&self) -> Result<Option<Timestamp>, Error> {
        self.one("SELECT at FROM last_backup", [], |row| time(row, "at"))
    }
}

impl Write<'_> {
    pub fn set_last_backup(&self, at: Timestamp) -> Result<(), Error> {
        let sql = "INSERT INTO last_backup (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = excluded.at";
        self.run(sql, [micros(at)])
    }
}
