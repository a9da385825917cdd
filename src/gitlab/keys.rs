//! `/user/keys` and `/users/:id/keys`.

use super::fields::{optional, required};
use super::users::user_id;
use super::{entity, error::Failure};
use crate::accounts::access::{admin, oneself};
use crate::accounts::{Admin, Error, Grant};
use crate::domain::{AnyFingerprint, Field, Invalid, Key, KeyId, NewKey, Problem, Scope, SshKey, Title, moment};
use crate::http::request::Segment;
use crate::http::{Call, Site, reply};
use hyper::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use warp::reply::Response;

pub async fn list_own(site: Site, call: Call) -> Result<Response, Failure> {
    let grant = own(&site, &call, Scope::ReadUser).await?;
    answer_list(&site, &grant)
}

pub async fn add_own(site: Site, call: Call) -> Result<Response, Failure> {
    let grant = own(&site, &call, Scope::Api).await?;
    answer_added(&site, &call, &grant).await
}

pub async fn show_own(site: Site, call: Call, key: Segment) -> Result<Response, Failure> {
    let grant = own(&site, &call, Scope::ReadUser).await?;
    let key = site.accounts.key(&grant, key_id(&key)?)?;
    Ok(reply::json(StatusCode::OK, &entity::Key::from(&key)))
}

/// "An idempotent function" (document): deleting what is not there is no error, and gives `null`.
pub async fn remove_own(site: Site, call: Call, key: Segment) -> Result<Response, Failure> {
    let grant = own(&site, &call, Scope::Api).await?;
    let removed = match key_id(&key) {
        Ok(id) => site.accounts.remove_key(&grant, id).await,
        Err(error) => Err(error),
    };
    match removed {
        Ok(key) => Ok(reply::json(StatusCode::OK, &entity::Key::from(&key))),
        Err(Error::NotFound) => Ok(reply::json(StatusCode::OK, &Value::Null)),
        Err(other) => Err(other.into()),
    }
}

pub async fn list(site: Site, call: Call, id: Segment) -> Result<Response, Failure> {
    let grant = anybodys(&site, &call, &id, Scope::ReadUser).await?;
    answer_list(&site, &grant)
}

pub async fn add(site: Site, call: Call, id: Segment) -> Result<Response, Failure> {
    let grant = anybodys(&site, &call, &id, Scope::Api).await?;
    answer_added(&site, &call, &grant).await
}

pub async fn remove(site: Site, call: Call, id: Segment, key: Segment) -> Result<Response, Failure> {
    let grant = anybodys(&site, &call, &id, Scope::Api).await?;
    let key = site.accounts.remove_key(&grant, key_id(&key)?).await?;
    Ok(reply::json(StatusCode::OK, &entity::Key::from(&key)))
}

/// `GET /keys/:id`, whosever it is.
pub async fn show(site: Site, call: Call, key: Segment) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let admin = admin(&actor, Scope::ReadUser)?;
    let key = site.accounts.key_of_anybody(&admin, key_id(&key)?)?;
    answer_with_user(&site, &admin, &key)
}

/// `GET /keys?fingerprint=…`, SHA256 or MD5.
pub async fn find(site: Site, call: Call) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let admin = admin(&actor, Scope::ReadUser)?;
    // Base64 has pluses, and a query that was not encoded turns them into blanks.
    let text = required(&call.query(), "fingerprint")?.replace(' ', "+");
    let fingerprint = text.parse::<AnyFingerprint>().map_err(|_| Error::NotFound)?;
    let key = site.accounts.key_by_fingerprint(&admin, &fingerprint)?;
    answer_with_user(&site, &admin, &key)
}

fn answer_with_user(site: &Site, admin: &Admin, key: &Key) -> Result<Response, Failure> {
    let user = site.accounts.user(&admin.reader(), key.user_id)?;
    Ok(reply::json(StatusCode::OK, &entity::KeyWithUser::new(key, &user)))
}

async fn own(site: &Site, call: &Call, scope: Scope) -> Result<Grant, Failure> {
    let actor = site.actor_by_token(call).await?;
    Ok(oneself(&actor, scope)?)
}

/// For administrators. That there is such a user is looked at before the body is.
async fn anybodys(site: &Site, call: &Call, id: &Segment, scope: Scope) -> Result<Grant, Failure> {
    let actor = site.actor_by_token(call).await?;
    let admin = admin(&actor, scope)?;
    let user = site.accounts.user(&admin.reader(), user_id(id)?)?;
    Ok(admin.over(user.id))
}

fn answer_list(site: &Site, grant: &Grant) -> Result<Response, Failure> {
    let keys = site.accounts.keys(grant)?;
    let body: Vec<_> = keys.iter().map(entity::Key::from).collect();
    Ok(reply::json(StatusCode::OK, &body))
}

async fn answer_added(site: &Site, call: &Call, grant: &Grant) -> Result<Response, Failure> {
    let body = call.body()?;
    let (title, key) = (required(body, "title")?, required(body, "key")?);
    let mut invalid = Invalid::default();
    let title = invalid.keep(Field::KeyTitle, Title::parse(&title));
    let key = SshKey::parse(&key, site.accounts.key_policy()).map_err(Problem::Key);
    let key = invalid.keep(Field::Key, key);
    let future = |text: &str| moment::future(text, Timestamp::now());
    let expires_at = optional(body, "expires_at", Field::ExpiresAt, future, &mut invalid)?;
    invalid.into_result()?;
    let (Some(title), Some(key)) = (title, key) else { return Err(Error::Internal.into()) };
    let key = site.accounts.add_key(grant, NewKey { title, key, expires_at }).await?;
    Ok(reply::json(StatusCode::CREATED, &entity::Key::from(&key)))
}

/// What is not a number is no key's id.
fn key_id(segment: &Segment) -> Result<KeyId, Error> {
    segment.as_str().parse().map_err(|_| Error::NotFound)
}
