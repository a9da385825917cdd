//! v4's JSON: users in [`users`]; keys, addresses and tokens in [`keys`].

mod keys;
mod parts;
mod users;

pub use keys::{Email, Key, KeyWithUser, Token};
pub use users::{Basic, Current, CurrentAdmin, Listed, Public, Single, Urls};

use crate::domain;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

#[derive(Serialize)]
struct Identity<'a> {
    provider: &'a str,
    extern_uid: &'a str,
}

fn identities(user: &domain::User) -> Vec<Identity<'_>> {
    let identities = user.identities.iter();
    identities
        .map(|identity| Identity { provider: identity.provider.as_str(), extern_uid: identity.extern_uid.as_str() })
        .collect()
}

/// `2012-05-23T08:00:58.000Z`.
fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// `2012-05-23`.
fn date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).date().to_string()
}
