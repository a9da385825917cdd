//! `POST /session`: exchanges a password for a token.

use super::super::error::Failure;
use super::super::fields::required;
use super::super::{Api, v3::V3, v3::entities};
use crate::domain::PasswordAttempt;
use crate::http::input::Patch;
use crate::http::{Request, reply};
use hyper::StatusCode;
use warp::reply::Response;

/// `login` and `email` each accept a user name or an address. Another credential in the request is ignored.
pub async fn create(api: Api<V3>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let login = match body.text("login")? {
        Patch::Value(login) if !login.is_empty() => login,
        Patch::Value(_) | Patch::Null | Patch::Absent if body.contains("email") => required::<V3>(body, "email")?,
        Patch::Value(_) | Patch::Null | Patch::Absent => return Err(Failure::MissingParameters(vec!["login"])),
    };
    let password = PasswordAttempt::new(required::<V3>(body, "password")?);
    let (user, token) = api.app.accounts.sign_in(&login, &password, request.client()).await?;
    request.set_user(user.username.as_str());
    Ok(reply::json(StatusCode::CREATED, &entities::User::Session(&user, &token, api.app.accounts.email_trust())))
}
