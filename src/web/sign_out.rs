//! Signing out.

use super::cookie::Cookie;
use super::failure::Failure;
use super::return_to::ReturnTo;
use super::{Links, Web, csrf, session, shell};
use crate::http::{Request, reply};
use std::sync::Arc;
use warp::reply::Response;

/// `POST /account/sign-out`: ends the session and redirects to the sign-in form, which keeps `return_to`.
pub async fn submit(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let links = Links::of(app, &request);
    // Browsers do not send the cookie with another site's form, but would let the response delete it.
    csrf::verify_origin(&links, &request)?;
    if let Some(session) = session(app, &request)? {
        session.verify_form(app, &request)?;
    }
    let cookie = Cookie::Session.read(&links, &request);
    if let Some(cookie) = &cookie {
        app.accounts.end_web_session(cookie).await?;
    }
    let return_to = Some(request.body()).filter(|body| body.contains(ReturnTo::NAME)).map(ReturnTo::of);
    let response = shell::redirect(&session::sign_in(&links, return_to.as_ref()));
    Ok(reply::with_headers(response, cookie.map(|_| Cookie::Session.clear(&links))))
}
