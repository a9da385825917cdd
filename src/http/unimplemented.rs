//! Tells callers and the operator that an endpoint of a documented API is missing here, so that its 404 is not taken
//! for a missing object.

use super::reply;
use super::request::RequestContext;
use hyper::Method;
use hyper::header::{HeaderName, HeaderValue};
use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};
use warp::reply::Response;

/// Names the method and the path that no route has.
const X_ACCOUNTD_UNIMPLEMENTED: HeaderName = HeaderName::from_static("x-accountd-unimplemented");

/// Routes that are logged; clients that make up more are answered without a line in the log.
const MAX_LOGGED: usize = 256;
/// The longest method and path that are repeated, in bytes.
const MAX_ROUTE: usize = 512;

static LOGGED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Adds the header to a 404, and logs each route once.
pub(super) fn report(response: Response, request: &RequestContext) -> Response {
    // HEAD is answered wherever GET is.
    let method = if request.method == Method::HEAD { &Method::GET } else { &request.method };
    let route = |path: &str| printable(&format!("{method} {path}"));
    let path = request.uri.path();
    log_once(route(&pattern(path)));
    let Ok(value) = HeaderValue::try_from(route(path)) else { return response };
    reply::with_header(response, X_ACCOUNTD_UNIMPLEMENTED, value)
}

fn log_once(route: String) {
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.len() < MAX_LOGGED && !logged.contains(&route) {
        tracing::warn!(%route, "this route is not implemented; clients get a 404");
        logged.insert(route);
    }
}

/// A path may hold any byte above 0x7f; it is cut after [`MAX_ROUTE`] bytes.
fn printable(route: &str) -> String {
    route.chars().take(MAX_ROUTE).map(|char| if matches!(char, ' '..='~') { char } else { '?' }).collect()
}

/// The path with its numbers replaced: `/projects/7/keys` and `/projects/8/keys` are one route.
fn pattern(path: &str) -> String {
    let segment = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { ":id".to_owned() } else { text.to_owned() }
    };
    path.trim_end_matches('/').split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_a_final_slash_do_not_make_another_route() {
        assert_eq!(pattern("/api/v4/projects/7/keys/"), "/api/v4/projects/:id/keys");
        assert_eq!(pattern("/api/v4/projects/a7"), "/api/v4/projects/a7");
    }
}
