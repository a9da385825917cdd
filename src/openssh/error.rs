//! The refusals, as lines of text.

use crate::accounts::{Error, Forbidden};
use crate::http::reply;
use hyper::StatusCode;
use warp::Reply;
use warp::reply::Response;

/// Why a request was not answered with what it asked for.
pub enum Failure {
    Accounts(Error),
    /// A parameter that is missing or cannot be read.
    Parameter(&'static str),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Accounts(error.into())
    }
}

impl Reply for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Parameter(why) => reply::text(StatusCode::BAD_REQUEST, format!("400 {why}\n")),
            Self::Accounts(Error::NotFound) => not_found(),
            Self::Accounts(Error::Unauthenticated) => {
                let response = reply::text(StatusCode::UNAUTHORIZED, "401 Unauthorized\n");
                reply::with_bearer_challenge(response)
            }
            Self::Accounts(Error::Forbidden(why)) => forbidden(why),
            Self::Accounts(Error::Invalid(_) | Error::Taken(_)) => {
                reply::text(StatusCode::BAD_REQUEST, "400 Bad Request\n")
            }
            Self::Accounts(Error::TooManyAttempts { retry_after }) => {
                let refused = reply::text(StatusCode::TOO_MANY_REQUESTS, "429 Too Many Requests\n");
                reply::with_retry_after(refused, retry_after)
            }
            Self::Accounts(Error::Busy) => {
                let busy = reply::text(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable\n");
                reply::with_retry_soon(busy)
            }
            Self::Accounts(Error::Internal) => {
                reply::text(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error\n")
            }
        }
    }
}

fn forbidden(why: Forbidden) -> Response {
    reply::text(StatusCode::FORBIDDEN, format!("403 Forbidden: {why}\n"))
}

fn not_found() -> Response {
    reply::text(StatusCode::NOT_FOUND, "404 Not Found\n")
}

/// A known path with a method that it doesn't have; the table adds `Allow`.
pub fn not_allowed(_allow: &'static str) -> Response {
    reply::text(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed\n")
}
