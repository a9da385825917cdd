//! What every dialect works with: the accounts, and the address that callers know the server by.

use super::request::RequestContext;
use super::response_cache::ResponseCache;
use crate::accounts::Accounts;
use std::sync::Arc;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub accounts: Arc<Accounts>,
    pub responses: Arc<ResponseCache>,
    base_url: Option<Arc<str>>,
}

impl AppState {
    pub fn new(accounts: Accounts, base_url: Option<&str>) -> Self {
        Self { accounts: Arc::new(accounts), responses: Arc::default(), base_url: base_url.map(Arc::from) }
    }

    /// What absolute URLs in the response begin with, without a final slash.
    pub fn base_url(&self, request: &RequestContext) -> String {
        request.base_url(self.base_url.as_deref())
    }
}
