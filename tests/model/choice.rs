//! How sequences are thought up: from small pools of values, so that they meet.

use crate::operations::{Address, Change, Credential, Door, Filter, Form, Move, Operation, Profile, Sequence, Step};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt;

/// One character more than a text may have.
const TOO_LONG: &str = match std::str::from_utf8(&[b'x'; 256]) {
    Ok(text) => text,
    Err(_) => "",
};
/// As many as it may.
const LONGEST: &str = TOO_LONG.split_at(255).0;

const USERNAMES: &[&str] = &["ada", "Ada", "grace", "linus", "barbara", "jane", "ROOT", "joe", "2"];
const BAD_USERNAMES: &[&str] = &["x.git", "no body"];
const ADDRESSES: &[&str] = &[
    "ada@example.com",
    "Ada@Example.com",
    "grace@example.com",
    "linus@example.com",
    "new@example.org",
    "joe@example.com",
    "JANE@work.example",
];
const BAD_ADDRESSES: &[&str] = &["nobody", "a b@example.com"];
const NAMES: &[&str] = &["Ada Lovelace", "Señor 🦀", "Grace", LONGEST];
const BAD_NAMES: &[&str] = &[TOO_LONG, "bell\u{7}", "\u{202e}eoj"];
const WEBSITES: &[&str] = &["https://ada.example/?a=b&c=d", ""];
const BAD_WEBSITES: &[&str] = &["javascript:alert(1)"];
const PASSWORDS: &[&str] = &["battery-staple", "correct-horse"];
const BAD_PASSWORDS: &[&str] = &["short"];
const KEYS: &[&str] = &[
    "accepted/ed25519.pub",
    "accepted/ecdsa-256.pub",
    "accepted/sk-ssh-ed25519.pub",
    "accepted/rsa-1024.pub",
    "refused/dsa.pub",
];
const SCOPES: &[&[&str]] = &[
    &["api"],
    &["read_user"],
    &["read_api"],
    &["profile_read", "email_read"],
    &["profile_write"],
    &["email_write"],
    &["profile_read", "read_user"],
];

fn from(pool: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    select(pool)
}

/// Mostly good ones.
fn mostly(good: &'static [&'static str], bad: &'static [&'static str]) -> BoxedStrategy<&'static str> {
    prop_oneof![9 => select(good), 1 => select(bad)].boxed()
}

fn username() -> BoxedStrategy<&'static str> {
    mostly(USERNAMES, BAD_USERNAMES)
}

fn address() -> BoxedStrategy<&'static str> {
    mostly(ADDRESSES, BAD_ADDRESSES)
}

fn name() -> BoxedStrategy<&'static str> {
    mostly(NAMES, BAD_NAMES)
}

fn website() -> BoxedStrategy<&'static str> {
    mostly(WEBSITES, BAD_WEBSITES)
}

/// Of an address that is there, mostly: one of the user's.
fn their_address() -> BoxedStrategy<Address> {
    prop_oneof![3 => (0..4usize).prop_map(Address::Theirs), 1 => address().prop_map(Address::Written)].boxed()
}

fn maybe<T: Clone + fmt::Debug + 'static>(
    chance: f64,
    strategy: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(chance, strategy)
}

/// Mostly those who were there from the start, and mostly one of them: what is done must meet.
fn user() -> impl Strategy<Value = i64> {
    prop_oneof![5 => Just(2), 4 => 1..=3i64, 2 => 4..=6i64, 1 => 7..=9i64]
}

/// The same of tokens, by their place.
fn token() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 2..4usize, 2 => 0..6usize, 3 => 6..14usize]
}

fn change(passwords: bool) -> impl Strategy<Value = Change> {
    let password = if passwords { maybe(0.3, mostly(PASSWORDS, BAD_PASSWORDS)).boxed() } else { Just(None).boxed() };
    let texts = (maybe(0.3, username()), maybe(0.4, address()), maybe(0.2, name()));
    let more = (maybe(0.1, Just("Writes.")), maybe(0.2, website()), password);
    let admin = maybe(0.3, any::<bool>());
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

fn profile() -> impl Strategy<Value = Profile> {
    let text = || maybe(0.3, name());
    (text(), text(), text(), maybe(0.3, website())).prop_map(|(full_name, location, company, profile_url)| Profile {
        full_name,
        location,
        company,
        profile_url,
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        Just(Filter::Everybody),
        Just(Filter::Active),
        Just(Filter::Blocked),
        username().prop_map(Filter::Name),
        select(&["EXAMPLE.com", "ada", "%", "_", "work"][..]).prop_map(Filter::Search),
    ]
}

/// All doors, without those that need a database file or cost a hash of full strength if `file` says which there is.
fn door(doors: &'static [Door], file: bool) -> impl Strategy<Value = Door> + Clone {
    let doors: Vec<_> = doors.iter().copied().filter(|door| file || *door != Door::Cli).collect();
    select(doors)
}

fn of_users(file: bool) -> BoxedStrategy<Operation> {
    use Door::{Cli, Docker, V3, V4};
    use Operation::*;
    let texts = (username(), address(), name());
    // A password at full strength takes a tenth of a second: on a file, most users are made without one.
    let makers: &[Door] = if file { &[V4, V4, V4, Cli] } else { &[V3, V4] };
    let moves = [
        Move::Block,
        Move::Unblock,
        Move::Ban,
        Move::Unban,
        Move::Deactivate,
        Move::Activate,
        Move::Approve,
        Move::Reject,
    ];
    let moved = move |door| {
        let moves = if door == V4 { moves.to_vec() } else { vec![Move::Block, Move::Unblock] };
        (Just(door), user(), select(moves)).prop_map(|(door, user, to)| MoveUser { door, user, to })
    };
    prop_oneof![
        4 => (select(makers), texts, any::<bool>(), any::<bool>()).prop_map(
            |(door, (username, email, name), admin, vouch)| CreateUser { door, username, email, name, admin, vouch }
        ),
        5 => (door(&[V3, V4, Cli], file), user(), change(!file))
            .prop_map(|(door, user, change)| UpdateUser { door, user, change }),
        3 => (user(), profile()).prop_map(|(user, profile)| UpdateProfile { user, profile }),
        2 => (door(&[V3, V4, Cli], file), user()).prop_map(|(door, user)| DeleteUser { door, user }),
        4 => door(&[V3, V4, V4, Cli], file).prop_flat_map(moved),
        3 => (door(&[Docker, V3, V4, Cli], file), user()).prop_map(|(door, user)| ShowUser { door, user }),
        1 => door(&[V3, V4], file).prop_map(|door| ShowSelf { door }),
        2 => (door(&[V3, V4, Cli], file), filter()).prop_map(|(door, filter)| ListUsers { door, filter }),
    ]
    .boxed()
}

fn of_emails(file: bool) -> BoxedStrategy<Operation> {
    use Door::{Cli, Docker, V4};
    use Operation::*;
    let all: &[Door] = &[Docker, V4, Cli];
    let asserted = || maybe(0.5, proptest::bool::weighted(0.8));
    prop_oneof![
        1 => (door(all, file), user()).prop_map(|(door, user)| ListEmails { door, user }),
        4 => (door(all, file), user(), any::<bool>(), address(), any::<bool>())
            .prop_map(|(door, user, own, address, vouch)| AddEmail { door, user, own, address, vouch }),
        4 => (door(&[Docker, Docker, Cli], file), user(), their_address(), asserted(), asserted()).prop_map(
            |(door, user, address, verify, primary)| ChangeEmail { door, user, address, verify, primary }
        ),
        3 => (door(all, file), user(), any::<bool>(), their_address())
            .prop_map(|(door, user, own, address)| RemoveEmail { door, user, own, address }),
    ]
    .boxed()
}

fn of_keys_and_tokens(file: bool) -> BoxedStrategy<Operation> {
    use Door::{Cli, V3, V4};
    use Operation::*;
    let all: &[Door] = &[V3, V4, Cli];
    let known = || maybe(0.7, token());
    let sign_in = (user(), any::<bool>(), proptest::bool::weighted(0.8)).prop_map(|(user, by_address, right)| SignIn {
        user,
        by_address,
        right,
    });
    // A password costs what it has to on a file, and is nothing in memory.
    let sign_in = if file { known().prop_map(|token| RotateToken { token }).boxed() } else { sign_in.boxed() };
    prop_oneof![
        1 => (door(all, file), user(), any::<bool>()).prop_map(|(door, user, own)| ListKeys { door, user, own }),
        4 => (door(all, file), user(), any::<bool>(), select(&["laptop", "desk"][..]), from(KEYS))
            .prop_map(|(door, user, own, title, file)| AddKey { door, user, own, title, file }),
        2 => (door(all, file), user(), any::<bool>(), 1..6i64)
            .prop_map(|(door, user, own, key)| RemoveKey { door, user, own, key }),
        3 => (door(&[V4, Cli], file), user(), any::<bool>(), select(SCOPES))
            .prop_map(|(door, user, own, scopes)| MakeToken { door, user, own, scopes }),
        2 => (door(&[V4, Cli], file), known()).prop_map(|(door, token)| RevokeToken { door, token }),
        2 => known().prop_map(|token| RotateToken { token }),
        3 => sign_in,
    ]
    .boxed()
}

/// Mostly the administrator's first token.
fn credential(file: bool) -> BoxedStrategy<Credential> {
    let by_token = prop_oneof![
        8 => Just(Credential::Token(0)),
        8 => token().prop_map(Credential::Token),
        1 => Just(Credential::Nothing),
        1 => Just(Credential::Junk),
    ];
    let by_password = prop_oneof![
        token().prop_map(Credential::TokenAsPassword),
        (1..=5i64, proptest::bool::weighted(0.8)).prop_map(|(user, right)| Credential::Password { user, right }),
    ];
    if file { by_token.boxed() } else { prop_oneof![5 => by_token, 1 => by_password].boxed() }
}

fn step(file: bool) -> impl Strategy<Value = Step> {
    let operation = prop_oneof![3 => of_users(file), 2 => of_emails(file), 2 => of_keys_and_tokens(file)];
    let form = select(&[Form::Json, Form::Json, Form::UrlEncoded, Form::Multipart][..]);
    // Own accounts are only seen with one's own credential: often it is the one that fits.
    (operation, credential(file), form, any::<bool>(), proptest::bool::weighted(0.5)).prop_map(
        |(operation, by, form, slash, fits)| {
            let by = match &operation {
                _ if !fits => by,
                Operation::UpdateProfile { user, .. }
                | Operation::ChangeEmail { door: Door::Docker, user, .. }
                | Operation::ShowUser { door: Door::Docker, user }
                | Operation::ListEmails { door: Door::Docker, user }
                | Operation::AddEmail { door: Door::Docker, user, .. }
                | Operation::RemoveEmail { door: Door::Docker, user, .. } => {
                    Credential::Token((*user as usize - 1) * 2)
                }
                // Seldom the administrator on whom the rest depends.
                Operation::RevokeToken { token: None, .. } => match by {
                    Credential::Token(0) => Credential::Token(7),
                    by => by,
                },
                _ => by,
            };
            Step { operation, by, form, slash }
        },
    )
}

/// Sequences for a server in memory, or for a server and commands on one `file`.
pub fn sequences(file: bool, longest: usize) -> impl Strategy<Value = Sequence> {
    let steps = proptest::collection::vec(step(file), 1..=longest);
    (steps, any::<bool>()).prop_map(|(steps, precise)| Sequence { steps, precise })
}
