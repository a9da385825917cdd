//! The page that asks the user.

use super::OAuth;
use super::request::AuthorizationRequest;
use crate::http::Call;
use crate::web::{self, Csrf, FormAction, Links, Permission, Session, Shell, in_words};
use askama::Template;
use hyper::StatusCode;
use warp::reply::Response;

/// Who asks, where the answer goes, and what for: RFC 9700 section 4.2.4 and RFC 6749 section 10.2 want the user to see it.
#[derive(Template)]
#[template(path = "consent.html", config = "src/web/askama.toml")]
struct Consent<'a> {
    shell: Shell,
    csrf: &'a Csrf,
    application: &'a str,
    /// Where the answer goes: of the callback.
    host: String,
    permissions: Vec<Permission>,
    /// The request itself, which is read anew when the answer comes.
    action: String,
}

/// Asks the user of the session.
pub fn page(oauth: &OAuth, call: &Call, request: &AuthorizationRequest, session: &Session) -> Response {
    let links = Links::of(&oauth.app, call);
    let here = format!("{}?{}", oauth.paths.authorize(), call.raw_query());
    let page = Consent {
        csrf: &session.csrf,
        application: request.application.registration.name.as_str(),
        host: request.back.uri.host(),
        permissions: in_words(request.scopes),
        action: links.to(&here),
        shell: Shell::of(session, links).coming_back_to(here),
    };
    web::page(StatusCode::OK, &page, FormAction::External)
}
