//! Values from small pools, so that the steps of a sequence collide: taken names, addresses that move, deleted users.

use crate::operations::{Address, Change, Filter, Profile};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt;

/// One character longer than a text may be.
const TOO_LONG: &str = match std::str::from_utf8(&[b'x'; 256]) {
    Ok(text) => text,
    Err(_) => "",
};
/// As long as a text may be.
const LONGEST: &str = TOO_LONG.split_at(255).0;

const USERNAMES: &[&str] = &["ada", "Ada", "grace", "linus", "barbara", "jane", "ROOT", "joe", "2"];
const INVALID_USERNAMES: &[&str] = &["x.git", "no body"];
const ADDRESSES: &[&str] = &[
    "ada@example.com",
    "Ada@Example.com",
    "grace@example.com",
    "linus@example.com",
    "new@example.org",
    "joe@example.com",
    "JANE@work.example",
];
const INVALID_ADDRESSES: &[&str] = &["nobody", "a b@example.com"];
const NAMES: &[&str] = &["Ada Lovelace", "Señor 🦀", "Grace", LONGEST];
const INVALID_NAMES: &[&str] = &[TOO_LONG, "bell\u{7}", "\u{202e}eoj"];
const WEBSITES: &[&str] = &["https://ada.example/?a=b&c=d", ""];
const INVALID_WEBSITES: &[&str] = &["javascript:alert(1)"];
const PASSWORDS: &[&str] = &["battery-staple", "correct-horse"];
const INVALID_PASSWORDS: &[&str] = &["short"];
pub const KEYS: &[&str] = &[
    "accepted/ed25519.pub",
    "accepted/ecdsa-256.pub",
    "accepted/sk-ssh-ed25519.pub",
    "accepted/rsa-1024.pub",
    "refused/dsa.pub",
];
pub const SCOPES: &[&[&str]] = &[
    &["api"],
    &["read_user"],
    &["read_api"],
    &["profile_read", "email_read"],
    &["profile_write"],
    &["email_write"],
    &["profile_read", "read_user"],
];

/// Nine of ten values are valid.
fn mostly(valid: &'static [&'static str], invalid: &'static [&'static str]) -> BoxedStrategy<&'static str> {
    prop_oneof![9 => select(valid), 1 => select(invalid)].boxed()
}

pub fn username() -> BoxedStrategy<&'static str> {
    mostly(USERNAMES, INVALID_USERNAMES)
}

pub fn address() -> BoxedStrategy<&'static str> {
    mostly(ADDRESSES, INVALID_ADDRESSES)
}

pub fn name() -> BoxedStrategy<&'static str> {
    mostly(NAMES, INVALID_NAMES)
}

fn website() -> BoxedStrategy<&'static str> {
    mostly(WEBSITES, INVALID_WEBSITES)
}

/// Mostly an address that the user has.
pub fn address_of_user() -> BoxedStrategy<Address> {
    prop_oneof![3 => (0..4usize).prop_map(Address::OfUser), 1 => address().prop_map(Address::Literal)].boxed()
}

pub fn optional<T: Clone + fmt::Debug + 'static>(
    chance: f64,
    strategy: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(chance, strategy)
}

/// Mostly users that the server starts with, and most often the same one, so that the steps collide. The
/// highest ids rarely exist.
pub fn user() -> impl Strategy<Value = i64> {
    prop_oneof![5 => Just(2), 4 => 1..=3i64, 2 => 4..=6i64, 1 => 7..=9i64]
}

/// Indexes of tokens, in the same way.
pub fn token() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 2..4usize, 2 => 0..6usize, 3 => 6..14usize]
}

pub fn change(passwords: bool) -> impl Strategy<Value = Change> {
    let password =
        if passwords { optional(0.3, mostly(PASSWORDS, INVALID_PASSWORDS)).boxed() } else { Just(None).boxed() };
    let texts = (optional(0.3, username()), optional(0.4, address()), optional(0.2, name()));
    let more = (optional(0.1, Just("Writes.")), optional(0.2, website()), password);
    let admin = optional(0.3, any::<bool>());
    (texts, more, admin).prop_map(|((username, email, name), (bio, website, password), admin)| Change {
        username,
        email,
        name,
        bio,
        website,
        password,
        admin,
    })
}

pub fn profile() -> impl Strategy<Value = Profile> {
    let text = || optional(0.3, name());
    (text(), text(), text(), optional(0.3, website())).prop_map(|(full_name, location, company, profile_url)| Profile {
        full_name,
        location,
        company,
        profile_url,
    })
}

pub fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        Just(Filter::All),
        Just(Filter::Active),
        Just(Filter::Blocked),
        username().prop_map(Filter::Name),
        select(&["EXAMPLE.com", "ada", "%", "_", "work"][..]).prop_map(Filter::Search),
    ]
}
