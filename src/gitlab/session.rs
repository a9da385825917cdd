//! `POST /session`: a password for a token.

use super::error::Failure;
use super::fields::required;
use super::{Api, entity};
use crate::domain::PasswordAttempt;
use crate::http::fields::Patch;
use crate::http::{Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

/// `login` and `email` each take a user name or an address. Another credential that comes along is not looked at.
pub async fn create(api: Api, call: Call) -> Result<Response, Failure> {
    let body = call.body()?;
    let login = match body.text("login")? {
        Patch::Value(login) if !login.is_empty() => login,
        Patch::Value(_) | Patch::Null | Patch::Absent if body.contains("email") => {
            required(body, api.version, "email")?
        }
        Patch::Value(_) | Patch::Null | Patch::Absent => return Err(Failure::MissingParameters(vec!["login"])),
    };
    let password = PasswordAttempt::new(required(body, api.version, "password")?);
    let (user, token) = api.accounts.sign_in(&login, &password, call.client()).await?;
    call.set_user(user.username.as_str());
    Ok(reply::json(StatusCode::CREATED, &entity::Session::new(&user, &token)))
}
