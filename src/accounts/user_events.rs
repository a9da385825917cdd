//! The events of a user's attributes. Of free texts they hold only the names.

use super::audit::{Event, EventKind};
use crate::domain::{EmailAddress, User};

/// Lists those fields that differ.
macro_rules! differing {
    ($before:expr, $after:expr, $($field:ident),+) => {
        [$((stringify!($field), $before.$field != $after.$field)),+]
    };
}

pub(super) fn created(user: &User) -> Event {
    Event::of_user(EventKind::UserCreated, user).with("email", user.email.as_str()).with("admin", user.admin)
}

/// A change of a user who had these attributes before. The event is named after the old user name.
pub(super) fn updated(before: &User, after: &User, new_password: bool) -> Event {
    let mut changed = changed(before, after);
    if new_password {
        changed.push("password");
    }
    let has = |name| changed.contains(&name);
    let (username, email, admin) = (has("username"), has("email"), has("admin"));
    let mut event = Event::of_user(EventKind::UserUpdated, before).with("changed", changed);
    if username {
        event = event.with("username", after.username.as_str());
    }
    if email {
        event = event.with("email", after.email.as_str());
    }
    if admin {
        event = event.with("admin", after.admin);
    }
    event
}

fn changed(before: &User, after: &User) -> Vec<&'static str> {
    let spelling = |address: &Option<EmailAddress>| address.as_ref().map(|address| address.as_str().to_owned());
    // Names and addresses that differ only in case are equal to each other.
    let spelled = [
        ("username", before.username.as_str() != after.username.as_str()),
        ("email", before.email.as_str() != after.email.as_str() || before.verification != after.verification),
        ("public_email", spelling(&before.public_email) != spelling(&after.public_email)),
        ("gravatar_email", spelling(&before.gravatar_email) != spelling(&after.gravatar_email)),
    ];
    let others = differing!(
        before,
        after,
        name,
        admin,
        location,
        company,
        profile_url,
        bio,
        skype,
        linkedin,
        twitter,
        discord,
        pronouns,
        note,
        external,
        private_profile,
        theme_id,
        color_scheme_id,
        dark_scheme,
        can_create_group,
        projects_limit,
        identities
    );
    spelled.into_iter().chain(others).filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
