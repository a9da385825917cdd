//! The two cookies: of a browser that signed in, and of one that is about to.

use super::Links;
use crate::accounts::Accounts;
use crate::domain::{Token, TokenPrefix};
use crate::http::RequestContext;
use hyper::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Stands for a password.
    Session,
    /// Of a browser that was shown the form for signing in: nobody else's answer to it is taken.
    Form,
}

impl Cookie {
    /// With the prefix that makes browsers refuse it from anything but this very host over https (RFC 6265bis, section
    /// 4.1.3.2).
    fn name(self, links: &Links) -> &'static str {
        match (self, links.is_secure()) {
            (Self::Session, true) => "__Host-accountd_session",
            (Self::Session, false) => "accountd_session",
            (Self::Form, true) => "__Host-accountd_form",
            (Self::Form, false) => "accountd_form",
        }
    }

    fn prefix(self) -> TokenPrefix {
        match self {
            Self::Session => TokenPrefix::WebSession,
            Self::Form => TokenPrefix::WebForm,
        }
    }

    /// What the browser sent, if it looks like one of ours. Two of one name are none: which of them is ours, and which
    /// one that another host of the same domain planted, cannot be told.
    pub fn read(self, links: &Links, request: &RequestContext) -> Option<Token> {
        let name = self.name(links);
        let headers = request.headers.get_all(COOKIE).iter();
        // As bytes: others' cookies may hold anything.
        let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
        let mut found = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
        let value = found.next().filter(|_| found.next().is_none())?;
        let token = Token::parse(std::str::from_utf8(value).ok()?).ok()?;
        token.expose().starts_with(self.prefix().as_str()).then_some(token)
    }

    /// The header that sets it.
    pub fn set(self, links: &Links, value: &Token) -> (HeaderName, HeaderValue) {
        let lifetime = match self {
            Self::Session => format!("; Max-Age={}", Accounts::WEB_SESSION.as_secs()),
            // As long as the browser runs.
            Self::Form => String::new(),
        };
        self.header(links, value.expose(), &lifetime)
    }

    /// The header that takes it away.
    pub fn clear(self, links: &Links) -> (HeaderName, HeaderValue) {
        self.header(links, "", "; Max-Age=0")
    }

    fn header(self, links: &Links, value: &str, lifetime: &str) -> (HeaderName, HeaderValue) {
        let secure = if links.is_secure() { "; Secure" } else { "" };
        let name = self.name(links);
        let cookie = format!("{name}={value}; Path=/{lifetime}; HttpOnly; SameSite=Lax{secure}");
        // A token is visible ASCII, so this is always one.
        let mut cookie = HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
        cookie.set_sensitive(true);
        (SET_COOKIE, cookie)
    }
}
