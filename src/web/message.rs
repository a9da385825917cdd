//! The message that a page shows after a form has redirected to it.
//!
//! It travels in a cookie that names one of the messages below, so no link and no other site can put words on a page.

use super::Links;
use super::cookie::Cookie;
use crate::http::RequestContext;
use hyper::header::{HeaderName, HeaderValue};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Message {
    AddressAdded,
    AddressConfirmed,
    AddressRemoved,
    ApplicationRevoked,
    KeyAdded,
    KeyRemoved,
    OtherSessionsEnded,
    PasswordChanged,
    PrimaryAddressChanged,
    ProfileSaved,
    SessionEnded,
    TokenRevoked,
}

impl Message {
    pub fn text(self) -> &'static str {
        match self {
            Self::AddressAdded => "The address was added.",
            Self::AddressConfirmed => "The address is confirmed as yours.",
            Self::AddressRemoved => "The address was removed.",
            Self::ApplicationRevoked => "The application no longer has access to your account.",
            Self::KeyAdded => "The key was added.",
            Self::KeyRemoved => "The key was removed.",
            Self::OtherSessionsEnded => "All other sessions were ended.",
            Self::PasswordChanged => "Your password was changed, and all other sessions were ended.",
            Self::PrimaryAddressChanged => "The address is now your primary one.",
            Self::ProfileSaved => "Your profile was saved.",
            Self::SessionEnded => "The session was ended.",
            Self::TokenRevoked => "The token was revoked.",
        }
    }

    /// The header that hands the message to the next page.
    pub fn set(self, links: &Links) -> (HeaderName, HeaderValue) {
        Cookie::MESSAGE.set(links, self.into())
    }

    /// The message for this page, if there is one.
    pub fn of(links: &Links, request: &RequestContext) -> Option<Self> {
        Cookie::MESSAGE.value(links, request)?.parse().ok()
    }
}
