//! The consent page.

use super::OAuth;
use super::request::AuthorizationRequest;
use crate::http::RequestContext;
use crate::web::{self, Csrf, FormAction, Links, Permission, Session, Shell, permissions};
use askama::Template;
use hyper::StatusCode;
use warp::reply::Response;

/// Shows the application, the host that the response goes to, and the requested permissions, as RFC 9700, section
/// 4.2.4, and RFC 6749, section 10.2, recommend.
#[derive(Template)]
#[template(path = "consent.html", config = "src/web/askama.toml")]
struct Consent<'a> {
    shell: Shell,
    csrf: &'a Csrf,
    application: &'a str,
    /// The host of the callback.
    host: String,
    permissions: Vec<Permission>,
    /// The URL of the authorization request, which is parsed again when the form is submitted.
    action: String,
}

/// The page for the user of this session.
pub fn page(
    oauth: &OAuth,
    request: &RequestContext,
    authorization_request: &AuthorizationRequest,
    session: &Session,
) -> Response {
    let links = Links::of(&oauth.app, request);
    let path = format!("{}?{}", oauth.paths.authorize(), request.raw_query());
    let page = Consent {
        csrf: &session.csrf,
        application: authorization_request.application.registration.name.as_str(),
        host: authorization_request.target.uri.host(),
        permissions: permissions(authorization_request.scopes),
        action: links.to(&path),
        shell: Shell::of(session, links).with_return_to(path),
    };
    web::page(StatusCode::OK, &page, FormAction::External)
}
