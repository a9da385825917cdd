//! The handlers of the three routes.

use super::error::Failure;
use super::{Openssh, signers};
use crate::accounts::KeyLookup;
use crate::accounts::access::{Admin, Reader, public};
use crate::domain::Fingerprint;
use crate::http::input::Fields;
use crate::http::reply::{EntityTag, Piece};
use crate::http::{Request, reply};
use crate::ssh::Entry;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// `GET /USERNAME.keys`: one key on each line, type and base64. Comments are left out, because they often contain email
/// addresses.
pub async fn public_keys(openssh: Arc<Openssh>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let accounts = Arc::clone(&openssh.app.accounts);
    let mut list = accounts.public_keys(&public(), request.param("username"))?;
    let tag = EntityTag::of(&(list.user().0, list.version()))?;
    let next = move || {
        let batch = accounts.next_public_keys(&mut list)?;
        let text: String = batch.rows.iter().flat_map(|key| [key.without_comment(), "\n"]).collect();
        Ok(if batch.is_last { Piece::Last(text.into()) } else { Piece::More(text.into()) })
    };
    Ok(tag.respond(&request, || reply::in_pieces(reply::text_ok, next))?)
}

/// `GET /allowed_signers`, for callers who may read users, because it contains their email addresses.
pub async fn allowed_signers(openssh: Arc<Openssh>, request: Request, reader: Reader) -> Result<Response, Failure> {
    let accounts = Arc::clone(&openssh.app.accounts);
    let tag = EntityTag::of(&accounts.signers_version(&reader)?)?;
    Ok(tag.respond(&request, || reply::in_pieces(reply::text_ok, signers::pieces(accounts, reader)))?)
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
