//! What every dialect works with: the accounts, and the address that callers know the server by.

use super::list_slots::{ListSlot, ListSlots};
use super::metrics::HttpMetrics;
use super::own_hosts::OwnHosts;
use super::request::{BaseUrl, RequestContext};
use super::response_cache::ResponseCache;
use crate::accounts::{Accounts, Error};
use crate::domain::UserId;
use std::net::SocketAddr;
use std::sync::Arc;

/// The name of a server that was given none.
pub const DEFAULT_SITE_NAME: &str = "accountd";

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub accounts: Arc<Accounts>,
    pub responses: Arc<ResponseCache>,
    list_slots: Arc<ListSlots>,
    base_url: Option<Arc<str>>,
    site_name: Arc<str>,
    hosts: Arc<OwnHosts>,
    metrics: Option<HttpMetrics>,
}

impl AppState {
    /// `listener` is the address that the server listens on.
    pub fn new(accounts: Accounts, base_url: Option<&str>, listener: SocketAddr) -> Self {
        Self {
            accounts: Arc::new(accounts),
            responses: Arc::default(),
            list_slots: Arc::default(),
            base_url: base_url.map(Arc::from),
            site_name: DEFAULT_SITE_NAME.into(),
            hosts: Arc::new(OwnHosts::new(listener, base_url)),
            metrics: None,
        }
    }

    /// Sets the counters of requests that the pages show.
    #[must_use]
    pub fn with_metrics(self, metrics: Option<HttpMetrics>) -> Self {
        Self { metrics, ..self }
    }

    /// The counters of requests; `None` if the server does not count them.
    pub fn metrics(&self) -> Option<&HttpMetrics> {
        self.metrics.as_ref()
    }

    /// Sets the name that the pages show.
    #[must_use]
    pub fn with_site_name(self, site_name: &str) -> Self {
        Self { site_name: site_name.into(), ..self }
    }

    /// The name that the pages show.
    pub fn site_name(&self) -> &Arc<str> {
        &self.site_name
    }

    /// The right to run a list or a search. A handler takes it before it asks for one, and keeps it until it has the
    /// answer.
    ///
    /// # Errors
    /// `Busy` if the account or the client's address has too many of them under way.
    pub async fn list_slot(&self, request: &RequestContext, account: Option<UserId>) -> Result<ListSlot<'_>, Error> {
        self.list_slots.take(account, request.client()).await
    }

    /// What absolute URLs in the response begin with, without a final slash.
    pub fn base_url(&self, request: &RequestContext) -> String {
        self.base(request).to_string()
    }

    /// The same in two pieces, for [`ResponseCache::text`].
    pub fn base<'a>(&'a self, request: &'a RequestContext) -> BaseUrl<'a> {
        request.base_url(self.base_url.as_deref())
    }

    /// OAuth's issuer: the base URL. Without one, a caller's `Host` counts only if it is one of the server's own, because
    /// applications trust what the issuer says.
    pub fn issuer(&self, request: &RequestContext) -> String {
        match &self.base_url {
            Some(_) => self.base_url(request),
            None => format!("{}://{}", request.scheme(), self.hosts.authority(request)),
        }
    }

    /// The hosts by which this server is known.
    pub fn hosts(&self) -> &OwnHosts {
        &self.hosts
    }
}
