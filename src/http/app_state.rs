//! What every dialect works with: the accounts, and the address that callers know the server by.

use super::request::RequestContext;
use crate::accounts::Accounts;
use std::sync::Arc;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub accounts: Arc<Accounts>,
    /// Without a final slash. None: the scheme and `Host` that each caller used.
    pub base_url: Option<Arc<str>>,
}

impl AppState {
    pub fn new(accounts: Accounts, base_url: Option<&str>) -> Self {
        let base_url = base_url.map(|url| Arc::from(url.trim_end_matches('/')));
        Self { accounts: Arc::new(accounts), base_url }
    }

    /// What absolute URLs in the response begin with, without a final slash.
    pub fn base_url(&self, request: &RequestContext) -> String {
        request.base_url(self.base_url.as_deref())
    }
}
