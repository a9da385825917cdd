//! The cookies: one for a browser session, one for the sign-in form, one for the message after a redirect.

use super::Links;
use crate::accounts::Accounts;
use crate::domain::{Token, TokenPrefix};
use crate::http::{AppState, RequestContext};
use hyper::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use jiff::SignedDuration;

pub struct Cookie {
    name: &'static str,
    /// Without it, the browser keeps the cookie until it is closed.
    max_age: Option<SignedDuration>,
}

/// The cookie of a session that was opened elsewhere than in the sign-in form.
pub struct SessionCookie {
    pub name: String,
    /// `Set-Cookie`.
    pub header: (HeaderName, HeaderValue),
}

impl SessionCookie {
    pub fn new(app: &AppState, request: &RequestContext, session: &Token) -> Self {
        let links = Links::of(app, request);
        Self { name: Cookie::SESSION.full_name(&links), header: Cookie::SESSION.set(&links, session.expose()) }
    }
}

impl Cookie {
    /// Identifies the session, and is as powerful as the password.
    pub const SESSION: Self = Self { name: "accountd_session", max_age: Some(Accounts::WEB_SESSION) };
    /// Ties the sign-in form to the browser that it was shown to: no other browser can submit it.
    pub const FORM: Self = Self { name: "accountd_form", max_age: None };
    /// Names the message that the next page shows ([`super::Message`]).
    pub const MESSAGE: Self = Self { name: "accountd_message", max_age: Some(SignedDuration::from_secs(60)) };

    /// Over https the name has a prefix, which makes browsers accept the cookie only from this exact host over https
    /// (RFC 6265bis, section 4.1.3.2).
    fn full_name(&self, links: &Links) -> String {
        format!("{}{}", if links.is_secure { "__Host-" } else { "" }, self.name)
    }

    /// The token in the cookie, if it has this prefix.
    pub fn token(&self, links: &Links, request: &RequestContext, prefix: TokenPrefix) -> Option<Token> {
        let token = Token::parse(self.value(links, request)?).ok()?;
        token.expose().starts_with(prefix.into_str()).then_some(token)
    }

    /// The value that the browser sent. Two cookies of the same name count as none: another host of the same domain may
    /// have planted one of them, and there is no telling which.
    pub fn value<'r>(&self, links: &Links, request: &'r RequestContext) -> Option<&'r str> {
        let name = self.full_name(links);
        let headers = request.headers.get_all(COOKIE).iter();
        // As bytes, because cookies of other applications may contain anything.
        let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
        let mut values = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
        let value = values.next().filter(|_| values.next().is_none())?;
        std::str::from_utf8(value).ok()
    }

    /// The header that sets the cookie.
    pub fn set(&self, links: &Links, value: &str) -> (HeaderName, HeaderValue) {
        let lifetime = self.max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        self.header(links, value, &lifetime)
    }

    /// The header that deletes the cookie.
    pub fn clear(&self, links: &Links) -> (HeaderName, HeaderValue) {
        self.header(links, "", "; Max-Age=0")
    }

    fn header(&self, links: &Links, value: &str, lifetime: &str) -> (HeaderName, HeaderValue) {
        let secure = if links.is_secure { "; Secure" } else { "" };
        let name = self.full_name(links);
        let cookie = format!("{name}={value}; Path=/{lifetime}; HttpOnly; SameSite=Lax{secure}");
        // A value is visible ASCII, so this never fails.
        let mut cookie = HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
        cookie.set_sensitive(true);
        (SET_COOKIE, cookie)
    }
}
