//! What went wrong, as pages.

use super::shell::{self, FormAction, Shell};
use super::{Links, Refusal, to_sign_in};
use crate::accounts::Error;
use crate::http::body::BodyError;
use crate::http::{AppState, Call, reply};
use askama::Template;
use hyper::StatusCode;
use std::convert::Infallible;
use warp::reply::Response;
use warp::{Rejection, Reply};

/// Why a request was not answered with what it asked for.
#[derive(Clone)]
pub enum Failure {
    Accounts(Error),
    Refused(Refusal),
    /// A path of no page.
    NoPage,
    /// A known path with a method that it doesn't have.
    NotAllowed,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Accounts(error.into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<&BodyError> for Failure {
    fn from(error: &BodyError) -> Self {
        Self::Refused(Refusal::Body(error.clone()))
    }
}

/// Travels with an empty response to where the call is known.
impl Reply for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Failure {
    /// The failure that a response carries, if it is one.
    pub fn carried_by(response: &mut Response) -> Option<Self> {
        response.extensions_mut().remove::<Self>()
    }

    pub fn page(&self, app: &AppState, call: &Call) -> Response {
        match self {
            Self::Accounts(error) => failure(app, call, error),
            Self::Refused(refusal) => refusal.page(app, call),
            Self::NoPage => problem(
                app,
                call,
                StatusCode::NOT_FOUND,
                "There is no such page",
                "The address may be mistyped, or what it stood for is gone.",
            ),
            Self::NotAllowed => problem(
                app,
                call,
                StatusCode::METHOD_NOT_ALLOWED,
                "This address cannot be used like that",
                "Nothing was done.",
            ),
        }
    }
}

/// A known path with a method that it doesn't have; the table adds `Allow`.
pub fn not_allowed(_allow: &'static str) -> Failure {
    Failure::NotAllowed
}

/// A path of no row.
pub async fn rejected(_: Rejection) -> Result<Response, Infallible> {
    Ok(Failure::NoPage.into_response())
}

/// The page for what the accounts refuse.
pub fn failure(app: &AppState, call: &Call, error: &Error) -> Response {
    let show = |status, title, text: &str| problem(app, call, status, title, text);
    match error {
        // The session has ended since the request came.
        Error::Unauthenticated => to_sign_in(app, call),
        Error::NotFound => show(StatusCode::NOT_FOUND, "It is not there", "It may have been removed in the meantime."),
        Error::Forbidden(why) => {
            show(StatusCode::FORBIDDEN, "You may not do this", &format!("The server says: {why}."))
        }
        Error::Invalid(_) | Error::Taken(_) => {
            show(StatusCode::BAD_REQUEST, "This could not be read", "Nothing was done. Please go back and try again.")
        }
        Error::Busy => {
            let text = "Nothing was done. Please try again in a moment.";
            reply::with_retry_soon(show(StatusCode::SERVICE_UNAVAILABLE, "There is too much to do right now", text))
        }
        Error::TooManyAttempts { retry_after } => {
            let text = "Nothing was done. Please try again later.";
            reply::with_retry_after(show(StatusCode::TOO_MANY_REQUESTS, "Too many wrong passwords", text), *retry_after)
        }
        Error::Internal => {
            let text = format!(
                "This is not your fault. Please try again. If it happens again, tell whoever runs this server that it \
                 was request {}.",
                call.request_id().as_str()
            );
            show(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", &text)
        }
    }
}

impl Refusal {
    /// The page that says so.
    pub fn page(&self, app: &AppState, call: &Call) -> Response {
        let (status, title, text) = match self {
            Self::CrossSite => (
                StatusCode::FORBIDDEN,
                "This came from another site",
                "Nothing was done. If you meant to do it, please do it on this site's own pages.".to_owned(),
            ),
            Self::Expired => (
                StatusCode::FORBIDDEN,
                "This page was no longer current",
                "Nothing was done. You may have signed in or out since you opened it. Please open it again.".to_owned(),
            ),
            Self::Body(error) => (error.status(), "This could not be read", format!("Nothing was done: {error}.")),
        };
        problem(app, call, status, title, &text)
    }
}

#[derive(Template)]
#[template(path = "problem.html", config = "src/web/askama.toml")]
struct Problem<'a> {
    shell: Shell,
    title: &'a str,
    text: &'a str,
    /// The way back.
    account: String,
}

/// A page that says what went wrong, and no more.
pub fn problem(app: &AppState, call: &Call, status: StatusCode, title: &str, text: &str) -> Response {
    let links = Links::of(app, call);
    let account = links.to("/account/applications");
    shell::page(status, &Problem { shell: Shell::new(links), title, text, account }, FormAction::SameOrigin)
}
