//! The three questions.

use super::error::Failure;
use crate::accounts::access::{admin, reader};
use crate::accounts::{Error, KeyLookup};
use crate::domain::{Fingerprint, Scope};
use crate::http::fields::{Fields, Patch};
use crate::http::request::Segment;
use crate::http::{AppState, Call, reply};
use crate::ssh::{Entry, allowed_signers as signers_file};
use hyper::StatusCode;
use warp::reply::Response;

pub const SUFFIX: &str = ".keys";

/// `GET /USERNAME.keys`: a key a line, type and base64; comments stay out, for they carry addresses.
pub async fn public_keys(app: AppState, call: Call, file: Segment) -> Result<Response, Failure> {
    let username = file.as_str().strip_suffix(SUFFIX).ok_or(Error::NotFound)?;
    let keys = app.accounts.public_keys(username)?;
    let text: String = keys.iter().map(|lookup| format!("{}\n", lookup.key.key.without_comment())).collect();
    Ok(reply::text_if_changed(&call, text))
}

/// `GET /allowed_signers`, for who may look at users: it holds their addresses.
pub async fn allowed_signers(app: AppState, call: Call) -> Result<Response, Failure> {
    let actor = app.actor_by_token(&call).await?;
    let signers = app.accounts.signers(&reader(&actor)?).await?;
    Ok(reply::text_if_changed(&call, signers_file(&signers)))
}

/// `GET /api/accountd/authorized_keys?username=…&fingerprint=…`: what `authorized-keys --server` asks.
pub async fn authorized_keys(app: AppState, call: Call) -> Result<Response, Failure> {
    let actor = app.actor_by_token(&call).await?;
    let admin = admin(&actor, Scope::ReadUser)?;
    let query = call.query();
    let username = parameter(&query, "username")?;
    let fingerprint = parameter(&query, "fingerprint")?.map(|text| text.parse::<Fingerprint>());
    let fingerprint = fingerprint.transpose().map_err(|_| Failure::Parameter("fingerprint is not SHA256:…"))?;
    let lookup = match (username, fingerprint) {
        (Some(username), None) => KeyLookup::ByUser(username),
        (None, Some(fingerprint)) => KeyLookup::ByFingerprint(fingerprint),
        (Some(username), Some(fingerprint)) => KeyLookup::ByUserAndFingerprint(username, fingerprint),
        (None, None) => return Err(Failure::Parameter("username or fingerprint is needed")),
    };
    let keys = app.accounts.authorized_keys(&admin, &lookup)?;
    let body: Vec<Entry> = keys.into_iter().map(Entry::from).collect();
    Ok(reply::json(StatusCode::OK, &body))
}

fn parameter(query: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    match query.text(name) {
        Ok(Patch::Absent | Patch::Null) => Ok(None),
        Ok(Patch::Value(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(_) => Err(Failure::Parameter("a parameter is given more than once, or is not UTF-8")),
    }
}
