//! `/user` and `/users/:id`. Each version has its own list of users.

use super::super::Api;
use super::super::error::Failure;
use super::super::fields::AttributeReader;
use super::super::rules::user_id;
use super::super::version::Version;
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{AccountAccess, CreateUser, Error, UpdateUser};
use crate::domain::{EmailAddress, Field, ModerationAction, Password, SingleLineText, Username};
use crate::http::input::Fields;
use crate::http::{Request, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn current<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    Ok(reply::serialized_json(StatusCode::OK, V::current_user(&api, &request, &own)?))
}

pub async fn get<V: Version>(api: Api<V>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let user = api.app.accounts.user(&viewer, user_id(&request)?).map_err(Failure::missing("User"))?;
    Ok(reply::serialized_json(StatusCode::OK, V::user(&api, &request, &viewer, &user)?))
}

pub async fn create<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let new = new_user::<V>(&V::attributes(&request))?;
    let user = api.app.accounts.create_user(&admin, new).await?;
    Ok(reply::serialized_json(StatusCode::CREATED, V::changed_user(&api, &request, &admin, &user)?))
}

fn new_user<V: Version>(fields: &Fields) -> Result<CreateUser, Failure> {
    // In the document's order, in which errors list them.
    let mut reader = AttributeReader::<V>::new(fields);
    let email = reader.required(Field::Email, EmailAddress::parse)?;
    let needs_password = V::needs_password(fields)?;
    let password = if needs_password { reader.required(Field::Password, Password::parse)? } else { None };
    let username = reader.required(Field::Username, Username::parse)?;
    let name = reader.required(Field::Name, SingleLineText::required)?;
    reader.check()?;
    let mut attributes = V::user_attributes(&mut reader)?;
    attributes.profile.name = name;
    attributes.password = password;
    let verified = V::is_verified(fields)?;
    let (username, email) = reader.finish(username.zip(email))?;
    Ok(CreateUser { username, email, verified, attributes })
}

pub async fn update<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let user = api.app.accounts.user(&admin, user_id(&request)?).map_err(Failure::missing("User"))?;
    let mut change = user_update::<V>(&V::attributes(&request))?;
    // An empty name is shown as the user name, which must not become the name when a client sends the whole object
    // back.
    let name = change.attributes.profile.name.as_ref().map(SingleLineText::as_str);
    if user.name.is_empty() && name == Some(user.username.as_str()) {
        change.attributes.profile.name = None;
    }
    let user = api.app.accounts.update_user(&admin, user.id, change).await?;
    Ok(reply::serialized_json(StatusCode::OK, V::changed_user(&api, &request, &admin, &user)?))
}

fn user_update<V: Version>(fields: &Fields) -> Result<UpdateUser, Failure> {
    let mut reader = AttributeReader::<V>::new(fields);
    let mut attributes = V::user_attributes(&mut reader)?;
    attributes.profile.name = reader.optional(Field::Name, SingleLineText::required)?;
    attributes.password = reader.optional(Field::Password, Password::parse)?;
    let email = reader.optional(Field::Email, EmailAddress::parse)?;
    let username = reader.optional(Field::Username, Username::parse)?;
    reader.finish(Some(UpdateUser { username, email, attributes }))
}

/// `hard_delete` makes no difference, because there are no contributions that could be kept.
pub async fn delete<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let Ok(id) = user_id(&request) else { return Err(Failure::AlreadyDeleted) };
    match api.app.accounts.delete_user(&admin, id).await {
        Ok(user) => Ok(V::deleted_user(&api, &user)),
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

macro_rules! moderation {
    ($($name:ident $action:ident)+) => {
        $(
            /// `doc/api/user_moderation.md`, 17.9.
            pub async fn $name<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
                let action = ModerationAction::$action;
                let outcome = api.app.accounts.moderate(&admin, user_id(&request)?, action).await;
                V::moderated(action, outcome.map_err(Failure::missing("User"))?)
            }
        )+
    };
}

moderation! {
    block Block
    unblock Unblock
    ban Ban
    unban Unban
    deactivate Deactivate
    activate Activate
    approve Approve
    reject Reject
}
