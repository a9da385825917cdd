//! The two cookies: one for a browser session, one for the sign-in form.

use super::Links;
use crate::accounts::Accounts;
use crate::domain::{Token, TokenPrefix};
use crate::http::{AppState, RequestContext};
use hyper::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use jiff::SignedDuration;

pub struct Cookie {
    name: &'static str,
    /// The prefix of its value.
    prefix: TokenPrefix,
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
        Self { name: Cookie::SESSION.full_name(&links), header: Cookie::SESSION.set(&links, session) }
    }
}

impl Cookie {
    /// Identifies the session, and is as powerful as the password.
    pub const SESSION: Self =
        Self { name: "accountd_session", prefix: TokenPrefix::WebSession, max_age: Some(Accounts::WEB_SESSION) };
    /// Ties the sign-in form to the browser that it was shown to: no other browser can submit it.
    pub const FORM: Self = Self { name: "accountd_form", prefix: TokenPrefix::WebForm, max_age: None };

    /// Over https the name has a prefix, which makes browsers accept the cookie only from this exact host over https
    /// (RFC 6265bis, section 4.1.3.2).
    fn full_name(&self, links: &Links) -> String {
        format!("{}{}", if links.is_secure { "__Host-" } else { "" }, self.name)
    }

    /// The value that the browser sent, if it has the form of one of ours. Two cookies of the same name count as none:
    /// another host of the same domain may have planted one of them, and there is no telling which.
    pub fn read(&self, links: &Links, request: &RequestContext) -> Option<Token> {
        let name = self.full_name(links);
        let headers = request.headers.get_all(COOKIE).iter();
        // As bytes, because cookies of other applications may contain anything.
        let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
        let mut values = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
        let value = values.next().filter(|_| values.next().is_none())?;
        let token = Token::parse(std::str::from_utf8(value).ok()?).ok()?;
        token.expose().starts_with(self.prefix.into_str()).then_some(token)
    }

    /// The header that sets the cookie.
    pub fn set(&self, links: &Links, value: &Token) -> (HeaderName, HeaderValue) {
        let lifetime = self.max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        self.header(links, value.expose(), &lifetime)
    }

    /// The header that deletes the cookie.
    pub fn clear(&self, links: &Links) -> (HeaderName, HeaderValue) {
        self.header(links, "", "; Max-Age=0")
    }

    fn header(&self, links: &Links, value: &str, lifetime: &str) -> (HeaderName, HeaderValue) {
        let secure = if links.is_secure { "; Secure" } else { "" };
        let name = self.full_name(links);
        let cookie = format!("{name}={value}; Path=/{lifetime}; HttpOnly; SameSite=Lax{secure}");
        // A token is visible ASCII, so this never fails.
        let mut cookie = HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
        cookie.set_sensitive(true);
        (SET_COOKIE, cookie)
    }
}
