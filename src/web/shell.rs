//! The layout that all pages share, and their security headers.

use super::{Failure, Links, Session, Web};
use crate::accounts::Error;
use crate::http::Request;
use crate::http::reply::{self, EntityTag};
use askama::Template;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use std::sync::{Arc, LazyLock};
use warp::reply::Response;

/// The data of the layout (`shell.html`). Each template has it as its field `shell`.
pub struct Shell {
    pub links: Links,
    /// The session of the user who is shown and can sign out.
    pub session: Option<Session>,
    /// The path that the next sign-in returns to, if another user may want to take over on this page.
    pub return_to: Option<String>,
}

impl Shell {
    /// The layout of a page that does not show the signed-in user.
    pub fn new(links: Links) -> Self {
        Self { links, session: None, return_to: None }
    }
}

/// The Content-Security-Policy of a page, by the value of its `form-action`.
pub struct FormAction(&'static str);

impl FormAction {
    /// Forms, and redirects after them, may only lead to this server.
    pub const SAME_ORIGIN: Self =
        Self("default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    /// No restriction. Chrome applies `form-action` to every redirect after a form: the one to the application's
    /// callback, and the application's own redirects after that, which this server cannot know.
    pub const EXTERNAL: Self = Self("default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'");
}

/// A page with the headers that every page has.
pub fn page(status: StatusCode, template: &impl Template, form_action: FormAction) -> Response {
    let (status, body) = match template.render() {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(form_action.0)),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ];
    with_common_headers(status, body, headers)
}

/// A redirect with 303, which browsers follow with GET whatever the method of the request was.
pub fn redirect(to: &str) -> Response {
    // Links and parsed paths are visible ASCII, so this never fails.
    let location = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    with_common_headers(StatusCode::SEE_OTHER, String::new(), [(LOCATION, location)])
}

fn with_common_headers<const N: usize>(
    status: StatusCode,
    body: String,
    headers: [(HeaderName, HeaderValue); N],
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let common = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // Sends no `Referer` to other sites. With `no-referrer`, browsers would send `Origin: null` with our own forms
        // as well (Fetch standard, "append a request `Origin` header"), so they could not be distinguished from foreign
        // ones.
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    reply::with_headers(response, headers.into_iter().chain(common))
}

/// `GET /account/style.css`: the stylesheet of all pages.
pub async fn style(_web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    const SHEET: &str = include_str!("style.css");
    static TAG: LazyLock<Result<EntityTag, Error>> = LazyLock::new(|| EntityTag::of(&SHEET));
    let tag = TAG.as_ref().map_err(Error::clone)?;
    let response = tag.respond(&request, || Ok(reply::text_ok(Bytes::from_static(SHEET.as_bytes()))))?;
    let response = reply::with_header(response, CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    Ok(reply::with_header(response, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}
