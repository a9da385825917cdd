//! What clients and load balancers ask first: `doc/api/version.md`, `doc/api/metadata.md` and
//! `doc/administration/monitoring/health_check.md`, 17.9.

use super::error::Failure;
use super::{Api, signin};
use crate::accounts::access::oneself;
use crate::domain::Scope;
use crate::http::{AppState, Call, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

/// The GitLab whose documentation v4 follows; clients ask it what they may send.
const VERSION: &str = "17.9.0";
/// What it really is.
const REVISION: &str = concat!("accountd-", env!("CARGO_PKG_VERSION"));

pub async fn version(api: Api, call: Call) -> Result<Response, Failure> {
    signed_in(&api, &call).await?;
    Ok(reply::json(StatusCode::OK, &json!({ "version": VERSION, "revision": REVISION })))
}

pub async fn metadata(api: Api, call: Call) -> Result<Response, Failure> {
    signed_in(&api, &call).await?;
    let none = Value::Null;
    let body = json!({
        "version": VERSION,
        "revision": REVISION,
        "kas": { "enabled": false, "externalUrl": none, "externalK8sProxyUrl": none, "version": none },
        "enterprise": false,
    });
    Ok(reply::json(StatusCode::OK, &body))
}

async fn signed_in(api: &Api, call: &Call) -> Result<(), Failure> {
    let actor = signin::actor(api, call).await?;
    oneself(&actor, Scope::ReadUser)?;
    Ok(())
}

/// The process answers. In GitLab's words, which load balancers are set to look for.
pub async fn health(_: AppState, _: Call) -> Response {
    reply::text(StatusCode::OK, "GitLab OK")
}

pub async fn liveness(_: AppState, _: Call) -> Response {
    reply::json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// The database answers, too.
pub async fn readiness(app: AppState, _: Call) -> Response {
    match app.accounts.has_administrator() {
        Ok(_) => reply::json(StatusCode::OK, &json!({ "status": "ok", "master_check": [{ "status": "ok" }] })),
        Err(_) => {
            let body = json!({ "status": "failed", "master_check": [{ "status": "failed" }] });
            reply::json(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
    }
}
