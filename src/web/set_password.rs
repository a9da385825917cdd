//! The page that a link for a password opens. The link is in the query, which is never logged.
//!
//! The form has no `csrf` field: a site that could send it would have to know the link, which is as hard to guess.

use super::form::FormField;
use super::{Failure, Links, Message, Shell, Web, csrf, field, shell};
use crate::accounts::Error;
use crate::domain::{Password, Problem, Token, TokenPrefix, User};
use crate::http::input::Fields;
use crate::http::{Request, RequestContext};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

const PATH: &str = "/account/set-password";

/// The parameter that holds the secret.
const LINK: &str = "link";

#[derive(Template)]
#[template(path = "set_password.html", config = "src/web/askama.toml")]
struct SetPassword<'a> {
    shell: &'a Shell,
    user: &'a User,
    link: &'a str,
    password: &'a FormField,
    again: &'a FormField,
}

/// The path of a link, with its query.
pub fn path(secret: &Token) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("{PATH}?{}", query.append_pair(LINK, secret.expose()).finish())
}

/// `GET /account/set-password?link=…`: shows the form, and changes nothing.
pub async fn form(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let secret = secret(request.query())?;
    let user = web.app.accounts.user_of_password_link(&secret).map_err(unusable)?;
    Ok(page(&web, &request, StatusCode::OK, &user, &secret, &fields()))
}

/// `POST /account/set-password`
pub async fn submit(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    csrf::verify_origin(&Links::of(&web.app, &request), &request)?;
    let body = request.body();
    let secret = secret(body)?;
    let user = web.app.accounts.user_of_password_link(&secret).map_err(unusable)?;
    let (mut password, mut again) = fields();
    let value = field(body, password.name).unwrap_or_default();
    if field(body, again.name).unwrap_or_default() != value {
        again.refuse(&Problem::Malformed("is not the same"));
    } else {
        password.value = value;
        let parsed = password.parse(Password::parse);
        password.value.clear();
        if let Some(new) = parsed {
            let set = web.app.accounts.set_password_by_link(&secret, new, request.client()).await;
            request.set_user(set.map_err(unusable)?.username.as_str());
            return Ok(shell::done(&web.app, &request, "/account/sign-in", Message::PasswordSet));
        }
    }
    Ok(page(&web, &request, StatusCode::UNPROCESSABLE_ENTITY, &user, &secret, &(password, again)))
}

fn fields() -> (FormField, FormField) {
    (FormField::new("password", "New password"), FormField::new("password_again", "Repeated password"))
}

fn page(
    web: &Web,
    request: &RequestContext,
    status: StatusCode,
    user: &User,
    secret: &Token,
    (password, again): &(FormField, FormField),
) -> Response {
    let shell = Shell::new(&web.app, request);
    shell.page(status, &SetPassword { shell: &shell, user, link: secret.expose(), password, again })
}

fn secret(fields: &Fields) -> Result<Token, Failure> {
    let text = field(fields, LINK).unwrap_or_default();
    let secret =
        Token::parse(&text).ok().filter(|secret| secret.expose().starts_with(TokenPrefix::PasswordLink.into_str()));
    secret.ok_or_else(|| unusable(Error::NotFound))
}

/// The same page whatever is wrong with the link.
fn unusable(error: Error) -> Failure {
    match error {
        Error::NotFound => Failure::problem(
            StatusCode::NOT_FOUND,
            "This link does not work",
            "It may have been used already, have expired, or be incomplete. Please ask the administrator for a new one.",
        ),
        other => other.into(),
    }
}
