//! What the next OAuth authorization request is answered with, so that a test needs no browser.

use super::Control;
use super::error::Failure;
use crate::accounts::AccountAccess;
use crate::http::{Request, reply};
use serde::Deserialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use warp::reply::Response;

/// The error codes of RFC 6749 section 4.1.2.1.
const ERRORS: [&str; 7] = [
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
];

/// An answer to one authorization request.
pub enum Authorization {
    /// A code for this account.
    Code(AccountAccess),
    /// One of [`ERRORS`].
    Error(&'static str),
}

/// The prepared answer, if there is one. A reset begins without.
#[derive(Default)]
pub struct NextAuthorization(Mutex<Option<Authorization>>);

impl NextAuthorization {
    pub fn is_prepared(&self) -> bool {
        self.answer().is_some()
    }

    /// The answer for one request; none for later ones.
    pub fn take(&self) -> Option<Authorization> {
        self.answer().take()
    }

    fn answer(&self) -> MutexGuard<'_, Option<Authorization>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Next {
    user: Option<String>,
    error: Option<String>,
}

/// `POST oauth/next`
pub async fn prepare(control: Arc<Control>, request: Request, (): ()) -> Result<Response, Failure> {
    let Next { user, error } = control.body(&request).await?;
    let answer = match (user, error) {
        (None, None) => None,
        (Some(username), None) => {
            let user = control.user(&username)?;
            if !user.is_active() {
                return Err(Failure::invalid("the user is not active"));
            }
            Some(Authorization::Code(control.sandbox()?.start.operator.access_to(user.id)))
        }
        (None, Some(code)) => {
            let known = ERRORS.into_iter().find(|known| *known == code);
            let unknown = || Failure::invalid(format!("error must be one of {}", ERRORS.join(", ")));
            Some(Authorization::Error(known.ok_or_else(unknown)?))
        }
        (Some(_), Some(_)) => return Err(Failure::invalid("give either user or error")),
    };
    *control.next_authorization.answer() = answer;
    Ok(reply::no_content())
}
