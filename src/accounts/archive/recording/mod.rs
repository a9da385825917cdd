//! Records the accounts of another service as an archive.
//!
//! The other service has rules of its own, so values that the format refuses are changed, or left out, and counted. What
//! remains can be imported as a whole.

mod anonymize;
mod changes;
mod made_up_key;

pub use changes::{Change, Changes};

use super::format::{Archive, EmailEntry, IdentityEntry, KeyEntry, UserEntry};
use super::parse;
use crate::accounts::limits::{MAX_IDENTITIES, MAX_PER_USER};
use crate::domain::{
    EmailAddress, Fingerprint, Identity, KeyPolicy, KeyUsage, SingleLineText, SshKey, State, Username, WebUrl,
    projects_limit, single_line_text,
};
use jiff::Timestamp;
use std::collections::HashSet;
use std::mem::take;

/// The users recorded so far.
pub struct Recording {
    users: Vec<UserEntry>,
    taken: Taken,
    changes: Changes,
    anonymize: bool,
    now: Timestamp,
}

/// The values that only one user, or one key, can have.
#[derive(Default)]
struct Taken {
    users: HashSet<i64>,
    usernames: HashSet<String>,
    addresses: HashSet<String>,
    identities: HashSet<(String, String)>,
    keys: HashSet<i64>,
    fingerprints: HashSet<Fingerprint>,
}

impl Recording {
    /// With `anonymize`, made-up values replace everything that names a person.
    pub fn new(anonymize: bool, now: Timestamp) -> Self {
        Self { users: Vec::new(), taken: Taken::default(), changes: Changes::default(), anonymize, now }
    }

    /// Adds a user with an id. Secrets are discarded, and all identities are in `identities`.
    pub fn add(&mut self, user: UserEntry) {
        let id = user.id.unwrap_or_default();
        match self.fitted(user) {
            Ok(user) => self.users.push(user),
            Err(change) => self.leave_out(change, id),
        }
    }

    /// Counts a user who is not added.
    pub fn leave_out(&mut self, change: Change, user: i64) {
        self.changes.note(change, user);
    }

    /// The users as an archive, and the changes that it took.
    pub fn finish(self) -> (Archive, Changes) {
        (Archive { users: self.users, applications: Vec::new() }, self.changes)
    }

    fn fitted(&mut self, user: UserEntry) -> Result<UserEntry, Change> {
        let mut user = UserEntry { password: None, password_hash: None, tokens: Vec::new(), ..user };
        let id = user.id.filter(|id| self.taken.users.insert(*id)).ok_or(Change::UserRefused)?;
        Username::parse(&user.username).map_err(|_| Change::Username)?;
        if !self.taken.usernames.insert(user.username.to_ascii_lowercase()) {
            return Err(Change::Username);
        }
        user.emails = self.emails(id, take(&mut user.emails))?;
        user.keys = self.keys(take(&mut user.keys));
        self.identities(id, &mut user);
        self.texts(id, &mut user);
        self.other_values(id, &mut user);
        if self.anonymize {
            anonymize::user(id, &mut user);
        }
        // The format's own check has the last word.
        parse::user(self.users.len(), user.clone(), self.now).map_err(|_| Change::UserRefused)?;
        Ok(user)
    }

    fn emails(&mut self, user: i64, emails: Vec<EmailEntry>) -> Result<Vec<EmailEntry>, Change> {
        let mut kept: Vec<EmailEntry> = Vec::new();
        for email in emails {
            let address = email.email.to_ascii_lowercase();
            // Some releases list the primary address among the others, too.
            if kept.iter().any(|other| other.email.eq_ignore_ascii_case(&address)) {
                continue;
            }
            let is_valid = EmailAddress::parse(&address).is_ok();
            if is_valid && (kept.len() as u64) < MAX_PER_USER && self.taken.addresses.insert(address) {
                kept.push(email);
            } else if email.primary {
                return Err(Change::PrimaryAddress);
            } else {
                self.changes.note(Change::Address, user);
            }
        }
        if kept.iter().any(|email| email.primary) { Ok(kept) } else { Err(Change::PrimaryAddress) }
    }

    fn keys(&mut self, keys: Vec<KeyEntry>) -> Vec<KeyEntry> {
        let mut kept: Vec<KeyEntry> = Vec::new();
        for mut key in keys {
            let Some(id) = key.id else { continue };
            let Ok(parsed) = SshKey::parse(&key.key, KeyPolicy::default()) else {
                self.changes.note(Change::Key, id);
                continue;
            };
            let has_room = (kept.len() as u64) < MAX_PER_USER;
            if !has_room || !self.taken.keys.insert(id) || !self.taken.fingerprints.insert(parsed.fingerprint()) {
                self.changes.note(Change::KeyTaken, id);
                continue;
            }
            parsed.as_str().clone_into(&mut key.key);
            fit_text(&mut key.title);
            if key.title.is_empty() {
                key.title = format!("Key {id}");
            }
            key.usage_type = key.usage_type.filter(|name| name.parse::<KeyUsage>().is_ok());
            kept.push(key);
        }
        kept
    }

    /// The first identity has keys of its own in the format.
    fn identities(&mut self, id: i64, user: &mut UserEntry) {
        let mut kept: Vec<IdentityEntry> = Vec::new();
        for identity in take(&mut user.identities) {
            let is_valid = matches!(Identity::pair(&identity.provider, &identity.extern_uid), Ok(Some(_)));
            let is_new = kept.len() < MAX_IDENTITIES && kept.iter().all(|other| other.provider != identity.provider);
            let pair = (identity.provider.clone(), identity.extern_uid.clone());
            if is_valid && is_new && self.taken.identities.insert(pair) {
                kept.push(identity);
            } else {
                self.changes.note(Change::Identity, id);
            }
        }
        let mut kept = kept.into_iter();
        if let Some(first) = kept.next() {
            user.provider = Some(first.provider);
            user.extern_uid = Some(first.extern_uid);
        }
        user.identities = kept.collect();
    }

    fn texts(&mut self, id: i64, user: &mut UserEntry) {
        let mut is_changed = false;
        let lines = [&mut user.name, &mut user.location, &mut user.company, &mut user.skype, &mut user.linkedin];
        for text in lines.into_iter().chain([&mut user.twitter, &mut user.discord]) {
            is_changed |= fit_text(text);
        }
        for text in [&mut user.bio, &mut user.pronouns, &mut user.note] {
            is_changed |= text.as_mut().is_some_and(fit_text);
            text.take_if(|text| text.is_empty());
        }
        if is_changed {
            self.changes.note(Change::Text, id);
        }
    }

    fn other_values(&mut self, id: i64, user: &mut UserEntry) {
        let state = user.state.as_deref().map_or(Ok(State::Active), str::parse).unwrap_or_else(|_| {
            self.changes.note(Change::State, id);
            State::Blocked
        });
        user.state = Some(state.name().to_owned());
        user.blocked = state.is_blocked();
        if WebUrl::parse(&user.profile_url).is_err() {
            user.profile_url.clear();
            self.changes.note(Change::WebAddress, id);
        }
        let public = take(&mut user.public_email);
        let is_own = |email: &&EmailEntry| email.verified == Some(true) && email.email.eq_ignore_ascii_case(&public);
        match user.emails.iter().find(is_own) {
            Some(email) => user.public_email.clone_from(&email.email),
            None if public.is_empty() => {}
            None => self.changes.note(Change::PublicAddress, id),
        }
        user.projects_limit = user.projects_limit.filter(|limit| projects_limit(*limit).is_ok());
        user.theme_id = user.theme_id.filter(|number| *number > 0);
        user.color_scheme_id = user.color_scheme_id.filter(|number| *number > 0);
    }
}

/// Puts a text on one line, and shortens it to the length that the format allows. Returns whether that changed it.
fn fit_text(text: &mut String) -> bool {
    if SingleLineText::parse(text).is_ok() {
        return false;
    }
    let words = text.split(|c: char| c.is_whitespace() || single_line_text::breaks_a_line(c));
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    *text = line.chars().take(single_line_text::MAX_CHARS).collect();
    true
}
