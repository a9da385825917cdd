//! Signing in and out.

use super::cookie::Cookie;
use super::csrf::{self, Csrf};
use super::failure::Failure;
use super::return_to::ReturnTo;
use super::session::{self, session};
use super::shell::{self, Shell};
use super::{Links, Message, Web, field};
use crate::accounts::{Browser, Error};
use crate::domain::{PasswordAttempt, TokenPrefix, UserAgent};
use crate::http::error::ErrorHead;
use crate::http::{AppState, Request, RequestContext, reply};
use askama::Template;
use hyper::StatusCode;
use hyper::header::USER_AGENT;
use std::sync::Arc;
use std::time::Duration;
use warp::reply::Response;

/// The longest user name or address, in bytes. A longer login is not repeated on the page.
const MAX_LOGIN: usize = 255;

/// The same text for every reason, so that it does not reveal whether the account exists.
const INVALID_LOGIN: &str = "Wrong user name or password.";
const EXPIRED: &str =
    "This form has expired, or your browser does not keep cookies for this site. Please sign in again.";

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/web/askama.toml")]
struct SignIn<'a> {
    shell: &'a Shell,
    action: String,
    csrf: Csrf,
    return_to: &'a ReturnTo,
    login: &'a str,
    /// Why the previous attempt failed.
    problem: Option<&'a str>,
}

/// `GET /account/sign-in?return_to=…`: the form. A browser that is already signed in is redirected to `return_to`.
pub async fn form(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let links = Links::of(app, &request);
    let return_to = ReturnTo::of(request.query());
    if session(app, &request)?.is_some() {
        return Ok(shell::redirect(&links.to(return_to.as_str())));
    }
    show_form(app, &request, StatusCode::OK, &return_to, "", None)
}

/// `POST /account/sign-in`: opens a new session, which replaces an existing one.
pub async fn submit(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let links = Links::of(app, &request);
    csrf::verify_origin(&links, &request)?;
    let body = request.body();
    let login = field(body, "login").unwrap_or_default();
    let password = PasswordAttempt::new(field(body, "password").unwrap_or_default());
    let return_to = ReturnTo::of(body);
    let shown = if login.len() > MAX_LOGIN { "" } else { login.as_str() };
    let expected = Cookie::FORM.token(&links, &request, TokenPrefix::WebForm).map(|cookie| Csrf::of(&cookie));
    if expected.is_none_or(|csrf| csrf.verify(&request).is_err()) {
        return show_form(app, &request, StatusCode::FORBIDDEN, &return_to, shown, Some(EXPIRED));
    }
    let old = Cookie::SESSION.token(&links, &request, TokenPrefix::WebSession);
    let (head, problem) = match app.accounts.open_web_session(&login, &password, browser(&request), old.as_ref()).await
    {
        Ok((user, token)) => {
            request.set_user(user.username.as_str());
            let cookies = [Cookie::SESSION.set(&links, token.expose()), Cookie::FORM.clear(&links)];
            return Ok(reply::with_headers(shell::redirect(&links.to(return_to.as_str())), cookies));
        }
        // 400 would mean a malformed form, and 401 needs a `WWW-Authenticate` challenge (RFC 9110 section 15.5.2).
        Err(Error::Unauthenticated) => (ErrorHead::new(StatusCode::UNPROCESSABLE_ENTITY), INVALID_LOGIN.into()),
        Err(error @ Error::TooManyAttempts { retry_after }) => {
            let problem = format!("Too many wrong passwords. Please try again {}.", in_words(retry_after));
            (ErrorHead::of(&error, &[]), problem)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(head.apply(show_form(app, &request, head.status, &return_to, shown, Some(&problem))?))
}

/// `POST /account/sign-out`: ends the session and redirects to the sign-in form, which keeps `return_to`.
pub async fn sign_out(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let links = Links::of(app, &request);
    // Browsers do not send the cookie with another site's form, but would let the response delete it.
    csrf::verify_origin(&links, &request)?;
    if let Some(session) = session(app, &request)? {
        session.verify_form(app, &request)?;
    }
    let cookie = Cookie::SESSION.token(&links, &request, TokenPrefix::WebSession);
    if let Some(cookie) = &cookie {
        app.accounts.end_web_session(cookie, request.client()).await?;
    }
    let return_to = Some(request.body()).filter(|body| body.contains(ReturnTo::NAME)).map(ReturnTo::of);
    let response = shell::redirect(&session::sign_in(&links, return_to.as_ref()));
    Ok(reply::with_headers(response, cookie.map(|_| Cookie::SESSION.clear(&links))))
}

/// The form, tied to the browser's cookie. A browser without one gets a new cookie.
fn show_form(
    app: &AppState,
    request: &RequestContext,
    status: StatusCode,
    return_to: &ReturnTo,
    login: &str,
    problem: Option<&str>,
) -> Result<Response, Failure> {
    let shell = Shell::new(app, request);
    let shell = Shell { message: Message::of(&shell.links, request), ..shell };
    let links = &shell.links;
    let (cookie, new) = match Cookie::FORM.token(links, request, TokenPrefix::WebForm) {
        Some(cookie) => (cookie, None),
        None => {
            let cookie = app.accounts.new_token(TokenPrefix::WebForm)?;
            let header = Cookie::FORM.set(links, cookie.expose());
            (cookie, Some(header))
        }
    };
    let csrf = Csrf::of(&cookie);
    let action = links.to("/account/sign-in");
    let page = SignIn { shell: &shell, action, csrf, return_to, login, problem };
    Ok(reply::with_headers(shell.page(status, &page), new))
}

/// What the user will see of this sign-in.
fn browser(request: &RequestContext) -> Browser {
    let user_agent = request.header(USER_AGENT).map(|value| UserAgent::sanitized(value.as_bytes()));
    Browser { user_agent: user_agent.unwrap_or_default(), address: request.client() }
}

/// When to try again, rounded up.
pub fn in_words(wait: Duration) -> String {
    match wait.as_secs() + 1 {
        1 => "in a second".into(),
        seconds @ ..=90 => format!("in {seconds} seconds"),
        seconds => format!("in {} minutes", seconds.div_ceil(60)),
    }
}
