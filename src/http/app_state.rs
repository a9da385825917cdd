//! What every dialect is given: the accounts, and the address that callers know them by.

use super::credentials;
use super::request::Call;
use crate::accounts::{Accounts, Actor, Credential, Error};
use std::sync::Arc;

#[derive(Clone)]
pub struct AppState {
    /// Behind one pointer: a clone for each request counts on one place that all processors share.
    pub accounts: Arc<Accounts>,
    base_url: Option<Arc<str>>,
}

impl AppState {
    /// Without a base URL, the scheme and `Host` that each caller used.
    pub fn new(accounts: Accounts, base_url: Option<&str>) -> Self {
        Self { accounts: Arc::new(accounts), base_url: base_url.map(Arc::from) }
    }

    /// Who presents the request's token, wherever it is: [`credentials::token`].
    ///
    /// # Errors
    /// `Unauthenticated` for no token, and for whatever is wrong with it.
    pub async fn actor_by_token(&self, call: &Call) -> Result<Actor, Error> {
        let credential = credentials::token(call).map_err(|_| Error::Unauthenticated)?;
        self.actor(call, credential.ok_or(Error::Unauthenticated)?).await
    }

    /// Who presents this credential; the access log is told, too.
    ///
    /// # Errors
    /// `Unauthenticated` for whatever is wrong with it.
    pub async fn actor(&self, call: &Call, credential: Credential) -> Result<Actor, Error> {
        let actor = self.accounts.authenticate(credential).await?;
        let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
        call.set_user(signed_in.user.username.as_str());
        Ok(actor)
    }

    /// What absolute URLs in the answer begin with, without a final slash.
    pub fn base_url(&self, call: &Call) -> String {
        call.base_url(self.base_url.as_deref())
    }
}
