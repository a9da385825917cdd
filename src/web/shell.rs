//! The layout that all pages share, and their security headers.

use super::cookie::Cookie;
use super::navigation::{self, Section};
use super::{Links, Message, Session};
use crate::http::{AppState, RequestContext, reply};
use askama::Template;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use std::sync::Arc;
use warp::reply::Response;

/// The data of the layout (`shell.html`). Each template has a reference to it as its field `shell`.
pub struct Shell {
    pub links: Links,
    /// The name of this server.
    pub site_name: Arc<str>,
    /// The session of the user who is shown and can sign out.
    pub session: Option<Session>,
    /// The page of the navigation bar that this one belongs to.
    pub section: Option<Section>,
    /// The path that the next sign-in returns to, if another user may want to take over on this page.
    pub return_to: Option<String>,
    /// What the form did that redirected here.
    pub message: Option<Message>,
    pub form_action: FormAction,
}

/// A link of the navigation bar.
pub struct NavigationLink {
    pub label: &'static str,
    pub address: String,
    pub is_current: bool,
    /// Whether it is the first of those that only administrators see.
    pub begins_administration: bool,
}

impl Shell {
    /// The layout of a page that does not show the signed-in user.
    pub fn new(app: &AppState, request: &RequestContext) -> Self {
        Self {
            links: Links::of(app, request),
            site_name: Arc::clone(app.site_name()),
            session: None,
            section: None,
            return_to: None,
            message: None,
            form_action: FormAction::SAME_ORIGIN,
        }
    }

    /// The layout of a page of the account, or of administration.
    pub fn signed_in(app: &AppState, request: &RequestContext, session: Session, section: Section) -> Self {
        let shell = Self::new(app, request);
        let message = Message::of(&shell.links, request);
        Self { session: Some(session), section: Some(section), message, ..shell }
    }

    /// The address of a path on this server.
    pub fn to(&self, path: &str) -> String {
        self.links.to(path)
    }

    /// The token for the forms of the page; empty without a session, and then no form is accepted.
    pub fn csrf(&self) -> &str {
        self.session.as_ref().map_or("", |session| session.csrf.expose())
    }

    /// The links of the navigation bar; none if the page does not show the signed-in user.
    pub fn navigation(&self) -> Vec<NavigationLink> {
        let Some(session) = &self.session else { return Vec::new() };
        let entries = navigation::entries(session.user.admin);
        let mut is_before = true;
        let link = |entry: &navigation::Entry| NavigationLink {
            begins_administration: std::mem::replace(&mut is_before, !entry.for_administrators)
                && entry.for_administrators,
            label: entry.label,
            address: self.to(entry.path),
            is_current: self.section == Some(entry.section),
        };
        entries.map(link).collect()
    }

    /// A page with the headers that every page has.
    pub fn page(&self, status: StatusCode, template: &impl Template) -> Response {
        let (status, body) = match template.render() {
            Ok(body) => (status, body),
            Err(error) => {
                tracing::error!(%error, "a page cannot be rendered");
                (StatusCode::INTERNAL_SERVER_ERROR, String::new())
            }
        };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.form_action.0)),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        ];
        let response = with_common_headers(status, body, headers);
        // A message is shown once.
        reply::with_headers(response, self.message.map(|_| Cookie::MESSAGE.clear(&self.links)))
    }
}

/// The Content-Security-Policy of a page, by the value of its `form-action`.
#[derive(Clone, Copy)]
pub struct FormAction(&'static str);

impl FormAction {
    /// Forms, and redirects after them, may only lead to this server.
    pub const SAME_ORIGIN: Self = Self(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
    );
    /// No restriction. Chrome applies `form-action` to every redirect after a form: the one to the application's
    /// callback, and the application's own redirects after that, which this server cannot know.
    pub const EXTERNAL: Self =
        Self("default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'");
}

/// A redirect with 303, which browsers follow with GET whatever the method of the request was.
pub fn redirect(to: &str) -> Response {
    // Links and parsed paths are visible ASCII, so this never fails.
    let location = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    with_common_headers(StatusCode::SEE_OTHER, String::new(), [(LOCATION, location)])
}

/// A redirect to a page of this server, which shows the message.
pub fn done(app: &AppState, request: &RequestContext, path: &str, message: Message) -> Response {
    let links = Links::of(app, request);
    reply::with_headers(redirect(&links.to(path)), [message.set(&links)])
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
