//! Health checks for load balancers: `doc/administration/monitoring/health_check.md`, 17.9. No credential is needed.

use super::error::Failure;
use super::reference::HEALTH;
use super::v4::V4;
use super::version::Version;
use crate::http::reference::Reference;
use crate::http::router::{Dialect, Route, anyone, get};
use crate::http::{AppState, Request, RequestContext, reply};
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

pub struct Health {
    pub app: AppState,
}

impl Dialect for Health {
    type Error = Failure;
    const NAME: &'static str = "gitlab.health";
    const PREFIX: &'static str = "/-";
    const LABEL: &'static str = "other";
    const REFERENCE: Option<&'static Reference> = Some(&HEALTH);

    fn refuse(&self, failure: Failure, _request: &Arc<RequestContext>) -> Response {
        V4.refuse(&failure)
    }
}

#[rustfmt::skip]
pub fn routes() -> Vec<Route<Health>> {
    vec![
        get("/health",    "health",    anyone(), health),
        get("/liveness",  "liveness",  anyone(), liveness),
        get("/readiness", "readiness", anyone(), readiness),
    ]
}

/// Whether the process responds. The text is GitLab's, because load balancers are configured to expect it.
async fn health(_: Arc<Health>, _: Request, _: ()) -> Result<Response, Failure> {
    Ok(reply::text(StatusCode::OK, "GitLab OK"))
}

async fn liveness(_: Arc<Health>, _: Request, _: ()) -> Result<Response, Failure> {
    Ok(reply::json(StatusCode::OK, &json!({ "status": "ok" })))
}

/// Whether the database can be read as well.
async fn readiness(health: Arc<Health>, _: Request, _: ()) -> Result<Response, Failure> {
    let (status, word) = match health.app.accounts.has_administrator() {
        Ok(_) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "failed"),
    };
    Ok(reply::json(status, &json!({ "status": word, "master_check": [{ "status": word }] })))
}
