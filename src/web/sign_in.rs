//! Signing in with a password.

use super::cookie::Cookie;
use super::csrf::{self, Csrf, Refusal};
use super::failure::Failure;
use super::return_to::ReturnTo;
use super::shell::{self, FormAction, Shell};
use super::{Links, Web, session};
use crate::accounts::Error;
use crate::domain::{PasswordAttempt, Token, TokenPrefix};
use crate::http::error::ErrorHead;
use crate::http::input::Fields;
use crate::http::{Request, RequestContext, reply};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use std::time::Duration;
use warp::reply::Response;

/// Longer than any user name or address: what is longer is not shown again.
const LONGEST_LOGIN: usize = 255;

/// The same for whatever is wrong.
const WRONG: &str = "That user name or email address and that password do not go together.";
const EXPIRED: &str = "The page had been open for too long, or your browser does not keep cookies for this site. Please \
                       sign in again.";

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/web/askama.toml")]
struct SignIn<'a> {
    shell: Shell,
    action: String,
    csrf: Csrf,
    return_to: &'a ReturnTo,
    login: &'a str,
    /// What was wrong, the last time.
    problem: Option<&'a str>,
}

/// `GET /account/sign-in?return_to=…`: the form. Who is signed in goes on at once.
pub async fn form(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let links = Links::of(app, &request);
    let return_to = ReturnTo::of(request.query());
    if session(app, &request)?.is_some() {
        return Ok(shell::redirect(&links.to(return_to.as_str())));
    }
    show_form(links, &request, StatusCode::OK, &return_to, "", None)
}

/// `POST /account/sign-in`: a new session, whatever session there was.
pub async fn submit(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let links = Links::of(app, &request);
    csrf::same_origin(&links, &request)?;
    let body = request.body();
    let (login, password) = (text(body, "login"), PasswordAttempt::new(text(body, "password")));
    let return_to = ReturnTo::of(body);
    let shown = if login.len() > LONGEST_LOGIN { "" } else { login.as_str() };
    let expected = Cookie::Form.read(&links, &request).map(|cookie| Csrf::of(&cookie));
    if expected.ok_or(Refusal::Expired).and_then(|csrf| csrf.confirm(&request)).is_err() {
        return show_form(links, &request, StatusCode::FORBIDDEN, &return_to, shown, Some(EXPIRED));
    }
    let old = Cookie::Session.read(&links, &request);
    match app.accounts.open_web_session(&login, &password, request.client(), old.as_ref()).await {
        Ok((user, token)) => {
            request.set_user(user.username.as_str());
            let cookies = [Cookie::Session.set(&links, &token), Cookie::Form.clear(&links)];
            Ok(reply::with_headers(shell::redirect(&links.to(return_to.as_str())), cookies))
        }
        // The form was understood, so not 400; and 401 is for what a header can mend (RFC 9110 section 15.5.2).
        Err(Error::Unauthenticated) => {
            show_form(links, &request, StatusCode::UNPROCESSABLE_ENTITY, &return_to, shown, Some(WRONG))
        }
        Err(Error::TooManyAttempts { retry_after }) => {
            let problem = format!("Too many wrong passwords. Please try again {}.", in_a_while(retry_after));
            let page = show_form(links, &request, StatusCode::TOO_MANY_REQUESTS, &return_to, shown, Some(&problem))?;
            Ok(ErrorHead::new(StatusCode::TOO_MANY_REQUESTS).retry_after(retry_after).apply(page))
        }
        Err(
            error @ (Error::Invalid(_)
            | Error::NotFound
            | Error::Taken(_)
            | Error::Forbidden(_)
            | Error::Busy
            | Error::Internal),
        ) => Err(error.into()),
    }
}

/// The form, for the browser that has the cookie; it gets one if it has none.
fn show_form(
    links: Links,
    request: &RequestContext,
    status: StatusCode,
    return_to: &ReturnTo,
    login: &str,
    problem: Option<&str>,
) -> Result<Response, Failure> {
    let (cookie, new) = match Cookie::Form.read(&links, request) {
        Some(cookie) => (cookie, None),
        None => {
            let cookie = Token::generate(TokenPrefix::WebForm).map_err(|_| Error::Internal)?;
            let header = Cookie::Form.set(&links, &cookie);
            (cookie, Some(header))
        }
    };
    let csrf = Csrf::of(&cookie);
    let action = links.to("/account/sign-in");
    let page = SignIn { shell: Shell::new(links), action, csrf, return_to, login, problem };
    Ok(reply::with_headers(shell::page(status, &page, FormAction::SameOrigin), new))
}

/// A wait, in words that are never too short.
fn in_a_while(wait: Duration) -> String {
    match wait.as_secs() + 1 {
        1 => "in a second".into(),
        seconds @ ..=90 => format!("in {seconds} seconds"),
        seconds => format!("in {} minutes", seconds.div_ceil(60)),
    }
}

/// What is not text was not typed into the form, and is nobody's.
fn text(body: &Fields, name: &'static str) -> String {
    body.text(name).ok().and_then(|given| given.value()).unwrap_or_default()
}
