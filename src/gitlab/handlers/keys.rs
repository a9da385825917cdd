//! `/user/keys`, `/users/:id/keys` and `/keys`.

use super::super::error::Failure;
use super::super::fields::{Required, expiry, required};
use super::super::version::Version;
use super::super::{Api, Gitlab};
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{AccountAccess, Error};
use crate::domain::{AnyFingerprint, Field, Invalid, Key, KeyId, NewKey, Problem, SingleLineText, SshKey};
use crate::http::Request;
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list_own<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let signed_in = own.signed_in().ok_or(Error::Unauthenticated)?;
    V::own_keys(&api, &request, signed_in, || api.app.accounts.keys(&own))
}

/// v3: for administrators.
pub async fn list<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    V::keys(&api, &request, &api.app.accounts.keys(&access)?)
}

/// v4: for everyone, by id or user name.
pub async fn list_visible<V: Version>(api: Api<V>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let user = api.app.accounts.user_by_id_or_name(&viewer, request.param("id")).map_err(Failure::missing("User"))?;
    V::keys(&api, &request, &api.app.accounts.keys_of(&viewer, user.id)?)
}

pub async fn get<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let key = api.app.accounts.key(&own, key_id(&request)?).map_err(Failure::missing("Key"))?;
    Ok(V::key(StatusCode::OK, &key))
}

pub async fn get_visible<V: Version>(api: Api<V>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let user = api.app.accounts.user_by_id_or_name(&viewer, request.param("id")).map_err(Failure::missing("User"))?;
    let key = api.app.accounts.key_of(&viewer, user.id, key_id(&request)?).map_err(Failure::missing("Key"))?;
    Ok(V::key(StatusCode::OK, &key))
}

pub async fn create<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let new = new_key(&api, &request)?;
    let key = api.app.accounts.add_key(&access, new).await?;
    Ok(V::key(StatusCode::CREATED, &key))
}

fn new_key<V: Version>(api: &Gitlab<V>, request: &Request) -> Result<NewKey, Failure> {
    let attributes = V::attributes(request);
    let mut required = Required::<V>::of(&attributes);
    let (title, key) = (required.text("title")?, required.text("key")?);
    required.check()?;
    let mut invalid = Invalid::default();
    let title = invalid.keep(Field::KeyTitle, SingleLineText::required(&title));
    let key = SshKey::parse(&key, api.app.accounts.key_policy()).map_err(Problem::Key);
    let key = invalid.keep(Field::Key, key);
    let expires_at = expiry::<V>(&attributes, &mut invalid)?;
    let usage = V::key_usage(&attributes)?;
    invalid.into_result()?;
    match (title, key) {
        (Some(title), Some(key)) => Ok(NewKey { title, key, usage, expires_at }),
        _ => Err(Error::Internal.into()),
    }
}

pub async fn delete_own<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let Ok(id) = key_id(&request) else { return V::no_key_to_delete() };
    match api.app.accounts.remove_key(&own, id).await {
        Ok(key) => Ok(V::deleted_key(&key)),
        Err(Error::NotFound) => V::no_key_to_delete(),
        Err(other) => Err(other.into()),
    }
}

pub async fn delete<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let key = api.app.accounts.remove_key(&access, key_id(&request)?).await.map_err(Failure::missing("Key"))?;
    Ok(V::deleted_key(&key))
}

/// `GET /keys/:id`: any user's key with its owner.
pub async fn get_with_user<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let key = api.app.accounts.any_key(&admin, key_id(&request)?).map_err(Failure::missing("Key"))?;
    with_user(&api, &request, &admin, &key)
}

/// `GET /keys?fingerprint=…`: SHA256 or MD5.
pub async fn find<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    // Base64 contains `+`, which is decoded as a blank if the client did not encode it.
    let text = required::<V>(request.query(), "fingerprint")?.replace(' ', "+");
    let fingerprint = text.parse::<AnyFingerprint>().map_err(|_| Failure::Missing("Key"))?;
    let key = api.app.accounts.key_by_fingerprint(&admin, &fingerprint).map_err(Failure::missing("Key"))?;
    with_user(&api, &request, &admin, &key)
}

fn with_user<V: Version>(api: &Gitlab<V>, request: &Request, admin: &Admin, key: &Key) -> Result<Response, Failure> {
    let user = api.app.accounts.user(admin, key.user_id)?;
    Ok(V::key_with_user(api, request, key, &user))
}

/// Anything but a number is an unknown key.
fn key_id(request: &Request) -> Result<KeyId, Failure> {
    request.param("key_id").parse().map_err(|_| Failure::Missing("Key"))
}
