//! `POST /session`: a password for a token.

use super::entity;
use super::error::Failure;
use super::fields::required;
use crate::domain::PasswordAttempt;
use crate::http::fields::Given;
use crate::http::{Call, Site, reply};
use hyper::StatusCode;
use warp::reply::Response;

/// `login` and `email` each take a user name or an address. Another credential that comes along is not looked at.
pub async fn create(site: Site, call: Call) -> Result<Response, Failure> {
    let body = call.body()?;
    let login = match body.text("login")? {
        Given::Value(login) if !login.is_empty() => login,
        Given::Value(_) | Given::Null | Given::Absent if body.contains("email") => required(body, "email")?,
        Given::Value(_) | Given::Null | Given::Absent => return Err(Failure::NotGiven("login")),
    };
    let password = PasswordAttempt::new(required(body, "password")?);
    let (user, token) = site.accounts.sign_in(&login, &password).await?;
    call.set_user(user.username.as_str());
    Ok(reply::json(StatusCode::CREATED, &entity::Session::new(&user, &token)))
}
