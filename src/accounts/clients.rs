//! Client authentication (RFC 6749 section 2.3).

use super::{Accounts, Error};
use crate::domain::{ApplicationId, SingleLineText, Token};
use crate::store::{Application, Read};
use std::net::IpAddr;

/// An authenticated application. A confidential client authenticates by its secret, a public one is only identified.
#[derive(Clone, Debug)]
pub struct Client {
    application: Application,
    /// Its address.
    pub(super) from: IpAddr,
}

impl Client {
    pub(super) fn id(&self) -> ApplicationId {
        self.application.id
    }

    pub(super) fn name(&self) -> &SingleLineText {
        &self.application.registration.name
    }

    /// Checks inside a write that the application still exists and has the same secret.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub(super) fn reauthorize(&self, db: &Read<'_>) -> Result<(), Error> {
        let then = &self.application.registration;
        let now = db.application(then.client_id.as_str())?.map(|now| (now.id, now.registration.secret_hash));
        if now == Some((self.application.id, then.secret_hash)) { Ok(()) } else { Err(Error::Unauthenticated) }
    }

    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Whether it has a secret.
    pub fn is_confidential(&self) -> bool {
        self.application.registration.secret_hash.is_some()
    }
}

impl Accounts {
    /// The application that presents this secret, from this address.
    ///
    /// # Errors
    /// `Unauthenticated` for an unknown application, a wrong or missing secret, and a secret for a public client.
    pub fn authenticate_client(&self, client_id: &str, secret: Option<&str>, from: IpAddr) -> Result<Client, Error> {
        let application = self.store.read(|db| db.application(client_id))?.ok_or(Error::Unauthenticated)?;
        let good = match (&application.registration.secret_hash, secret) {
            (Some(hash), Some(secret)) => Token::parse(secret).is_ok_and(|secret| secret.hash() == *hash),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if good { Ok(Client { application, from }) } else { Err(Error::Unauthenticated) }
    }
}
