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
    AccessRevoked,
    AddressAdded,
    AddressConfirmed,
    AddressMadePrimary,
    AddressRemoved,
    AddressVerified,
    AdministratorMade,
    AdministratorRemoved,
    ApplicationAdded,
    ApplicationChanged,
    ApplicationDeleted,
    ApplicationRevoked,
    KeyAdded,
    KeyRemoved,
    LinkRevoked,
    OtherSessionsEnded,
    PasswordChanged,
    PasswordSet,
    PrimaryAddressChanged,
    ProfileSaved,
    SessionEnded,
    SessionsEnded,
    TokenRevoked,
    UserActivated,
    UserAdded,
    UserApproved,
    UserBanned,
    UserBlocked,
    UserChanged,
    UserDeactivated,
    UserDeleted,
    UserUnbanned,
    UserUnblocked,
}

impl Message {
    pub fn text(self) -> &'static str {
        match self {
            Self::AccessRevoked => "The application no longer has access to the account.",
            Self::AddressAdded => "The address was added.",
            Self::AddressConfirmed => "The address is confirmed as yours.",
            Self::AddressMadePrimary => "The address is now the main one.",
            Self::AddressRemoved => "The address was removed.",
            Self::AddressVerified => "The address was verified.",
            Self::AdministratorMade => "The user is now an administrator.",
            Self::AdministratorRemoved => "The user is no longer an administrator.",
            Self::ApplicationAdded => "The application was added.",
            Self::ApplicationChanged => "The changes were saved.",
            Self::ApplicationDeleted => "The application was deleted.",
            Self::ApplicationRevoked => "The application no longer has access to your account.",
            Self::KeyAdded => "The key was added.",
            Self::KeyRemoved => "The key was removed.",
            Self::LinkRevoked => "The link was revoked.",
            Self::OtherSessionsEnded => "All other sessions were ended.",
            Self::PasswordChanged => "Your password was changed, and all other sessions were ended.",
            Self::PasswordSet => "Your password was set. You can sign in with it now.",
            Self::PrimaryAddressChanged => "The address is now your primary one.",
            Self::ProfileSaved => "Your profile was saved.",
            Self::SessionEnded => "The session was ended.",
            Self::SessionsEnded => "All sessions of the user were ended.",
            Self::TokenRevoked => "The token was revoked.",
            Self::UserActivated => "The user was activated.",
            Self::UserAdded => "The user was added.",
            Self::UserApproved => "The user was approved.",
            Self::UserBanned => "The user was banned.",
            Self::UserBlocked => "The user was blocked.",
            Self::UserChanged => "The changes were saved.",
            Self::UserDeactivated => "The user was deactivated.",
            Self::UserDeleted => "The user was deleted.",
            Self::UserUnbanned => "The user was unbanned.",
            Self::UserUnblocked => "The user was unblocked.",
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
