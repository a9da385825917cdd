//! The dialect's errors: each is one line of text.

use crate::accounts::Error;
use crate::http::credentials::Unreadable;
use crate::http::error::{BEARER, ErrorHead, RequestError};
use hyper::StatusCode;
use warp::reply::Response;

/// Why a request failed.
#[derive(derive_more::From)]
pub enum Failure {
    #[from(Error, Unreadable)]
    Accounts(Error),
    /// A parameter is missing or cannot be read.
    Parameter(&'static str),
    #[from]
    Request(RequestError),
}

impl Failure {
    pub fn into_response(self) -> Response {
        let head = match &self {
            Self::Parameter(_) => ErrorHead::new(StatusCode::BAD_REQUEST),
            // Without a challenge: a client has no means to request a token with more scopes here.
            Self::Accounts(Error::Forbidden(_)) => ErrorHead::new(StatusCode::FORBIDDEN),
            Self::Accounts(error) => ErrorHead::of(error, &[BEARER]),
            Self::Request(error) => error.into(),
        };
        let line = match self {
            Self::Parameter(reason) => format!("400 {reason}\n"),
            Self::Accounts(Error::Forbidden(reason)) => format!("403 Forbidden: {reason}\n"),
            Self::Accounts(_) | Self::Request(_) => format!("{}\n", head.status),
        };
        head.text(line)
    }
}
