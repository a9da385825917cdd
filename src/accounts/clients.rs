//! Which application is asking (RFC 6749 section 2.3).

use super::{Accounts, Error};
use crate::domain::{ApplicationId, Token};
use crate::store::Application;

/// An application that has shown to be who it says: by its secret, or, if it can keep none, by its name alone.
#[derive(Debug)]
pub struct Client(Application);

impl Client {
    pub(super) fn id(&self) -> ApplicationId {
        self.0.id
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
