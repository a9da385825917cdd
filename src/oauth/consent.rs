//! The page that asks the user.

use super::OAuth;
use super::request::AuthorizationRequest;
use crate::http::RequestContext;
use crate::web::{self, Csrf, FormAction, Links, Permission, Session, Shell, in_words};
use askama::Template;
use hyper::StatusCode;
use warp::reply::Response;

/// The application, where the response goes, and what is asked for: RFC 9700, section 4.2.4, and RFC 6749, section 10.2,
/// want the user to see it.
#[derive(Template)]
#[template(path = "consent.html", config = "src/web/askama.toml")]
struct Consent<'a> {
    shell: Shell,
    csrf: &'a Csrf,
    application: &'a str,
    /// The host of the callback.
    host: String,
    permissions: Vec<Permission>,
    /// The authorization request itself, which is parsed again when the form is sent.
    action: String,
}

/// Asks the user of the session.
pub fn page(oauth: &OAuth, request: &RequestContext, asked: &AuthorizationRequest, session: &Session) -> Response {
    let links = Links::of(&oauth.app, request);
    let here = format!("{}?{}", oauth.paths.authorize(), request.raw_query());
    let page = Consent {
        csrf: &session.csrf,
        application: asked.application.registration.name.as_str(),
        host: asked.target.uri.host(),
        permissions: in_words(asked.scopes),
        action: links.to(&here),
        shell: Shell::of(session, links).coming_back_to(here),
    };
    web::page(StatusCode::OK, &page, FormAction::External)
}
