//! Protection against cross-site request forgery: a form must come from our own page, and from the browser it was shown
//! to.
//!
//! Two defences, either of which would do (OWASP's Cross-Site Request Forgery cheat sheet): a token in every form that
//! only the browser's own cookie yields, and what the browser says of where a request comes from.

use super::Links;
use crate::domain::Token;
use crate::http::input::BodyError;
use crate::http::{Request, RequestContext};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use hyper::header::{HeaderName, ORIGIN};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Characters of an `Origin`: a scheme, a host name (RFC 1035 section 2.3.4), a port.
const LONGEST_LOGGED: usize = 280;

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a form was refused; nothing of it was done.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// It comes from another site.
    CrossSite,
    /// Its token is missing, or of another session.
    Expired,
    Body(BodyError),
}

/// What a form holds in its hidden field `csrf`.
#[derive(Clone)]
pub struct Csrf(String);

impl Csrf {
    pub const NAME: &'static str = "csrf";

    /// HMAC-SHA256 keyed by the cookie: whoever reads a page learns nothing of that.
    pub fn of(cookie: &Token) -> Self {
        let key = cookie.expose().as_bytes();
        // A key of any length will do.
        let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update("accountd: forms of this browser"));
        Self(mac.map(|mac| BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default())
    }

    /// For the page.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// # Errors
    /// `Expired`.
    pub fn confirm(&self, request: &Request) -> Result<(), Refusal> {
        let given = request.body().text(Self::NAME).ok().and_then(|given| given.value()).unwrap_or_default();
        let same = !self.0.is_empty() && bool::from(given.as_bytes().ct_eq(self.0.as_bytes()));
        if same { Ok(()) } else { Err(Refusal::Expired) }
    }
}

impl std::fmt::Debug for Csrf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Csrf(…)")
    }
}

/// Whether the browser says that a request comes from one of our own pages. Clients that say nothing may pass.
///
/// # Errors
/// `CrossSite`
pub fn same_origin(links: &Links, request: &RequestContext) -> Result<(), Refusal> {
    let site = request.header(&SEC_FETCH_SITE).map(|value| value.as_bytes());
    let origin = request.header(ORIGIN).map(|value| value.as_bytes());
    let ours = match (site, origin) {
        (Some(b"same-origin"), Some(b"null")) => true,
        (None | Some(b"same-origin" | b"none"), Some(origin)) => origin == links.origin().as_bytes(),
        (None | Some(b"same-origin" | b"none"), None) => true,
        (Some(_), _) => false,
    };
    if ours {
        return Ok(());
    }
    // No caller may flood the log.
    let origin: String = String::from_utf8_lossy(origin.unwrap_or_default()).chars().take(LONGEST_LOGGED).collect();
    tracing::warn!(
        ?origin,
        expected = links.origin(),
        "a form was refused that comes from another site; behind a proxy, --base-url says what browsers use"
    );
    Err(Refusal::CrossSite)
}
