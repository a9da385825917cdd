//! The handlers of the three routes.

use super::Openssh;
use super::error::Failure;
use crate::accounts::KeyLookup;
use crate::accounts::access::{Admin, Reader, public};
use crate::domain::Fingerprint;
use crate::http::input::Fields;
use crate::http::reply::TaggedText;
use crate::http::{Request, reply};
use crate::ssh::Entry;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// `GET /USERNAME.keys`: one key on each line, type and base64. Comments are left out, because they often contain email
/// addresses.
pub async fn public_keys(openssh: Arc<Openssh>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let keys = openssh.app.accounts.public_keys(&public(), request.param("username"))?;
    let text: String = keys.iter().map(|key| format!("{}\n", key.key.key.without_comment())).collect();
    Ok(TaggedText::new(text).respond(&request))
}

/// `GET /allowed_signers`, for callers who may read users, because it contains their email addresses.
pub async fn allowed_signers(openssh: Arc<Openssh>, request: Request, reader: Reader) -> Result<Response, Failure> {
    Ok(openssh.signers.get(&openssh.app.accounts, &reader).await?.respond(&request))
}

/// `GET /api/accountd/authorized_keys?username=…&fingerprint=…`, which `authorized-keys --server` requests.
pub async fn authorized_keys(openssh: Arc<Openssh>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let query = request.query();
    let username = parameter(query, "username")?;
    let fingerprint = parameter(query, "fingerprint")?.map(|text| text.parse::<Fingerprint>());
    let fingerprint = fingerprint.transpose().map_err(|_| Failure::Parameter("fingerprint must be SHA256:…"))?;
    let lookup = match (username, fingerprint) {
        (Some(username), None) => KeyLookup::ByUser(username),
        (None, Some(fingerprint)) => KeyLookup::ByFingerprint(fingerprint),
        (Some(username), Some(fingerprint)) => KeyLookup::ByUserAndFingerprint(username, fingerprint),
        (None, None) => return Err(Failure::Parameter("username or fingerprint is required")),
    };
    let keys = openssh.app.accounts.authorized_keys(&admin, &lookup)?;
    let body: Vec<Entry> = keys.into_iter().map(Entry::from).collect();
    Ok(reply::json(StatusCode::OK, &body))
}

fn parameter(query: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    let text = query.text(name).map_err(|_| Failure::Parameter("a parameter is repeated or is not UTF-8"))?;
    Ok(text.value().filter(|text| !text.is_empty()))
}
