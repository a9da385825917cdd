//! Concurrent requests: exactly one use of a code or a refresh token succeeds.

use super::{
    Application, EXAMPLE, PHONE, Tokens, VERIFIER, WIKI, assert_error, auto_approving, auto_approving_on_file, count,
    profile_status,
};
use crate::harness::{Response, Server};
use std::sync::Barrier;

const CLIENTS: usize = 50;

/// Makes the calls at the same time, each on a thread of its own.
fn concurrently(calls: usize, call: impl Fn(usize) -> Response + Sync) -> Vec<Response> {
    let barrier = Barrier::new(calls);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..calls)
            .map(|n| {
                let (barrier, call) = (&barrier, &call);
                scope.spawn(move || {
                    barrier.wait();
                    call(n)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The tokens of the only successful response. All others must be `invalid_grant`.
#[track_caller]
fn only_success(answers: Vec<Response>) -> Tokens {
    let (mut successes, failures): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((successes.len(), failures.len()), (1, CLIENTS - 1));
    for answer in &failures {
        assert_error(answer, 400, "invalid_grant");
    }
    Tokens::of(successes.remove(0))
}

#[track_caller]
fn assert_ended(server: &Server, app: Application, tokens: &Tokens) {
    assert_eq!(profile_status(server, &tokens.access), 401);
    assert_error(&app.refresh(server, &tokens.refresh, &[]), 400, "invalid_grant");
}

#[test]
fn only_one_of_fifty_exchanges_of_a_code_succeeds() {
    for server in [auto_approving(), auto_approving_on_file()] {
        for app in [EXAMPLE, PHONE] {
            let bystander = app.tokens(&server, "profile_read");
            let code = app.code(&server, "");
            let proof: &[_] = if app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
            let tokens = only_success(concurrently(CLIENTS, |_| app.exchange(&server, &code, proof)));
            // All others reused the code, which ends the tokens it issued.
            assert_ended(&server, app, &tokens);
            assert_eq!(profile_status(&server, &bystander.access), 200);
        }
    }
}

#[test]
fn only_one_of_fifty_uses_of_a_refresh_token_succeeds() {
    for server in [auto_approving(), auto_approving_on_file()] {
        for app in [EXAMPLE, PHONE] {
            let bystander = app.tokens(&server, "profile_read");
            let first = app.tokens(&server, "profile_read");
            let tokens = only_success(concurrently(CLIENTS, |_| app.refresh(&server, &first.refresh, &[])));
            assert_ended(&server, app, &tokens);
            assert_ended(&server, app, &first);
            assert_eq!(profile_status(&server, &bystander.access), 200);
        }
    }
}

#[test]
fn concurrent_reuse_leaves_no_rows_behind() {
    let server = auto_approving_on_file();
    let code = EXAMPLE.code(&server, "");
    concurrently(CLIENTS, |_| EXAMPLE.exchange(&server, &code, &[]));
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    concurrently(CLIENTS, |_| EXAMPLE.refresh(&server, &tokens.refresh, &[]));
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE kind = 'oauth'")), (0, 0));
}

#[test]
fn concurrent_wrong_requests_do_not_use_up_a_code_or_token() {
    let server = auto_approving();
    let code = EXAMPLE.code(&server, "");
    let answers = concurrently(CLIENTS, |n| match n {
        0 => EXAMPLE.exchange(&server, &code, &[]),
        n if n % 2 == 0 => WIKI.exchange(&server, &code, &[]),
        _ => EXAMPLE.exchange(&server, "never-was-a-code", &[]),
    });
    let tokens = only_success(answers);
    let answers = concurrently(CLIENTS, |n| match n {
        0 => EXAMPLE.refresh(&server, &tokens.refresh, &[]),
        _ => WIKI.refresh(&server, &tokens.refresh, &[]),
    });
    let next = only_success(answers);
    assert_eq!(profile_status(&server, &next.access), 200);
}

#[test]
fn fifty_codes_can_be_exchanged_concurrently() {
    let server = auto_approving_on_file();
    let codes: Vec<_> = (0..CLIENTS).map(|_| EXAMPLE.code(&server, "")).collect();
    let answers = concurrently(CLIENTS, |n| EXAMPLE.exchange(&server, &codes[n], &[]));
    let tokens: Vec<_> = answers.into_iter().map(Tokens::of).collect();
    let next = concurrently(CLIENTS, |n| EXAMPLE.refresh(&server, &tokens[n].refresh, &[]));
    let next: Vec<_> = next.into_iter().map(Tokens::of).collect();
    assert!(next.iter().all(|tokens| profile_status(&server, &tokens.access) == 200));
    let distinct: std::collections::BTreeSet<_> = next.iter().map(|tokens| &tokens.access).collect();
    assert_eq!(distinct.len(), CLIENTS);
    assert_eq!(count(&server, "tokens WHERE kind = 'oauth'"), CLIENTS as i64);
}

/// In whatever order the requests are processed, no token survives the revocation.
#[test]
fn a_revocation_concurrent_with_refreshes_ends_every_token() {
    let server = auto_approving_on_file();
    for _ in 0..5 {
        let tokens = EXAMPLE.tokens(&server, "profile_read");
        let answers = concurrently(10, |n| {
            if n == 0 {
                EXAMPLE.revoke(&server, &tokens.access)
            } else {
                EXAMPLE.refresh(&server, &tokens.refresh, &[])
            }
        });
        assert_eq!(answers[0].status, 200);
        for answer in &answers[1..] {
            if answer.status == 200 {
                assert_ended(
                    &server,
                    EXAMPLE,
                    &Tokens::of(Response { headers: vec![], body: answer.body.clone(), ..*answer }),
                );
            }
        }
        assert_ended(&server, EXAMPLE, &tokens);
        assert_eq!(count(&server, "authorizations"), 0);
    }
}
