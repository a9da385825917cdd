//! Replaces everything in a recorded user that names a person. The new values follow from the ids alone, so that two
//! recordings of the same accounts differ only where the accounts do.

use super::super::format::{IdentityEntry, KeyEntry, UserEntry};
use super::made_up_key;
use crate::domain::{KeyPolicy, SshKey};

/// Ids, states, rights, times, settings, the names of identity providers and the types of keys stay, and so do the
/// fields that are empty.
pub(super) fn user(id: i64, user: &mut UserEntry) {
    let name = format!("user-{id}");
    let addresses = addresses(&name, user);
    let public = user.emails.iter().position(|email| email.email.eq_ignore_ascii_case(&user.public_email));
    user.public_email = public.map(|at| addresses[at].clone()).unwrap_or_default();
    for (email, address) in user.emails.iter_mut().zip(addresses) {
        email.email = address;
    }
    replace(&mut user.name, &format!("User {id}"));
    replace(&mut user.location, &format!("Location {id}"));
    replace(&mut user.company, &format!("Company {id}"));
    replace(&mut user.profile_url, &format!("https://{name}.example.com/"));
    for text in [&mut user.skype, &mut user.linkedin, &mut user.twitter, &mut user.discord] {
        replace(text, &name);
    }
    replace_if_some(&mut user.bio, &format!("Bio of user {id}"));
    replace_if_some(&mut user.pronouns, "they/them");
    replace_if_some(&mut user.note, &format!("Note on user {id}"));
    replace_if_some(&mut user.extern_uid, &name);
    for IdentityEntry { extern_uid, .. } in &mut user.identities {
        replace(extern_uid, &name);
    }
    user.keys.retain_mut(|entry| key(&name, entry));
    user.username = name;
}

/// `user-17@example.com` for the primary address, and `user-17-2@example.com` and so on for the others.
fn addresses(name: &str, user: &UserEntry) -> Vec<String> {
    let mut number = 1;
    let address = |is_primary: bool| {
        number += u32::from(!is_primary);
        if is_primary { format!("{name}@example.com") } else { format!("{name}-{number}@example.com") }
    };
    user.emails.iter().map(|email| email.primary).map(address).collect()
}

fn replace(text: &mut String, with: &str) {
    if !text.is_empty() {
        with.clone_into(text);
    }
}

fn replace_if_some(text: &mut Option<String>, with: &str) {
    if text.is_some() {
        *text = Some(with.to_owned());
    }
}

/// Whether the key could be replaced. Keys have an id and were parsed before.
fn key(user: &str, entry: &mut KeyEntry) -> bool {
    let made_up = SshKey::parse(&entry.key, KeyPolicy::default()).ok().zip(entry.id);
    let Some(made_up) = made_up.and_then(|(key, id)| made_up_key::like(&key, id)) else { return false };
    entry.key = format!("{made_up} {user}");
    entry.title = format!("Key {}", entry.id.unwrap_or_default());
    true
}
