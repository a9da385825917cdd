//! Which GitLab this server speaks like: `doc/api/version.md` and `doc/api/metadata.md`, 17.9.

use super::super::Api;
use super::super::error::Failure;
use super::super::version::Version;
use crate::accounts::AccountAccess;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

/// The GitLab whose documentation v4 follows; clients ask for it to learn what they may send.
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
