//! What an operator's tools ask, on an address of its own (`--admin-listen`) and nowhere else.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | 200 `ok`: the process is up |
//! | `/readyz` | 200 `ok`: the database can be written to; else 503 with the kind of failure in a word |
//! | `/metrics` | numbers, in OpenMetrics' text format, which Prometheus reads |

mod listener;
mod metrics;
mod process;
mod readiness;

pub use listener::Listener;

use crate::accounts::Accounts;
use crate::http::metrics::HttpMetrics;
use crate::http::routes::routes;
use crate::http::{Call, reply};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use readiness::Readiness;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::SystemTime;
use warp::Filter;
use warp::reply::Response;

/// What is state.
struct AdminState {
    accounts: Accounts,
    traffic: Arc<HttpMetrics>,
    started: SystemTime,
    readiness: Readiness,
}

/// The answers about a server that counts its `traffic` and has state `accounts`.
fn routes(
    accounts: Accounts,
    traffic: Arc<HttpMetrics>,
    started: SystemTime,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + 'static {
    let readiness = Readiness::of(accounts.clone());
    let state = Arc::new(AdminState { accounts, traffic, started, readiness });
    let table = routes! { state, not_allowed;
        "healthz" => { GET: up }
        "readyz" => { GET: ready }
        "metrics" => { GET: metrics }
    };
    table.or(warp::any().map(not_found)).unify()
}

async fn up(_: Arc<AdminState>, _: Call) -> Response {
    reply::text(StatusCode::OK, "ok")
}

async fn ready(state: Arc<AdminState>, _: Call) -> Response {
    match state.readiness.ask().await {
        Ok(()) => reply::text(StatusCode::OK, "ok"),
        Err(why) => reply::text(StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

async fn metrics(state: Arc<AdminState>, _: Call) -> Response {
    match metrics::text(&state) {
        Ok(text) => {
            let answer = reply::text(StatusCode::OK, text);
            reply::with_header(answer, CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE))
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            reply::text(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error")
        }
    }
}

fn not_found() -> Response {
    reply::text(StatusCode::NOT_FOUND, "404 Not found: here are /healthz, /readyz and /metrics")
}

fn not_allowed(allow: &'static str) -> Response {
    reply::text(StatusCode::METHOD_NOT_ALLOWED, format!("405 Method Not Allowed: use {allow}"))
}
