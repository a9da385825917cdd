//! The GitLab version that this server implements: `doc/api/version.md` and `doc/api/metadata.md`, 17.9.

use super::super::Api;
use super::super::error::Failure;
use super::super::version::Version;
use crate::accounts::AccountAccess;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

/// The GitLab version whose documentation v4 follows. Clients read it to find out which features they can use.
const VERSION: &str = "17.9.0";
/// The version of accountd.
const REVISION: &str = concat!("accountd-", env!("CARGO_PKG_VERSION"));

pub async fn version<V: Version>(_: Api<V>, _: Request, _own: AccountAccess) -> Result<Response, Failure> {
    Ok(reply::json(StatusCode::OK, &json!({ "version": VERSION, "revision": REVISION })))
}

pub async fn metadata<V: Version>(_: Api<V>, _: Request, _own: AccountAccess) -> Result<Response, Failure> {
    let none = Value::Null;
    let body = json!({
        "version": VERSION,
        "revision": REVISION,
        "kas": { "enabled": false, "externalUrl": none, "externalK8sProxyUrl": none, "version": none },
        "enterprise": false,
    });
    Ok(reply::json(StatusCode::OK, &body))
}
