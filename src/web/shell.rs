//! What all pages share: the frame of the page, and the headers that keep others from using it.

use super::{Csrf, Links, Session};
use askama::Template;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use warp::reply::Response;

/// What the frame of a page (`shell.html`) shows: each template has one, as its field `shell`.
#[derive(Debug)]
pub struct Shell {
    links: Links,
    visitor: Option<Visitor>,
}

/// Who is signed in, and can sign out.
#[derive(Debug)]
pub struct Visitor {
    pub username: String,
    pub csrf: Csrf,
    /// The page that somebody else comes back to by signing in, if it is one that asks who it is.
    pub return_to: Option<String>,
}

impl Shell {
    /// Of a page for whoever it is.
    pub fn new(links: Links) -> Self {
        Self { links, visitor: None }
    }

    /// Of a page for who is signed in.
    pub fn of(session: &Session, links: Links) -> Self {
        let username = session.user.username.as_str().to_owned();
        Self { links, visitor: Some(Visitor { username, csrf: session.csrf.clone(), return_to: None }) }
    }

    /// The page asks whether it is the right person who is signed in: another can sign in, and comes back to this path.
    pub fn coming_back_to(mut self, path: String) -> Self {
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

/// Where the forms of a page may lead, by the Content-Security-Policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormAction {
    /// To this server.
    SameOrigin,
    /// Anywhere. Chrome holds every redirect that follows a form against the page that had the form: the one to an
    /// application's callback, and those by which the application goes on from there, which nobody here knows.
    External,
}

/// A page with the headers that every page has.
pub fn page(status: StatusCode, template: &impl Template, forms: FormAction) -> Response {
    let (status, body) = match template.render() {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "a page cannot be written");
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy(forms));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    common(&mut response);
    response
}

fn policy(forms: FormAction) -> HeaderValue {
    HeaderValue::from_static(match forms {
        FormAction::SameOrigin => {
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        }
        FormAction::External => "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    })
}

/// 303, to be fetched with GET whatever the method was.
pub fn redirect(to: &str) -> Response {
    let mut response = Response::new(String::new().into());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // Of links and paths that were parsed: always visible ASCII.
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/")));
    common(&mut response);
    response
}

fn common(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Other sites are told nothing. With `no-referrer`, browsers would send `Origin: null` with our own forms (Fetch
    // standard, "append a request `Origin` header"), and one from elsewhere could not be told from them.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
