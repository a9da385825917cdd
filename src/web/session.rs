//! Browser sessions.

use super::cookie::Cookie;
use super::csrf::{self, Csrf, Refusal};
use super::return_to::ReturnTo;
use super::{Links, shell};
use crate::accounts::{Actor, Error};
use crate::domain::User;
use crate::http::{AppState, Request, RequestContext};
use std::sync::Arc;
use warp::reply::Response;

/// A browser that signed in.
#[derive(Debug)]
pub struct Session {
    /// May do all that the user may.
    pub actor: Actor,
    pub user: Arc<User>,
    /// For every form on the page.
    pub csrf: Csrf,
}

impl Session {
    /// Checks that the request is a form which this session was shown.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn confirm(&self, app: &AppState, request: &Request) -> Result<(), Refusal> {
        csrf::same_origin(&Links::of(app, request), request)?;
        self.csrf.confirm(request)
    }
}

/// The session that the request's cookie stands for; none if there is no cookie, or it has ended. The access log is told
/// the user's name.
///
/// # Errors
/// Only those of the database.
pub fn session(app: &AppState, request: &RequestContext) -> Result<Option<Session>, Error> {
    let Some(cookie) = Cookie::Session.read(&Links::of(app, request), request) else { return Ok(None) };
    let actor = match app.accounts.web_session(&cookie) {
        Ok(actor) => actor,
        Err(Error::Unauthenticated) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(signed_in) = actor.signed_in() else { return Ok(None) };
    let user = Arc::clone(&signed_in.user);
    request.set_user(user.username.as_str());
    Ok(Some(Session { actor, user, csrf: Csrf::of(&cookie) }))
}

/// Sends the browser to sign in, and back to this request's address after that.
pub fn to_sign_in(app: &AppState, request: &RequestContext) -> Response {
    let query = request.raw_query();
    let here = if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) };
    shell::redirect(&sign_in(&Links::of(app, request), ReturnTo::parse(&here).as_ref()))
}

/// The address of the page for signing in.
pub fn sign_in(links: &Links, return_to: Option<&ReturnTo>) -> String {
    let mut address = links.to("/account/sign-in");
    if let Some(return_to) = return_to {
        address.push('?');
        address = form_urlencoded::Serializer::for_suffix(address.clone(), address.len())
            .append_pair(ReturnTo::NAME, return_to.as_str())
            .finish();
    }
    address
}
