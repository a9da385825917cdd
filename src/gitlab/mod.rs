//! The GitLab Users and SSH Keys API: v3 (2013), and v4 as today's clients use it. README.md beside this file is the
//! wire contract. The versions share their handlers; [`Version`] is the interface to their differences.

mod entities;
mod error;
mod fields;
mod handlers;
mod health;
mod key_pieces;
mod reference;
mod rules;
mod sudo;
mod v3;
mod v4;
mod version;

pub use health::{Health, routes as health_routes};
pub use v3::{ErrorStatusMode, V3, routes as v3_routes};
pub use v4::{V4, routes as v4_routes};

use crate::accounts::{Actor, Credential, Error, Total};
use crate::http::input::BodyError;
use crate::http::paging::Page;
use crate::http::rate_limit::Exceeded;
use crate::http::reference::Reference;
use crate::http::router::Dialect;
use crate::http::{AppState, Request, RequestContext, credentials, reply};
use error::Failure;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::Value;
use std::sync::Arc;
use version::Version;
use warp::reply::Response;

/// One version of the dialect.
pub struct Gitlab<V> {
    pub app: AppState,
    pub version: V,
}

/// GitLab's names of the limits on requests to sign in, and on all requests of a user.
const LOGIN_LIMIT: &str = "throttle_unauthenticated_protected_paths";
const CHANGE_LIMIT: &str = "throttle_authenticated_api";

/// The first argument of every handler.
type Api<V> = Arc<Gitlab<V>>;

impl<V: Version> Dialect for Gitlab<V> {
    type Error = Failure;
    const NAME: &'static str = V::NAME;
    const PREFIX: &'static str = V::PREFIX;
    const LABEL: &'static str = V::LABEL;
    const IS_DOCUMENTED_API: bool = true;
    const REFERENCE: Option<&'static Reference> = Some(V::REFERENCE);

    fn refuse(&self, failure: Failure, _request: &Arc<RequestContext>) -> Response {
        let response = self.version.refuse(&failure);
        let accounts = &self.app.accounts;
        let (name, per_minute, retry_after) = if let Failure::Accounts(Error::TooManyAttempts { retry_after }) = failure
        {
            (LOGIN_LIMIT, accounts.login_rate().per_minute(), retry_after)
        } else if let Failure::Accounts(Error::TooManyChanges { per_day, retry_after }) = failure {
            (CHANGE_LIMIT, Some(u64::from(per_day.get()).div_ceil(24 * 60)), retry_after)
        } else {
            return response;
        };
        let exceeded = per_minute.map(|limit| Exceeded::after(name, limit, accounts.now(), retry_after));
        match exceeded {
            Some(exceeded) => exceeded.add_to(response),
            None => response,
        }
    }
}

impl<V: Version> Gitlab<V> {
    /// Authenticates the caller; None without a credential. With `sudo`, the result is the user that the administrator
    /// names.
    ///
    /// # Errors
    /// `Unauthenticated` for an invalid credential. Where the body may contain `sudo`, it is read before anything is
    /// decided, and an unreadable body is an error.
    async fn authenticate(&self, request: &mut Request) -> Result<Option<Actor>, Failure> {
        let Some(credential) = self.credential(request).await? else { return Ok(None) };
        let actor = credentials::authenticate(&self.app, request, credential).await?;
        let Some(username) = sudo::requested::<V>(request, &actor).await? else { return Ok(Some(actor)) };
        match self.app.accounts.act_as(&actor, &username) {
            Ok(impersonated) => Ok(Some(impersonated)),
            Err(Error::NotFound) => Err(Failure::SudoUserNotFound(username)),
            Err(error) => Err(error.into()),
        }
    }

    /// The credential of the request, valid or not: from its headers or query, otherwise from its body.
    async fn credential(&self, request: &mut Request) -> Result<Option<Credential>, Failure> {
        if let Some(credential) = credentials::token(request)? {
            return Ok(Some(credential));
        }
        if let Some(credential) = V::query_credential(request.query())? {
            return Ok(Some(credential));
        }
        match request.read_body().await {
            Ok(()) => Ok(credentials::private_token(request.body())?),
            // Not 401, because the same request may succeed later.
            Err(error @ BodyError::NoMemory) => Err(error.into()),
            // An unreadable body has no credential, and without one there is nothing else to decide.
            Err(_) => Err(Error::Unauthenticated.into()),
        }
    }

    async fn authenticated(&self, request: &mut Request) -> Result<Actor, Failure> {
        self.authenticate(request).await?.ok_or(Error::Unauthenticated.into())
    }

    /// The headers of one page of a list.
    fn page_headers(&self, request: &Request, page: Page, total: impl Into<Total>) -> Vec<(HeaderName, HeaderValue)> {
        page.headers(total, &self.app.base_url(request), request.path(), request.raw_query())
    }

    /// One page of a list of `total` entries.
    fn page_of(&self, request: &Request, page: Page, body: &Value, total: u64) -> Response {
        reply::with_headers(reply::json(StatusCode::OK, body), self.page_headers(request, page, total))
    }
}
