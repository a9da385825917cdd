//! `/user/keys`, `/users/:id/keys` and `/keys`.

use super::super::error::Failure;
use super::super::fields::{AttributeReader, required};
use super::super::rules::id;
use super::super::version::Version;
use super::super::{Api, Gitlab};
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{AccountAccess, Error};
use crate::domain::{AnyFingerprint, Field, Key, KeyId, NewKey, Problem, SingleLineText, SshKey};
use crate::http::{Request, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list_own<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    V::own_keys(&api, &request, &own)
}

/// v3: for administrators.
pub async fn list<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    V::keys(&api, &request, api.app.accounts.key_list(&access))
}

/// v4: for everyone, by id or user name.
pub async fn list_visible<V: Version>(api: Api<V>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let list = api.app.accounts.key_list_of(&viewer, request.param("id")).map_err(Failure::missing("User"))?;
    V::keys(&api, &request, list)
}

pub async fn get<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let key = api.app.accounts.key(&own, key_id(&request)?).map_err(Failure::missing("Key"))?;
    Ok(reply::json(StatusCode::OK, &V::key(&key)))
}

pub async fn get_visible<V: Version>(api: Api<V>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let user = api.app.accounts.user_by_id_or_name(&viewer, request.param("id")).map_err(Failure::missing("User"))?;
    let key = api.app.accounts.key_of(&viewer, user.id, key_id(&request)?).map_err(Failure::missing("Key"))?;
    Ok(reply::json(StatusCode::OK, &V::key(&key)))
}

pub async fn create<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let new = new_key(&api, &request)?;
    let key = api.app.accounts.add_key(&access, new).await?;
    Ok(reply::json(StatusCode::CREATED, &V::key(&key)))
}

fn new_key<V: Version>(api: &Gitlab<V>, request: &Request) -> Result<NewKey, Failure> {
    let attributes = V::attributes(request);
    let mut reader = AttributeReader::<V>::new(&attributes);
    let title = reader.required(Field::KeyTitle, SingleLineText::required)?;
    let policy = api.app.accounts.key_policy();
    let key = reader.required(Field::Key, |text| SshKey::parse(text, policy).map_err(Problem::Key))?;
    reader.check()?;
    let expires_at = reader.expiry(api.app.accounts.now())?;
    let usage = V::key_usage(&attributes)?;
    let (title, key) = reader.finish(title.zip(key))?;
    Ok(NewKey { title, key, usage, expires_at })
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
    let mut body = V::key(key);
    body["user"] = V::key_owner(api, request, &user);
    Ok(reply::json(StatusCode::OK, &body))
}

fn key_id(request: &Request) -> Result<KeyId, Failure> {
    id(request, "key_id", "Key")
}
