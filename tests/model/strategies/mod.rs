//! Proptest strategies for sequences of operations.

mod operations;
mod values;

use crate::operations::{BodyFormat, Credential, Interface, Operation, Sequence, Step};
use proptest::prelude::*;
use proptest::sample::select;
use values::token;

/// Mostly a token, and most often the first one, which is the administrator's.
fn credential(file: bool) -> BoxedStrategy<Credential> {
    let authenticate_token = prop_oneof![
        8 => Just(Credential::Token(0)),
        8 => token().prop_map(Credential::Token),
        1 => Just(Credential::Missing),
        1 => Just(Credential::Unknown),
    ];
    let authenticate_password = prop_oneof![
        token().prop_map(Credential::TokenAsPassword),
        (1..=5i64, proptest::bool::weighted(0.8)).prop_map(|(user, correct)| Credential::Password { user, correct }),
    ];
    if file {
        authenticate_token.boxed()
    } else {
        prop_oneof![5 => authenticate_token, 1 => authenticate_password].boxed()
    }
}

/// One step, by a command only with `file`.
pub fn step(file: bool) -> impl Strategy<Value = Step> {
    let operation = prop_oneof![
        3 => operations::of_users(file),
        2 => operations::of_emails(file),
        2 => operations::of_keys_and_tokens(file),
    ];
    let format = select(&[BodyFormat::Json, BodyFormat::Json, BodyFormat::UrlEncoded, BodyFormat::Multipart][..]);
    // docker's users may only act for themselves. In half of the steps, the token is one of that user.
    (operation, credential(file), format, any::<bool>(), proptest::bool::weighted(0.5)).prop_map(
        |(operation, credential, format, variant, matching)| {
            let credential = match &operation {
                _ if !matching => credential,
                Operation::UpdateProfile { user, .. }
                | Operation::ChangeEmail { interface: Interface::Docker, user, .. }
                | Operation::ShowUser { interface: Interface::Docker, user }
                | Operation::ListEmails { interface: Interface::Docker, user }
                | Operation::AddEmail { interface: Interface::Docker, user, .. }
                | Operation::RemoveEmail { interface: Interface::Docker, user, .. } => {
                    Credential::Token((*user as usize - 1) * 2)
                }
                // Keep the token that most other steps use.
                Operation::RevokeToken { token: None, .. } => match credential {
                    Credential::Token(0) => Credential::Token(7),
                    other => other,
                },
                _ => credential,
            };
            Step { operation, credential, format, variant }
        },
    )
}

/// Sequences for a server with an in-memory database or, with `file`, for a server and commands on the same file.
pub fn sequences(file: bool, longest: usize) -> impl Strategy<Value = Sequence> {
    let steps = proptest::collection::vec(step(file), 1..=longest);
    (steps, any::<bool>()).prop_map(|(steps, precise)| Sequence { steps, precise })
}
