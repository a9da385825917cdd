//! Registered OAuth applications.

use super::error::Error;
use super::tx::{Read, Write, micros, time};
use crate::domain::{ApplicationId, RedirectUri, Scopes, SingleLineText, TokenHash};
use jiff::Timestamp;
use rusqlite::Row;

/// What is known of an application that may ask users for access.
#[derive(Clone, Debug)]
pub struct Registration {
    pub name: SingleLineText,
    pub client_id: SingleLineText,
    /// None for a public client.
    pub secret_hash: Option<TokenHash>,
    /// In the order of registration; never empty.
    pub redirect_uris: Vec<RedirectUri>,
    /// What it may ask for at most.
    pub scopes: Scopes,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Application {
    pub id: ApplicationId,
    pub registration: Registration,
}

impl Read<'_> {
    /// Every application, in the order of registration.
    pub fn applications(&self) -> Result<Vec<Application>, Error> {
        let found = self.all("SELECT * FROM applications ORDER BY id", [], application)?;
        found.into_iter().map(|application| self.with_redirect_uris(application)).collect()
    }

    pub fn count_applications(&self) -> Result<u32, Error> {
        Ok(self.one("SELECT count(*) FROM applications", [], |row| row.get(0))?.unwrap_or(0))
    }

    /// Client ids are compared exactly.
    pub fn application(&self, client_id: &str) -> Result<Option<Application>, Error> {
        let found = self.one("SELECT * FROM applications WHERE client_id = ?1", [client_id], application)?;
        found.map(|application| self.with_redirect_uris(application)).transpose()
    }

    /// The client id of one.
    pub fn client_id(&self, id: ApplicationId) -> Result<Option<SingleLineText>, Error> {
        self.one("SELECT client_id FROM applications WHERE id = ?1", [id.0], |row| {
            row.get(0).map(SingleLineText::stored)
        })
    }

    fn with_redirect_uris(&self, mut application: Application) -> Result<Application, Error> {
        let sql = "SELECT uri FROM application_redirect_uris WHERE application_id = ?1 ORDER BY id";
        let uris = self.all(sql, [application.id.0], |row| row.get(0).map(RedirectUri::stored))?;
        application.registration.redirect_uris = uris;
        Ok(application)
    }
}

impl Write<'_> {
    /// # Errors
    /// `Taken(ClientId)`, or `Taken(RedirectUri)` if one is given twice.
    pub fn insert_application(&self, new: &Registration) -> Result<ApplicationId, Error> {
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
        Ok(ApplicationId(id))
    }

    /// The old secret ends at once.
    pub fn set_secret(&self, id: ApplicationId, hash: &TokenHash) -> Result<(), Error> {
        let sql = "UPDATE applications SET secret_hash = ?2 WHERE id = ?1";
        self.run(sql, (id.0, hash.as_bytes())).map(drop)
    }

    /// With everything that users allowed it.
    pub fn delete_application(&self, id: ApplicationId) -> Result<(), Error> {
        self.run("DELETE FROM applications WHERE id = ?1", [id.0]).map(drop)
    }
}

/// A row of the table; the redirect URIs are still to come.
fn application(row: &Row<'_>) -> rusqlite::Result<Application> {
    Ok(Application {
        id: ApplicationId(row.get("id")?),
        registration: Registration {
            name: SingleLineText::stored(row.get("name")?),
            client_id: SingleLineText::stored(row.get("client_id")?),
            secret_hash: row.get::<_, Option<[u8; 32]>>("secret_hash")?.map(TokenHash::from_bytes),
            redirect_uris: Vec::new(),
            scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
            created_at: time(row, "created_at")?,
        },
    })
}
