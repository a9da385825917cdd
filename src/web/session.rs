//! Browser sessions.

use super::cookie::Cookie;
use super::csrf::{self, Csrf};
use super::return_to::ReturnTo;
use super::{Failure, Links, shell};
use crate::accounts::{Actor, Error};
use crate::domain::{TokenPrefix, User};
use crate::http::{AppState, Request, RequestContext};
use std::sync::Arc;
use warp::reply::Response;

/// The session of a browser that is signed in.
pub struct Session {
    /// The user as an actor, with every scope.
    pub actor: Actor,
    pub user: Arc<User>,
    /// The token for the forms of the page.
    pub csrf: Csrf,
}

impl Session {
    /// Verifies that the request is a form from a page that was shown to this session.
    ///
    /// # Errors
    /// Why the form is refused.
    pub fn verify_form(&self, app: &AppState, request: &Request) -> Result<(), Failure> {
        csrf::verify_origin(&Links::of(app, request), request)?;
        self.csrf.verify(request)
    }
}

/// The session that the request's cookie identifies; None without a cookie, or if the session has ended. Names the user
/// in the access log.
///
/// # Errors
/// Only database errors.
pub fn session(app: &AppState, request: &RequestContext) -> Result<Option<Session>, Error> {
    let Some(cookie) = Cookie::SESSION.token(&Links::of(app, request), request, TokenPrefix::WebSession) else {
        return Ok(None);
    };
    let actor = match app.accounts.web_session(&cookie, request.client()) {
        Ok(actor) => actor,
        Err(Error::Unauthenticated) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(signed_in) = actor.signed_in() else { return Ok(None) };
    let user = Arc::clone(&signed_in.user);
    request.set_user(user.username.as_str());
    Ok(Some(Session { actor, user, csrf: Csrf::of(&cookie) }))
}

/// Redirects the browser to the sign-in form, which returns it to this request's address.
pub fn to_sign_in(app: &AppState, request: &RequestContext) -> Response {
    shell::redirect(&sign_in(&Links::of(app, request), ReturnTo::of_request(request).as_ref()))
}

/// The address of the sign-in form.
pub fn sign_in(links: &Links, return_to: Option<&ReturnTo>) -> String {
    let form = links.to("/account/sign-in");
    let Some(return_to) = return_to else { return form };
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("{form}?{}", query.append_pair(ReturnTo::NAME, return_to.as_str()).finish())
}
