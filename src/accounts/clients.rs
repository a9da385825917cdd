//! Which application is asking (RFC 6749 section 2.3).

use super::{Accounts, Error};
use crate::domain::{ApplicationId, SingleLineText, Token};
use crate::store::{Application, Read};

/// An application that has shown to be who it says: by its secret, or, if it can keep none, by its name alone.
#[derive(Clone, Debug)]
pub struct Client(Application);

impl Client {
    pub(super) fn id(&self) -> ApplicationId {
        self.0.id
    }

    pub(super) fn name(&self) -> &SingleLineText {
        &self.0.registration.name
    }

    /// It may have been deleted since, or been given another secret, which ends the old one at once: each write looks
    /// again.
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
    /// `Unauthenticated` for an application that is unknown, a wrong secret, none where there is one, and one where
    /// there is none.
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
