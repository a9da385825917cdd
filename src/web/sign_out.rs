//! Signing out.

use super::cookie::Cookie;
use super::failure::Failure;
use super::return_to::ReturnTo;
use super::{Links, csrf, session, shell};
use crate::http::{AppState, Call, reply};
use warp::reply::Response;

/// `POST /account/sign-out`: ends the session, and shows the form for signing in, from which `return_to` is next.
pub async fn submit(app: AppState, call: Call) -> Result<Response, Failure> {
    let links = Links::of(&app, &call);
    // Browsers keep the cookie back from another site's form, but would let the answer to that take it away.
    csrf::same_origin(&links, &call)?;
    if let Some(session) = session(&app, &call)? {
        session.confirm(&app, &call)?;
    }
    let cookie = Cookie::Session.read(&links, &call);
    if let Some(cookie) = &cookie {
        app.accounts.end_web_session(cookie).await?;
    }
    let return_to = call.body().ok().filter(|body| body.contains(ReturnTo::NAME)).map(ReturnTo::of);
    let response = shell::redirect(&session::sign_in(&links, return_to.as_ref()));
    Ok(reply::with_headers(response, cookie.map(|_| Cookie::Session.clear(&links))))
}
