//! `/user` and `/users/:id`. Each version has its own list of users.

use super::super::Api;
use super::super::error::Failure;
use super::super::rules::user_id;
use super::super::version::Version;
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{AccountAccess, Error};
use crate::domain::SingleLineText;
use crate::http::{Request, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn current<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    V::current_user(&api, &request, &own)
}

pub async fn get<V: Version>(api: Api<V>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let user = api.app.accounts.user(&viewer, user_id(&request)?).map_err(Failure::missing("User"))?;
    V::user(&api, &request, &viewer, &user)
}

pub async fn create<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let new = V::new_user(&V::attributes(&request))?;
    let user = api.app.accounts.create_user(&admin, new).await?;
    V::changed_user(&api, &request, &admin, StatusCode::CREATED, &user)
}

pub async fn update<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let user = api.app.accounts.user(&admin, user_id(&request)?).map_err(Failure::missing("User"))?;
    let mut change = V::user_update(&V::attributes(&request))?;
    // An empty name is shown as the user name, which must not become the name when a client sends the whole object
    // back.
    let name = change.attributes.profile.name.as_ref().map(SingleLineText::as_str);
    if user.name.is_empty() && name == Some(user.username.as_str()) {
        change.attributes.profile.name = None;
    }
    let user = api.app.accounts.update_user(&admin, user.id, change).await?;
    V::changed_user(&api, &request, &admin, StatusCode::OK, &user)
}

/// `hard_delete` makes no difference, because there are no contributions that could be kept.
pub async fn delete<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let Ok(id) = user_id(&request) else { return Err(Failure::AlreadyDeleted) };
    match api.app.accounts.delete_user(&admin, id).await {
        Ok(user) => Ok(V::deleted_user(&user)),
        Err(Error::NotFound) => Err(Failure::AlreadyDeleted),
        Err(other) => Err(other.into()),
    }
}

/// v4: removes the user's identity at one provider.
pub async fn delete_identity<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let provider = request.param("provider").to_owned();
    let removed = api.app.accounts.remove_identity(&admin, user_id(&request)?, provider).await;
    removed.map_err(Failure::missing("Identity"))?;
    Ok(reply::no_content())
}
