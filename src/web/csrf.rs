//! Protection against cross-site request forgery: a form must come from our own page, and from the browser that the
//! page was shown to.
//!
//! There are two defences, either of which would suffice (OWASP's Cross-Site Request Forgery cheat sheet): a token in
//! every form, derived from the browser's cookie, and a check of the `Sec-Fetch-Site` and `Origin` headers.

use super::{Failure, Links, field};
use crate::domain::Token;
use crate::http::{Request, RequestContext};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use hyper::StatusCode;
use hyper::header::{HeaderName, ORIGIN};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The longest `Origin` in characters: a scheme, a host name (RFC 1035 section 2.3.4) and a port.
const MAX_LOGGED_ORIGIN: usize = 280;

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The token in the hidden field `csrf` of a form.
#[derive(Clone)]
pub struct Csrf(String);

impl Csrf {
    /// HMAC-SHA256 keyed with the cookie, so that a page does not reveal the cookie.
    pub fn of(cookie: &Token) -> Self {
        let key = cookie.expose().as_bytes();
        // HMAC accepts a key of any length, so this never fails.
        let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update("accountd: forms of this browser"));
        Self(mac.map(|mac| BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default())
    }

    /// The value for the page.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Checks the token of a submitted form.
    ///
    /// # Errors
    /// The token is missing, or belongs to another session.
    pub fn verify(&self, request: &Request) -> Result<(), Failure> {
        let token = field(request.body(), "csrf").unwrap_or_default();
        if !self.0.is_empty() && bool::from(token.as_bytes().ct_eq(self.0.as_bytes())) {
            return Ok(());
        }
        let text = "Nothing was done. You may have signed in or out since you opened it. Please open it again.";
        Err(Failure::problem(StatusCode::FORBIDDEN, "This form has expired", text))
    }
}

/// Checks that a request comes from one of our own pages, as far as the browser says so. A request without
/// `Sec-Fetch-Site` and `Origin` passes.
///
/// # Errors
/// It comes from another site.
pub fn verify_origin(links: &Links, request: &RequestContext) -> Result<(), Failure> {
    let site = request.header(&SEC_FETCH_SITE).map(|value| value.as_bytes());
    let origin = request.header(ORIGIN).map(|value| value.as_bytes());
    let is_ours = match (site, origin) {
        (Some(b"same-origin"), Some(b"null")) => true,
        (None | Some(b"same-origin" | b"none"), origin) => origin.is_none_or(|it| it == links.origin.as_bytes()),
        (Some(_), _) => false,
    };
    if is_ours {
        return Ok(());
    }
    // Shortened, so that no caller can flood the log.
    let origin: String = String::from_utf8_lossy(origin.unwrap_or_default()).chars().take(MAX_LOGGED_ORIGIN).collect();
    tracing::warn!(
        ?origin,
        expected = links.origin,
        "refused a form from another site; behind a proxy, set --base-url to the address that browsers use"
    );
    let text = "Nothing was done. If you meant to do it, please do it on this site's own pages.";
    Err(Failure::problem(StatusCode::FORBIDDEN, "This request came from another site", text))
}
