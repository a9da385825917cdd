//! `/user/keys`, `/users/:id/keys` and `/keys`.

use super::fields::{Required, attributes, expiry, required};
use super::users::existing;
use super::version::Version;
use super::{Api, answer_page, entity, error::Failure, signin};
use crate::accounts::access::{admin, oneself, public, reader};
use crate::accounts::{AccountAccess, Admin, Error, Reader};
use crate::domain::{
    AnyFingerprint, Field, Invalid, Key, KeyId, KeyUsage, NewKey, Problem, Scope, SshKey, Title, User,
};
use crate::http::fields::{Fields, Patch};
use crate::http::request::Segment;
use crate::http::{Call, reply};
use bytes::Bytes;
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list_own(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let access = oneself(&actor, Scope::ReadUser)?;
    let keys = || api.accounts.keys(&access);
    match api.version {
        Version::V3 => {
            let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
            let text = signed_in.memo.text("v3 keys", "", || v3_list(&keys()?))?;
            Ok(reply::json_as_it_is(StatusCode::OK, text))
        }
        Version::V4 => answer_list(&api, &call, &keys()?),
    }
}

pub async fn add_own(api: Api, call: Call) -> Result<Response, Failure> {
    let access = own(&api, &call, Scope::Api).await?;
    answer_added(&api, &call, &access).await
}

pub async fn show_own(api: Api, call: Call, key: Segment) -> Result<Response, Failure> {
    let access = own(&api, &call, Scope::ReadUser).await?;
    let key = api.accounts.key(&access, key_id(&key)?).map_err(Failure::missing("Key"))?;
    Ok(api.version.key(StatusCode::OK, &key))
}

pub async fn remove_own(api: Api, call: Call, key: Segment) -> Result<Response, Failure> {
    let access = own(&api, &call, Scope::Api).await?;
    let Ok(id) = key_id(&key) else { return api.version.no_key_to_delete() };
    match api.accounts.remove_key(&access, id).await {
        Ok(key) => Ok(api.version.key_deleted(&key)),
        Err(Error::NotFound) => api.version.no_key_to_delete(),
        Err(other) => Err(other.into()),
    }
}

/// v3: for administrators.
pub async fn list(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let access = anybodys(&api, &call, &id, Scope::ReadUser).await?;
    answer_list(&api, &call, &api.accounts.keys(&access)?)
}

/// v4: for everybody, by id or user name.
pub async fn list_public(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let (reader, user) = somebody(&api, &call, &user).await?;
    answer_list(&api, &call, &api.accounts.keys_of(&reader, user.id)?)
}

pub async fn show_public(api: Api, call: Call, user: Segment, key: Segment) -> Result<Response, Failure> {
    let (reader, user) = somebody(&api, &call, &user).await?;
    let key = api.accounts.key_of(&reader, user.id, key_id(&key)?).map_err(Failure::missing("Key"))?;
    Ok(api.version.key(StatusCode::OK, &key))
}

pub async fn add(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let access = anybodys(&api, &call, &id, Scope::Api).await?;
    answer_added(&api, &call, &access).await
}

pub async fn remove(api: Api, call: Call, id: Segment, key: Segment) -> Result<Response, Failure> {
    let access = anybodys(&api, &call, &id, Scope::Api).await?;
    let key = api.accounts.remove_key(&access, key_id(&key)?).await.map_err(Failure::missing("Key"))?;
    Ok(api.version.key_deleted(&key))
}

/// `GET /keys/:id`, whosever it is.
pub async fn show(api: Api, call: Call, key: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::ReadUser)?;
    let key = api.accounts.key_of_anybody(&admin, key_id(&key)?).map_err(Failure::missing("Key"))?;
    answer_with_user(&api, &call, &admin, &key)
}

/// `GET /keys?fingerprint=…`, SHA256 or MD5.
pub async fn find(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::ReadUser)?;
    // Base64 has pluses, and a query that was not encoded turns them into blanks.
    let text = required(&call.query(), api.version, "fingerprint")?.replace(' ', "+");
    let fingerprint = text.parse::<AnyFingerprint>().map_err(|_| Failure::Missing("Key"))?;
    let key = api.accounts.key_by_fingerprint(&admin, &fingerprint).map_err(Failure::missing("Key"))?;
    answer_with_user(&api, &call, &admin, &key)
}

fn answer_with_user(api: &Api, call: &Call, admin: &Admin, key: &Key) -> Result<Response, Failure> {
    let user = api.accounts.user(&admin.reader(), key.user_id)?;
    Ok(api.version.key_with_user(api, call, key, &user))
}

async fn own(api: &Api, call: &Call, scope: Scope) -> Result<AccountAccess, Failure> {
    let actor = signin::actor(api, call).await?;
    Ok(oneself(&actor, scope)?)
}

/// For administrators. That there is such a user is looked at before the body is.
async fn anybodys(api: &Api, call: &Call, id: &Segment, scope: Scope) -> Result<AccountAccess, Failure> {
    let actor = signin::actor(api, call).await?;
    let admin = admin(&actor, scope)?;
    Ok(admin.access_to(existing(api, &admin, id)?.id))
}

/// A user whom everybody may ask about. Who is not active is not there for those who are not signed in.
async fn somebody(api: &Api, call: &Call, user: &Segment) -> Result<(Reader, User), Failure> {
    let actor = signin::anyone(api, call).await?;
    let reader = match &actor {
        Some(actor) => reader(actor)?,
        None => public(),
    };
    let user = api.accounts.user_called(&reader, user.as_str()).map_err(Failure::missing("User"))?;
    if actor.is_none() && !user.is_active() {
        return Err(Failure::Missing("User"));
    }
    Ok((reader, user))
}

fn v3_list(keys: &[Key]) -> Result<Bytes, Error> {
    reply::json_text(&keys.iter().map(entity::Key::from).collect::<Vec<_>>())
}

fn answer_list(api: &Api, call: &Call, keys: &[Key]) -> Result<Response, Failure> {
    match api.version {
        Version::V3 => Ok(reply::json_as_it_is(StatusCode::OK, v3_list(keys)?)),
        Version::V4 => answer_page(api, call, keys, entity::keys::Key::from),
    }
}

async fn answer_added(api: &Api, call: &Call, access: &AccountAccess) -> Result<Response, Failure> {
    let body = attributes(call, api.version)?;
    let mut needed = Required::of(&body, api.version);
    let (title, key) = (needed.text("title")?, needed.text("key")?);
    needed.all_there()?;
    let mut invalid = Invalid::default();
    let title = invalid.keep(Field::KeyTitle, Title::parse(&title));
    let key = SshKey::parse(&key, api.accounts.key_policy()).map_err(Problem::Key);
    let key = invalid.keep(Field::Key, key);
    let expires_at = expiry(&body, api.version, &mut invalid)?;
    let usage = usage(&body, api.version)?;
    invalid.into_result()?;
    let (Some(title), Some(key)) = (title, key) else { return Err(Error::Internal.into()) };
    let key = api.accounts.add_key(access, NewKey { title, key, usage, expires_at }).await?;
    Ok(api.version.key(StatusCode::CREATED, &key))
}

/// v3 knows keys for everything only.
fn usage(body: &Fields, version: Version) -> Result<KeyUsage, Failure> {
    if version == Version::V3 {
        return Ok(KeyUsage::default());
    }
    match body.text("usage_type")? {
        Patch::Absent | Patch::Null => Ok(KeyUsage::default()),
        Patch::Value(name) => KeyUsage::parse(&name).ok_or(Failure::NotAValue("usage_type")),
    }
}

/// What is not a number is no key's id.
fn key_id(segment: &Segment) -> Result<KeyId, Failure> {
    segment.as_str().parse().map_err(|_| Failure::Missing("Key"))
}
