//! Error pages.

use super::shell::{self, FormAction, Shell};
use super::{Links, Refusal, to_sign_in};
use crate::accounts::Error;
use crate::http::error::{ErrorHead, RoutingError};
use crate::http::input::BodyError;
use crate::http::{AppState, RequestContext};
use askama::Template;
use hyper::StatusCode;
use warp::reply::Response;

/// Why a request failed.
#[derive(derive_more::From)]
pub enum Failure {
    #[from]
    Accounts(Error),
    #[from]
    Refused(Refusal),
    #[from]
    Routing(RoutingError),
    /// A page with this status, title and text.
    Problem { status: StatusCode, title: &'static str, text: String },
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self::Refused(Refusal::Body(error))
    }
}

impl Failure {
    pub fn page(&self, app: &AppState, request: &RequestContext) -> Response {
        // The session has ended since the page was shown.
        if matches!(self, Self::Accounts(Error::Unauthenticated)) {
            return to_sign_in(app, request);
        }
        let head = self.head();
        let (title, text) = self.title_and_text(request);
        let links = Links::of(app, request);
        let account = links.to("/account/applications");
        let problem = Problem { shell: Shell::new(links), title, text: &text, account };
        head.apply(shell::page(head.status, &problem, FormAction::SameOrigin))
    }

    fn head(&self) -> ErrorHead {
        match self {
            Self::Accounts(Error::Taken(_)) => ErrorHead::new(StatusCode::BAD_REQUEST),
            Self::Accounts(Error::Forbidden(_)) => ErrorHead::new(StatusCode::FORBIDDEN),
            Self::Accounts(error) => ErrorHead::of(error, &[]),
            Self::Refused(Refusal::CrossSite | Refusal::Expired) => ErrorHead::new(StatusCode::FORBIDDEN),
            Self::Refused(Refusal::Body(error)) => error.into(),
            Self::Routing(error) => error.into(),
            Self::Problem { status, .. } => ErrorHead::new(*status),
        }
    }

    /// The title and the text of the page.
    fn title_and_text(&self, request: &RequestContext) -> (&'static str, String) {
        match self {
            Self::Accounts(error) => accounts(error, request),
            Self::Refused(refusal) => refused(refusal),
            Self::Routing(RoutingError::NotFound | RoutingError::Disabled) => {
                ("There is no such page", "The address may be mistyped, or the page may have been removed.".into())
            }
            Self::Routing(RoutingError::MethodNotAllowed { .. }) => {
                ("This page does not support that request", "Nothing was done.".into())
            }
            Self::Problem { title, text, .. } => (title, text.clone()),
        }
    }
}

fn accounts(error: &Error, request: &RequestContext) -> (&'static str, String) {
    match error {
        Error::Unauthenticated => ("Please sign in", "Nothing was done.".into()),
        Error::NotFound => ("Not found", "It may have been removed in the meantime.".into()),
        Error::Forbidden(reason) => ("You are not allowed to do this", format!("The reason: {reason}.")),
        Error::Invalid(_) | Error::Taken(_) => {
            ("The form could not be read", "Nothing was done. Please go back and try again.".into())
        }
        Error::Busy => ("The server is busy", "Nothing was done. Please try again in a minute.".into()),
        Error::TooManyAttempts { .. } => {
            ("Too many wrong passwords", "Nothing was done. Please try again later.".into())
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

fn refused(refusal: &Refusal) -> (&'static str, String) {
    match refusal {
        Refusal::CrossSite => (
            "This request came from another site",
            "Nothing was done. If you meant to do it, please do it on this site's own pages.".into(),
        ),
        Refusal::Expired => (
            "This page is out of date",
            "Nothing was done. You may have signed in or out since you opened it. Please open it again.".into(),
        ),
        Refusal::Body(error) => ("The form could not be read", format!("Nothing was done: {error}.")),
    }
}

#[derive(Template)]
#[template(path = "problem.html", config = "src/web/askama.toml")]
struct Problem<'a> {
    shell: Shell,
    title: &'a str,
    text: &'a str,
    /// A link to the user's own page.
    account: String,
}
