//! The operations, each through the interfaces that have it.

use super::values::{
    KEYS, SCOPES, address, address_of_user, change, filter, name, optional, profile, token, user, username,
};
use crate::operations::{Interface, Operation, Transition};
use proptest::prelude::*;
use proptest::sample::select;

/// One of these interfaces. The command line needs a database file, which `file` says there is.
fn interface(interfaces: &'static [Interface], file: bool) -> impl Strategy<Value = Interface> + Clone {
    let interfaces: Vec<_> =
        interfaces.iter().copied().filter(|interface| file || *interface != Interface::Cli).collect();
    select(interfaces)
}

pub fn of_users(file: bool) -> BoxedStrategy<Operation> {
    use Interface::{Cli, Docker, V3, V4};
    use Operation::*;
    let texts = (username(), address(), name());
    let creators: &[Interface] = if file { &[V4, V4, V4, Cli] } else { &[V3, V4] };
    let transitions = [
        Transition::Block,
        Transition::Unblock,
        Transition::Ban,
        Transition::Unban,
        Transition::Deactivate,
        Transition::Activate,
        Transition::Approve,
        Transition::Reject,
    ];
    let change_state = move |interface| {
        let transitions =
            if interface == V4 { transitions.to_vec() } else { vec![Transition::Block, Transition::Unblock] };
        (Just(interface), user(), select(transitions)).prop_map(|(interface, user, transition)| ChangeState {
            interface,
            user,
            transition,
        })
    };
    prop_oneof![
        4 => (select(creators), texts, any::<bool>(), any::<bool>()).prop_map(
            |(interface, (username, email, name), admin, verified)| {
                CreateUser { interface, username, email, name, admin, verified }
            }
        ),
        5 => (interface(&[V3, V4, Cli], file), user(), change(!file))
            .prop_map(|(interface, user, change)| UpdateUser { interface, user, change }),
        3 => (user(), profile()).prop_map(|(user, profile)| UpdateProfile { user, profile }),
        2 => (interface(&[V3, V4, Cli], file), user()).prop_map(|(interface, user)| DeleteUser { interface, user }),
        4 => interface(&[V3, V4, V4, Cli], file).prop_flat_map(change_state),
        3 => (interface(&[Docker, V3, V4, Cli], file), user())
            .prop_map(|(interface, user)| ShowUser { interface, user }),
        1 => interface(&[V3, V4], file).prop_map(|interface| ShowSelf { interface }),
        2 => (interface(&[V3, V4, Cli], file), filter())
            .prop_map(|(interface, filter)| ListUsers { interface, filter }),
    ]
    .boxed()
}

pub fn of_emails(file: bool) -> BoxedStrategy<Operation> {
    use Interface::{Cli, Docker, V4};
    use Operation::*;
    let all: &[Interface] = &[Docker, V4, Cli];
    let mostly_true = || optional(0.5, proptest::bool::weighted(0.8));
    prop_oneof![
        1 => (interface(all, file), user()).prop_map(|(interface, user)| ListEmails { interface, user }),
        4 => (interface(all, file), user(), any::<bool>(), address(), any::<bool>())
            .prop_map(|(interface, user, own, address, verified)| AddEmail { interface, user, own, address, verified }),
        4 => (interface(&[Docker, Docker, Cli], file), user(), address_of_user(), mostly_true(), mostly_true())
            .prop_map(|(interface, user, address, verify, primary)| {
                ChangeEmail { interface, user, address, verify, primary }
            }),
        3 => (interface(all, file), user(), any::<bool>(), address_of_user())
            .prop_map(|(interface, user, own, address)| RemoveEmail { interface, user, own, address }),
    ]
    .boxed()
}

pub fn of_keys_and_tokens(file: bool) -> BoxedStrategy<Operation> {
    use Interface::{Cli, V3, V4};
    use Operation::*;
    let all: &[Interface] = &[V3, V4, Cli];
    let maybe_token = || optional(0.7, token());
    let sign_in = (user(), any::<bool>(), proptest::bool::weighted(0.8))
        .prop_map(|(user, by_address, correct)| SignIn { user, by_address, correct });
    // In memory, passwords are hashed at the least cost; with a file, signing in would be slow.
    let sign_in = if file { maybe_token().prop_map(|token| RotateToken { token }).boxed() } else { sign_in.boxed() };
    prop_oneof![
        1 => (interface(all, file), user(), any::<bool>())
            .prop_map(|(interface, user, own)| ListKeys { interface, user, own }),
        4 => (interface(all, file), user(), any::<bool>(), select(&["laptop", "desk"][..]), select(KEYS))
            .prop_map(|(interface, user, own, title, file)| AddKey { interface, user, own, title, file }),
        2 => (interface(all, file), user(), any::<bool>(), 1..6i64)
            .prop_map(|(interface, user, own, key)| RemoveKey { interface, user, own, key }),
        3 => (interface(&[V4, Cli], file), user(), any::<bool>(), select(SCOPES))
            .prop_map(|(interface, user, own, scopes)| CreateToken { interface, user, own, scopes }),
        2 => (interface(&[V4, Cli], file), maybe_token())
            .prop_map(|(interface, token)| RevokeToken { interface, token }),
        2 => maybe_token().prop_map(|token| RotateToken { token }),
        3 => sign_in,
    ]
    .boxed()
}
