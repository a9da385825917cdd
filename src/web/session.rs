//! Who is signed in.

use super::cookie::Cookie;
use super::csrf::{self, Csrf, Refusal};
use super::return_to::ReturnTo;
use super::{Links, shell};
use crate::accounts::{Actor, Error};
use crate::domain::User;
use crate::http::{AppState, Call};
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
    /// Whether the call is the answer to a form that this session was shown.
    ///
    /// # Errors
    /// Why nothing of it may be done: [`Refusal::page`] says so.
    pub fn confirm(&self, app: &AppState, call: &Call) -> Result<(), Refusal> {
        csrf::same_origin(&Links::of(app, call), call)?;
        self.csrf.confirm(call)
    }
}

/// The session that the call's cookie stands for; none if there is no cookie, or it has ended. The access log is told
/// the user's name.
///
/// # Errors
/// Only those of the database.
pub fn session(app: &AppState, call: &Call) -> Result<Option<Session>, Error> {
    let Some(cookie) = Cookie::Session.read(&Links::of(app, call), call) else { return Ok(None) };
    let actor = match app.accounts.web_session(&cookie) {
        Ok(actor) => actor,
        Err(Error::Unauthenticated) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(signed_in) = actor.signed_in() else { return Ok(None) };
    let user = Arc::clone(&signed_in.user);
    call.set_user(user.username.as_str());
    Ok(Some(Session { actor, user, csrf: Csrf::of(&cookie) }))
}

/// Sends the browser to sign in, and back to this call's address after that.
pub fn to_sign_in(app: &AppState, call: &Call) -> Response {
    let query = call.raw_query();
    let here = if query.is_empty() { call.path().to_owned() } else { format!("{}?{query}", call.path()) };
    shell::redirect(&sign_in(&Links::of(app, call), ReturnTo::parse(&here).as_ref()))
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
