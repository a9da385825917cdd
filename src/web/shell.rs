//! The layout that all pages share, and their security headers.

use super::{Csrf, Links, Session};
use askama::Template;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use warp::reply::Response;

/// The data of the layout (`shell.html`). Each template has it as its field `shell`.
#[derive(Debug)]
pub struct Shell {
    links: Links,
    visitor: Option<Visitor>,
}

/// The signed-in user, who can sign out.
#[derive(Debug)]
pub struct Visitor {
    pub username: String,
    pub csrf: Csrf,
    /// The path that the next sign-in returns to, if another user may want to take over on this page.
    pub return_to: Option<String>,
}

impl Shell {
    /// The layout of a page that does not show the signed-in user.
    pub fn new(links: Links) -> Self {
        Self { links, visitor: None }
    }

    /// The layout of a page for the user of this session.
    pub fn of(session: &Session, links: Links) -> Self {
        let username = session.user.username.as_str().to_owned();
        Self { links, visitor: Some(Visitor { username, csrf: session.csrf.clone(), return_to: None }) }
    }

    /// Lets the visitor continue as another user: after signing out, the next sign-in returns to this path.
    pub fn with_return_to(mut self, path: String) -> Self {
        self.visitor = self.visitor.map(|visitor| Visitor { return_to: Some(path), ..visitor });
        self
    }

    pub fn links(&self) -> &Links {
        &self.links
    }

    pub fn visitor(&self) -> Option<&Visitor> {
        self.visitor.as_ref()
    }
}

/// The `form-action` of a page's Content-Security-Policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormAction {
    /// Forms, and redirects after them, may only lead to this server.
    SameOrigin,
    /// No restriction. Chrome applies `form-action` to every redirect after a form: the one to the application's
    /// callback, and the application's own redirects after that, which this server cannot know.
    External,
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
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy(form_action));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    common(&mut response);
    response
}

fn policy(form_action: FormAction) -> HeaderValue {
    HeaderValue::from_static(match form_action {
        FormAction::SameOrigin => {
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        }
        FormAction::External => "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    })
}

/// A redirect with 303, which browsers follow with GET whatever the method of the request was.
pub fn redirect(to: &str) -> Response {
    let mut response = Response::new(String::new().into());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // Links and parsed paths are visible ASCII, so this never fails.
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/")));
    common(&mut response);
    response
}

fn common(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Sends no `Referer` to other sites. With `no-referrer`, browsers would send `Origin: null` with our own forms as
    // well (Fetch standard, "append a request `Origin` header"), so they could not be distinguished from foreign ones.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
