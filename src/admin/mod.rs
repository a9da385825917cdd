//! Health checks and metrics for the operator's tools, only on an address of their own (`--admin-listen`).
//!
//! | path | response |
//! |---|---|
//! | `/healthz` | 200 `ok`: the process is up |
//! | `/readyz` | 200 `ok`: the database can be written to; otherwise 503 with the kind of failure in one word |
//! | `/metrics` | 200: the metrics in OpenMetrics' text format, which Prometheus reads |
//!
//! `/metrics` is a 421 under a host name that is not the server's.

mod listener;
mod metrics;
mod process;
mod readiness;

pub use listener::Listener;

use crate::accounts::CurrentAccounts;
use crate::http::error::{ErrorHead, RequestError, UNREAD_RESPONSES};
use crate::http::metrics::HttpMetrics;
use crate::http::router::{Dialect, Router, anyone, get};
use crate::http::{OwnHosts, Request, RequestContext, reply};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use readiness::Readiness;
use std::sync::Arc;
use std::time::SystemTime;
use warp::reply::Response;

/// The state that the handlers read.
struct AdminState {
    hosts: OwnHosts,
    metrics: Registry,
    readiness: Readiness,
}

impl Dialect for AdminState {
    type Error = RequestError;
    const NAME: &'static str = "admin";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "other";
    const OWNS: &'static [&'static str] = &[];

    fn refuse(&self, error: RequestError, _request: &Arc<RequestContext>) -> Response {
        let text = match &error {
            RequestError::NotFound | RequestError::Disabled => return not_found(),
            RequestError::MethodNotAllowed { allow } => format!("405 Method Not Allowed: use {allow}"),
            RequestError::Body(error) => error.to_string(),
            RequestError::TokenEnded(_) => "401 Unauthorized".into(),
            RequestError::Injected(injected) => injected.to_string(),
            RequestError::NoMemory => UNREAD_RESPONSES.into(),
        };
        ErrorHead::from(&error).text(text)
    }
}

/// The routes. `http` holds the metrics of the public server.
#[rustfmt::skip]
fn router(accounts: CurrentAccounts, hosts: OwnHosts, http: HttpMetrics, started: SystemTime) -> Router {
    let readiness = Readiness::new(accounts.clone());
    let state = AdminState { hosts, metrics: metrics::registry(accounts, http, started), readiness };
    let mut router = Router::new(not_found);
    router.add(state, vec![
        get("/healthz", "healthz", anyone(), healthz),
        get("/readyz",  "readyz",  anyone(), readyz),
        get("/metrics", "metrics", anyone(), export_metrics),
    ]);
    router
}

async fn healthz(_state: Arc<AdminState>, _request: Request, _anyone: ()) -> Result<Response, RequestError> {
    Ok(reply::text(StatusCode::OK, "ok"))
}

async fn readyz(state: Arc<AdminState>, _request: Request, _anyone: ()) -> Result<Response, RequestError> {
    Ok(match state.readiness.check().await {
        Ok(()) => reply::text(StatusCode::OK, "ok"),
        Err(reason) => reply::text(StatusCode::SERVICE_UNAVAILABLE, reason),
    })
}

async fn export_metrics(state: Arc<AdminState>, request: Request, _anyone: ()) -> Result<Response, RequestError> {
    // A web page that reaches this address under a host name of its own (DNS rebinding) must not read the metrics.
    if !state.hosts.accept(&request) {
        let text =
            "421 Misdirected Request: use a loopback name, the address of --admin-listen, or the host of --base-url";
        return Ok(reply::text(StatusCode::MISDIRECTED_REQUEST, text));
    }
    let mut text = String::with_capacity(16 << 10);
    if let Err(error) = encode(&mut text, &state.metrics) {
        tracing::error!(%error, "the metrics cannot be encoded");
        return Ok(reply::text(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error"));
    }
    let content_type = HeaderValue::from_static(metrics::CONTENT_TYPE);
    Ok(reply::with_header(reply::text(StatusCode::OK, text), CONTENT_TYPE, content_type))
}

fn not_found() -> Response {
    reply::text(StatusCode::NOT_FOUND, "404 Not Found: the paths are /healthz, /readyz and /metrics")
}
