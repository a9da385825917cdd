//! Registered OAuth applications.

use super::error::Error;
use super::tx::{Read, Write, micros, time};
use crate::domain::{Line, Scopes, TokenHash};
use jiff::Timestamp;

/// An application that may ask users for access.
#[derive(Clone, Debug)]
pub struct Application {
    pub name: Line,
    pub client_id: Line,
    /// None for a public client.
    pub secret_hash: Option<TokenHash>,
    /// Compared exactly, in the order of registration.
    pub redirect_uris: Vec<Line>,
    pub scopes: Scopes,
    pub created_at: Timestamp,
}

impl Read<'_> {
    /// Every application, in the order of registration.
    pub fn applications(&self) -> Result<Vec<Application>, Error> {
        let rows = self.all("SELECT * FROM applications ORDER BY id", [], |row| {
            let application = Application {
                name: Line::stored(row.get("name")?),
                client_id: Line::stored(row.get("client_id")?),
                secret_hash: row.get::<_, Option<[u8; 32]>>("secret_hash")?.map(TokenHash::from_bytes),
                redirect_uris: Vec::new(),
                scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
                created_at: time(row, "created_at")?,
            };
            Ok((row.get::<_, i64>("id")?, application))
        })?;
        let uris = "SELECT uri FROM application_redirect_uris WHERE application_id = ?1 ORDER BY id";
        rows.into_iter()
            .map(|(id, application)| {
                let redirect_uris = self.all(uris, [id], |row| row.get(0).map(Line::stored))?;
                Ok(Application { redirect_uris, ..application })
            })
            .collect()
    }
}

impl Write<'_> {
    /// # Errors
    /// `Taken(ClientId)`, or `Taken(RedirectUri)` if one is given twice.
    pub fn insert_application(&self, new: &Application) -> Result<(), Error> {
        let id = self.insert(
            "INSERT INTO applications (name, client_id, secret_hash, scopes, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                new.name.as_str(),
                new.client_id.as_str(),
                new.secret_hash.as_ref().map(TokenHash::as_bytes),
                new.scopes.to_string(),
                micros(new.created_at),
            ),
        )?;
        for uri in &new.redirect_uris {
            let sql = "INSERT INTO application_redirect_uris (application_id, uri) VALUES (?1, ?2)";
            self.insert(sql, (id, uri.as_str()))?;
        }
        Ok(())
    }
}
