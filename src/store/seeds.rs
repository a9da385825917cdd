//! The seed files that have been loaded.

use super::error::Error;
use super::tx::{Read, Write, micros};
use jiff::Timestamp;

impl Read<'_> {
    /// Whether a file with that SHA-256 has been loaded.
    pub fn seed_loaded(&self, sha256: &[u8; 32]) -> Result<bool, Error> {
        Ok(self.one("SELECT 1 FROM loaded_seeds WHERE sha256 = ?1", [sha256], |_| Ok(()))?.is_some())
    }
}

impl Write<'_> {
    /// Records that a file with that SHA-256 is loaded.
    pub fn note_seed(&self, sha256: &[u8; 32], now: Timestamp) -> Result<(), Error> {
        let sql = "INSERT INTO loaded_seeds (sha256, loaded_at) VALUES (?1, ?2)";
        self.run(sql, (sha256, micros(now)))
    }
}
