//! Who may control a stand-in: on loopback, programs of this machine but no web page (DNS rebinding); elsewhere, only
//! callers with the control token.

use super::Control;
use super::error::Failure;
use crate::domain::{Token, TokenHash};
use crate::http::reference::Requirement;
use crate::http::router::Rule;
use crate::http::{Request, RequestContext};
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue, ORIGIN};
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use url::{Host, Url};

/// What a call must show.
#[derive(Clone, Debug)]
pub enum Guard {
    /// The listener is on loopback: `Host` and `Origin` must be, too.
    Loopback,
    /// Each call needs the token with this hash as Bearer.
    Token(TokenHash),
}

#[derive(Clone, Copy)]
pub struct Controller;

/// The rule of every row.
pub fn controller() -> Controller {
    Controller
}

impl Rule<Control> for Controller {
    type Permission = ();

    fn requirement(self) -> Requirement {
        Requirement::none("a program on this machine, or with the control token")
    }

    async fn permit(self, control: &Control, request: &mut Request) -> Result<(), Failure> {
        match &control.sandbox()?.start.guard {
            Guard::Loopback => require_loopback(request),
            Guard::Token(hash) => require_token(request, hash),
        }
    }
}

fn require_loopback(request: &RequestContext) -> Result<(), Failure> {
    let host = match request.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => text(request, HOST),
    };
    if !host.is_some_and(|host| !host.contains(['@', '/', '?', '#']) && is_loopback(&format!("http://{host}"))) {
        return Err(misdirected("Host must be a loopback name or address"));
    }
    match request.headers.get_all(ORIGIN).iter().all(|origin| origin.to_str().is_ok_and(is_loopback)) {
        true => Ok(()),
        false => Err(misdirected("Origin must be absent, or a loopback name or address")),
    }
}

fn misdirected(message: &'static str) -> Failure {
    Failure::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", message)
}

fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).to_canonical().is_loopback(),
        None => false,
    }
}

fn require_token(request: &RequestContext, hash: &TokenHash) -> Result<(), Failure> {
    let bearer = text(request, AUTHORIZATION).and_then(|header| header.strip_prefix("Bearer "));
    let given = bearer.and_then(|token| Token::parse(token.trim()).ok()).map(|token| token.hash());
    match given.is_some_and(|given| given.as_bytes().ct_eq(hash.as_bytes()).into()) {
        true => Ok(()),
        false => Err(Failure::new(StatusCode::UNAUTHORIZED, "unauthorized", "the control token is needed as Bearer")),
    }
}

fn text(request: &RequestContext, name: HeaderName) -> Option<&str> {
    request.header(name).map(HeaderValue::to_str)?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_by_its_whole_name() {
        for good in [
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://127.9.9.9:1",
            "http://[::1]:8080",
            "http://t1.localhost",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "http://localhost.example.com",
            "http://127.0.0.1.nip.io",
            "http://example.com",
            "null",
            "",
            "http://",
            "http://10.0.0.1",
            "http://[::2]",
            "http://localhost@example.com",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
