//! Many at once: of one code and of one refresh token exactly one use is good.

use super::{App, EXAMPLE, PHONE, Tokens, VERIFIER, WIKI, count, in_memory, on_file, profile, refused};
use crate::harness::{Answer, Server};
use std::sync::Barrier;

const CROWD: usize = 50;

/// The answers to as many calls as there are, all at the same time.
fn at_once(calls: usize, call: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(calls);
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..calls)
            .map(|n| {
                let (barrier, call) = (&barrier, &call);
                scope.spawn(move || {
                    barrier.wait();
                    call(n)
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The one that was good; the others are told what is wrong.
#[track_caller]
fn one_of(answers: Vec<Answer>) -> Tokens {
    let (mut good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((good.len(), bad.len()), (1, CROWD - 1));
    for answer in &bad {
        refused(answer, 400, "invalid_grant");
    }
    Tokens::of(good.remove(0))
}

#[track_caller]
fn is_ended(server: &Server, app: App, tokens: &Tokens) {
    assert_eq!(profile(server, &tokens.access), 401);
    refused(&app.refresh(server, &tokens.refresh, &[]), 400, "invalid_grant");
}

#[test]
fn one_code_redeemed_by_fifty() {
    for server in [in_memory(), on_file()] {
        for app in [EXAMPLE, PHONE] {
            let bystander = app.tokens(&server, "profile_read");
            let code = app.code(&server, "");
            let proof: &[_] = if app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
            let tokens = one_of(at_once(CROWD, |_| app.redeem(&server, &code, proof)));
            // The others used it a second time, which ends what came of it.
            is_ended(&server, app, &tokens);
            assert_eq!(profile(&server, &bystander.access), 200);
        }
    }
}

#[test]
fn one_refresh_token_used_by_fifty() {
    for server in [in_memory(), on_file()] {
        for app in [EXAMPLE, PHONE] {
            let bystander = app.tokens(&server, "profile_read");
            let first = app.tokens(&server, "profile_read");
            let tokens = one_of(at_once(CROWD, |_| app.refresh(&server, &first.refresh, &[])));
            is_ended(&server, app, &tokens);
            is_ended(&server, app, &first);
            assert_eq!(profile(&server, &bystander.access), 200);
        }
    }
}

#[test]
fn nothing_of_either_crowd_stays_on_the_file() {
    let server = on_file();
    let code = EXAMPLE.code(&server, "");
    at_once(CROWD, |_| EXAMPLE.redeem(&server, &code, &[]));
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    at_once(CROWD, |_| EXAMPLE.refresh(&server, &tokens.refresh, &[]));
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE kind = 'oauth'")), (0, 0));
}

/// A refusal of the wider scope is no use of the token, whatever runs at the same time.
#[test]
fn wrong_requests_at_the_same_time_spend_nothing() {
    let server = in_memory();
    let code = EXAMPLE.code(&server, "");
    let answers = at_once(CROWD, |n| match n {
        0 => EXAMPLE.redeem(&server, &code, &[]),
        n if n % 2 == 0 => WIKI.redeem(&server, &code, &[]),
        _ => EXAMPLE.redeem(&server, "never-was-a-code", &[]),
    });
    let tokens = one_of(answers);
    let answers = at_once(CROWD, |n| match n {
        0 => EXAMPLE.refresh(&server, &tokens.refresh, &[]),
        _ => WIKI.refresh(&server, &tokens.refresh, &[]),
    });
    let next = one_of(answers);
    assert_eq!(profile(&server, &next.access), 200);
}

#[test]
fn fifty_codes_redeemed_at_once_are_all_good() {
    let server = on_file();
    let codes: Vec<_> = (0..CROWD).map(|_| EXAMPLE.code(&server, "")).collect();
    let answers = at_once(CROWD, |n| EXAMPLE.redeem(&server, &codes[n], &[]));
    let tokens: Vec<_> = answers.into_iter().map(Tokens::of).collect();
    let next = at_once(CROWD, |n| EXAMPLE.refresh(&server, &tokens[n].refresh, &[]));
    let next: Vec<_> = next.into_iter().map(Tokens::of).collect();
    assert!(next.iter().all(|tokens| profile(&server, &tokens.access) == 200));
    let different: std::collections::BTreeSet<_> = next.iter().map(|tokens| &tokens.access).collect();
    assert_eq!(different.len(), CROWD);
    assert_eq!(count(&server, "tokens WHERE kind = 'oauth'"), CROWD as i64);
}

/// Whatever order they come in: after the revocation nothing is left.
#[test]
fn a_revocation_while_the_token_is_refreshed() {
    let server = on_file();
    for _ in 0..5 {
        let tokens = EXAMPLE.tokens(&server, "profile_read");
        let answers = at_once(10, |n| {
            if n == 0 {
                EXAMPLE.revoke(&server, &tokens.access)
            } else {
                EXAMPLE.refresh(&server, &tokens.refresh, &[])
            }
        });
        assert_eq!(answers[0].status, 200);
        for answer in &answers[1..] {
            if answer.status == 200 {
                is_ended(
                    &server,
                    EXAMPLE,
                    &Tokens::of(Answer { headers: vec![], body: answer.body.clone(), ..*answer }),
                );
            }
        }
        is_ended(&server, EXAMPLE, &tokens);
        assert_eq!(count(&server, "authorizations"), 0);
    }
}
