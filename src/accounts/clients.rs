//! Client authentication (RFC 6749 section 2.3).

use super::{Accounts, Error};
use crate::domain::{ApplicationId, SingleLineText, Token};
use crate::store::{Application, Read};

/// An authenticated application. A confidential client authenticates by its secret, a public one is only identified.
#[derive(Clone, Debug)]
pub struct Client(Application);

impl Client {
    pub(super) fn id(&self) -> ApplicationId {
        self.0.id
    }

    pub(super) fn name(&self) -> &SingleLineText {
        &self.0.registration.name
    }

    /// Checks inside a write that the application still exists and has the same secret.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub(super) fn reauthorize(&self, db: &Read<'_>) -> Result<(), Error> {
        let then = &self.0.registration;
        let now = db.application(then.client_id.as_str())?.map(|now| (now.id, now.registration.secret_hash));
        if now == Some((self.0.id, then.secret_hash)) { Ok(()) } else { Err(Error::Unauthenticated) }
    }

    pub fn application(&self) -> &Application {
        &self.0
    }

    /// Whether it has a secret.
    pub fn is_confidential(&self) -> bool {
        self.0.registration.secret_hash.is_some()
    }
}

impl Accounts {
    /// # Errors
    /// `Unauthenticated` for an unknown application, a wrong or missing secret, and a secret for a public client.
    pub fn authenticate_client(&self, client_id: &str, secret: Option<&str>) -> Result<Client, Error> {
        let application = self.store.read(|db| db.application(client_id))?.ok_or(Error::Unauthenticated)?;
        let good = match (&application.registration.secret_hash, secret) {
            (Some(hash), Some(secret)) => Token::parse(secret).is_ok_and(|secret| secret.hash() == *hash),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if good { Ok(Client(application)) } else { Err(Error::Unauthenticated) }
    }
}
