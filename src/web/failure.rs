//! Error pages.

use super::account::confirm_password;
use super::shell::{self, Shell};
use super::sign_in::in_words;
use super::start::accepts_html;
use super::{Links, session, to_sign_in};
use crate::accounts::{Error, Forbidden};
use crate::http::error::{ErrorHead, RequestError};
use crate::http::{AppState, RequestContext, reply};
use askama::Template;
use hyper::StatusCode;
use warp::reply::Response;

/// Why a request failed.
#[derive(derive_more::From)]
pub enum Failure {
    #[from]
    Accounts(Error),
    #[from]
    Request(RequestError),
    /// A page with this status, title and text.
    Problem(StatusCode, &'static str, String),
}

impl Failure {
    pub fn problem(status: StatusCode, title: &'static str, text: impl Into<String>) -> Self {
        Self::Problem(status, title, text.into())
    }

    pub fn page(&self, app: &AppState, request: &RequestContext) -> Response {
        let head = match self {
            // The session has ended since the page was shown.
            Self::Accounts(Error::Unauthenticated) | Self::Request(RequestError::TokenEnded(_)) => {
                return to_sign_in(app, request);
            }
            // The password must be entered again first.
            Self::Accounts(Error::Forbidden(Forbidden::OldSignIn)) => {
                return shell::redirect(&confirm_password::address(&Links::of(app, request), request));
            }
            // `/` is a page for browsers only.
            Self::Request(_) if request.path() == "/" && !accepts_html(request) => return reply::unknown_path(),
            Self::Accounts(Error::Taken(_) | Error::EmailTakenBy(_)) => ErrorHead::new(StatusCode::BAD_REQUEST),
            Self::Accounts(Error::Forbidden(_)) => ErrorHead::new(StatusCode::FORBIDDEN),
            Self::Accounts(error) => ErrorHead::of(error, &[]),
            Self::Request(error) => error.into(),
            Self::Problem(status, ..) => ErrorHead::new(*status),
        };
        let (title, text) = match self {
            Self::Accounts(error) => accounts(error, request),
            Self::Request(RequestError::Body(error)) => {
                ("The form could not be read", format!("Nothing was done: {error}."))
            }
            Self::Request(RequestError::NotFound | RequestError::Disabled) => {
                ("There is no such page", "The address may be mistyped, or the page may have been removed.".into())
            }
            Self::Request(RequestError::TokenEnded(end)) => accounts(&Error::TokenEnded(*end), request),
            Self::Request(RequestError::Injected(injected)) => {
                ("A test suite asked for this error", injected.to_string())
            }
            Self::Request(RequestError::NoMemory) => accounts(&Error::Busy, request),
            Self::Request(RequestError::MethodNotAllowed { .. }) => {
                ("This page does not support that request", "Nothing was done.".into())
            }
            Self::Problem(_, title, text) => (*title, text.clone()),
        };
        let shell = Shell::new(app, request);
        let session = if head.status.is_server_error() { None } else { session(app, request).ok().flatten() };
        let shell = Shell { session, ..shell };
        head.apply(shell.page(head.status, &Problem { shell: &shell, title, text }))
    }
}

fn accounts(error: &Error, request: &RequestContext) -> (&'static str, String) {
    match error {
        Error::Unauthenticated | Error::TokenEnded(_) => ("Please sign in", "Nothing was done.".into()),
        Error::NotFound => ("Not found", "It may have been removed in the meantime.".into()),
        Error::Forbidden(reason) => ("You are not allowed to do this", format!("The reason: {reason}.")),
        Error::Invalid(_) | Error::Taken(_) | Error::EmailTakenBy(_) => {
            ("The form could not be read", "Nothing was done. Please go back and try again.".into())
        }
        Error::Busy => ("The server is busy", "Nothing was done. Please try again in a minute.".into()),
        Error::TooManyAttempts { .. } => {
            ("Too many wrong passwords", "Nothing was done. Please try again later.".into())
        }
        Error::TooManyChanges { per_day, retry_after } => {
            let when = in_words(*retry_after);
            let text =
                format!("Nothing was done. An account can make {per_day} changes a day. Please try again {when}.");
            ("Too many changes", text)
        }
        Error::Internal => {
            let text = format!(
                "This is not your fault. Please try again. If it happens again, tell the people who run this server \
                 that it was request {}.",
                request.id
            );
            ("Something went wrong", text)
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html", config = "src/web/askama.toml")]
struct Problem<'a> {
    shell: &'a Shell,
    title: &'static str,
    text: String,
}
