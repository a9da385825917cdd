//! Registered OAuth applications.

use super::error::Error;
use super::tx::{Read, Write, micros, time};
use crate::domain::{ApplicationId, RedirectUri, Scopes, SingleLineText, TokenHash};
use jiff::Timestamp;
use rusqlite::Row;

/// The attributes of an application.
#[derive(Clone, Debug)]
pub struct Registration {
    pub name: SingleLineText,
    pub client_id: SingleLineText,
    /// `None` for a public client.
    pub secret_hash: Option<TokenHash>,
    /// In the order of registration; never empty.
    pub redirect_uris: Vec<RedirectUri>,
    /// The scopes that it may request.
    pub scopes: Scopes,
    /// Whether users are not asked for their consent.
    pub trusted: bool,
    pub created_at: Timestamp,
}

/// A registered application.
#[derive(Clone, Debug)]
pub struct Application {
    pub id: ApplicationId,
    pub registration: Registration,
}

/// URIs contain no spaces.
const SELECT: &str = "SELECT *, (SELECT group_concat(uri, ' ' ORDER BY id) FROM application_redirect_uris
                                 WHERE application_id = applications.id) AS redirect_uris FROM applications";

impl Read<'_> {
    /// All applications, in the order of registration.
    pub fn applications(&self) -> Result<Vec<Application>, Error> {
        self.all(&format!("{SELECT} ORDER BY id"), [], application)
    }

    pub fn count_applications(&self) -> Result<u64, Error> {
        self.count("SELECT count(*) FROM applications", [])
    }

    /// The application with that client id, in exactly this spelling.
    pub fn application(&self, client_id: &str) -> Result<Option<Application>, Error> {
        self.one(&format!("{SELECT} WHERE client_id = ?1"), [client_id], application)
    }

    /// The client id of an application.
    pub fn client_id(&self, id: ApplicationId) -> Result<Option<SingleLineText>, Error> {
        self.one("SELECT client_id FROM applications WHERE id = ?1", [id.0], |row| {
            row.get(0).map(SingleLineText::stored)
        })
    }

    /// The name of an application.
    pub fn application_name(&self, id: ApplicationId) -> Result<Option<SingleLineText>, Error> {
        self.one("SELECT name FROM applications WHERE id = ?1", [id.0], |row| row.get(0).map(SingleLineText::stored))
    }
}

impl Write<'_> {
    /// # Errors
    /// `Taken(ClientId)`; `Taken(RedirectUri)` if one is given twice.
    pub fn insert_application(&self, new: &Registration) -> Result<ApplicationId, Error> {
        let id = self.insert(
            "INSERT INTO applications (name, client_id, secret_hash, scopes, created_at, trusted)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                new.name.as_str(),
                new.client_id.as_str(),
                new.secret_hash.as_ref().map(TokenHash::as_bytes),
                new.scopes.to_string(),
                micros(new.created_at),
                new.trusted,
            ),
        )?;
        self.insert_redirect_uris(ApplicationId(id), &new.redirect_uris)?;
        Ok(ApplicationId(id))
    }

    /// Replaces the name, the scopes and the redirect URIs. What users allowed the application stays.
    ///
    /// # Errors
    /// `Taken(RedirectUri)` if one is given twice.
    pub fn update_application(&self, application: &Application) -> Result<(), Error> {
        let (id, new) = (application.id, &application.registration);
        let sql = "UPDATE applications SET name = ?2, scopes = ?3 WHERE id = ?1";
        self.run(sql, (id.0, new.name.as_str(), new.scopes.to_string()))?;
        self.run("DELETE FROM application_redirect_uris WHERE application_id = ?1", [id.0])?;
        self.insert_redirect_uris(id, &new.redirect_uris)
    }

    fn insert_redirect_uris(&self, id: ApplicationId, uris: &[RedirectUri]) -> Result<(), Error> {
        let sql = "INSERT INTO application_redirect_uris (application_id, uri) VALUES (?1, ?2)";
        uris.iter().try_for_each(|uri| self.run(sql, (id.0, uri.as_str())))
    }

    /// Replaces the secret.
    pub fn set_secret(&self, id: ApplicationId, hash: &TokenHash) -> Result<(), Error> {
        let sql = "UPDATE applications SET secret_hash = ?2 WHERE id = ?1";
        self.run(sql, (id.0, hash.as_bytes()))
    }

    /// Deletes the application with all grants and tokens.
    pub fn delete_application(&self, id: ApplicationId) -> Result<(), Error> {
        self.run("DELETE FROM applications WHERE id = ?1", [id.0])
    }
}

fn application(row: &Row<'_>) -> rusqlite::Result<Application> {
    let uris: Option<String> = row.get("redirect_uris")?;
    let uris = uris.unwrap_or_default();
    Ok(Application {
        id: ApplicationId(row.get("id")?),
        registration: Registration {
            name: SingleLineText::stored(row.get("name")?),
            client_id: SingleLineText::stored(row.get("client_id")?),
            secret_hash: row.get::<_, Option<[u8; 32]>>("secret_hash")?.map(TokenHash::from_bytes),
            redirect_uris: uris.split_ascii_whitespace().map(|uri| RedirectUri::stored(uri.to_owned())).collect(),
            scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
            trusted: row.get("trusted")?,
            created_at: time(row, "created_at")?,
        },
    })
}
