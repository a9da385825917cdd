//! What every dialect is given: the accounts, and the address that callers know them by.

use super::request::Call;
use crate::accounts::Accounts;
use std::sync::Arc;

#[derive(Clone)]
pub struct Site {
    pub accounts: Accounts,
    base_url: Option<Arc<str>>,
}

impl Site {
    /// Without a base URL, the scheme and `Host` that each caller used.
    pub fn new(accounts: Accounts, base_url: Option<&str>) -> Self {
        Self { accounts, base_url: base_url.map(Arc::from) }
    }

    /// What absolute URLs in the answer begin with, without a final slash.
    pub fn base_url(&self, call: &Call) -> String {
        call.base_url(self.base_url.as_deref())
    }
}
