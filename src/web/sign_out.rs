//! Signing out.

use super::cookie::Cookie;
use super::failure::Failure;
use super::return_to::ReturnTo;
use super::{Links, session, shell};
use crate::http::{Call, Site, reply};
use warp::reply::Response;

/// `POST /account/sign-out`: ends the session, and shows the form for signing in, from which `return_to` is next.
pub async fn submit(site: Site, call: Call) -> Result<Response, Failure> {
    let links = Links::of(&site, &call);
    if let Some(session) = session(&site, &call)? {
        session.confirm(&site, &call)?;
    }
    if let Some(cookie) = Cookie::Session.read(&links, &call) {
        site.accounts.end_web_session(&cookie).await?;
    }
    let return_to = call.body().ok().filter(|body| body.contains(ReturnTo::NAME)).map(ReturnTo::of);
    let response = shell::redirect(&session::sign_in(&links, return_to.as_ref()));
    Ok(reply::with_headers(response, [Cookie::Session.clear(&links)]))
}
