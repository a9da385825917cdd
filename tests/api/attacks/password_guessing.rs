//! Attempts to get more guesses at a password than the rate limit allows.

use super::assert_still_serves;
use crate::harness::{Request, Server};
use crate::rate_limits::{CalledFrom, basic, limited, session, statuses};

/// Sends all requests at the same time and returns their statuses, sorted.
fn send_all(calls: Vec<Request>) -> Vec<u16> {
    let start = std::sync::Barrier::new(calls.len());
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let start = &start;
        let send = |call: Request| {
            scope.spawn(move || {
                start.wait();
                call.send().status
            })
        };
        let threads: Vec<_> = calls.into_iter().map(send).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}

#[test]
fn many_simultaneous_guesses() {
    let server = limited("5/h");
    let guesses = |address: fn(usize) -> String, count| {
        let guess = |n| session(&server, "john_smith", &format!("wrong-password-{n}")).called_from(&address(n));
        send_all((0..count).map(guess).collect())
    };
    assert_eq!(guesses(|_| "192.0.2.1".into(), 60), [[401; 5].as_slice(), &[429; 55]].concat());
    // Five of the fifty guesses that the name has in total are used up.
    assert_eq!(guesses(|n| format!("198.51.100.{n}"), 80), [[401; 45].as_slice(), &[429; 35]].concat());
    assert_still_serves(&server);
}

#[test]
fn many_simultaneous_correct_passwords_are_all_accepted() {
    let server = limited("1/h");
    let basics = (0..60).map(|_| basic(&server, "john_smith", "john-password")).collect();
    assert_eq!(send_all(basics), [200; 60]);
    let sessions = (0..60).map(|_| session(&server, "root", "root-password")).collect();
    assert_eq!(send_all(sessions), [201; 60]);
}

#[test]
fn a_forged_client_address_for_each_guess() {
    let server = Server::demo_with(&["--login-rate", "3/h", "--trusted-proxy", "192.0.2.0/24"]);
    let forged = |n: usize| {
        let address = format!("198.51.100.{n}");
        let headers = ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "Forwarded", "Client-IP"];
        let call = basic(&server, "john_smith", "wrong-password");
        headers.into_iter().fold(call, |call, name| call.header(name, &address)).send().status
    };
    assert_eq!((0..6).map(forged).collect::<Vec<_>>(), [401, 401, 401, 429, 429, 429]);
}

#[test]
fn a_forged_address_before_the_one_that_the_proxy_adds() {
    let server = limited("3/h");
    let forged = |n: usize| {
        let call = basic(&server, "john_smith", "wrong-password");
        call.header("X-Forwarded-For", &format!("198.51.100.{n}, 203.0.113.9")).send().status
    };
    assert_eq!((0..6).map(forged).collect::<Vec<_>>(), [401, 401, 401, 429, 429, 429]);
}

#[test]
fn another_spelling_of_the_username_for_each_guess() {
    let server = limited("3/h");
    let spellings = ["john_smith", "John_smith", "JOHN_SMITH", "john_Smith", "joHn_smith", "john_smitH"];
    let seen: Vec<_> = spellings.iter().map(|login| session(&server, login, "wrong-password").send().status).collect();
    assert_eq!(seen, [401, 401, 401, 429, 429, 429]);
}

#[test]
fn signing_in_to_an_own_account_between_guesses() {
    let server = limited("3/h");
    let mut seen = Vec::new();
    for n in 0..20 {
        session(&server, "janedoe", "password").send().expect(201);
        let names = ["john_smith", "root", "jack_smith", "username", "user5", "user6"];
        seen.push(session(&server, names[n % 6], "wrong-password").send().status);
    }
    // An address has fifteen guesses; a successful sign-in from it does not reset them.
    assert_eq!(seen, [[401; 15].as_slice(), &[429; 5]].concat());
}

#[test]
fn probing_the_cached_login_of_another_client() {
    let server = limited("3/h");
    let right = |from| basic(&server, "john_smith", "john-password").called_from(from);
    let wrong = |from| basic(&server, "john_smith", "wrong-password").called_from(from);
    // John's login is cached for a minute, so his next request skips the password check.
    assert_eq!(statuses(3, &right("203.0.113.1")), [200; 3]);
    // Another address that is out of guesses must not learn from the cache whether a guess is right.
    assert_eq!(statuses(4, &wrong("192.0.2.1")), [401, 401, 401, 429]);
    assert_eq!(statuses(2, &right("192.0.2.1")), [429; 2]);
    assert_eq!(statuses(1, &right("203.0.113.1")), [200]);
    // Neither must the same address.
    assert_eq!(statuses(4, &wrong("203.0.113.1")), [401, 401, 401, 429]);
    assert_eq!(statuses(2, &right("203.0.113.1")), [429; 2]);
}

#[test]
fn many_simultaneous_guesses_at_a_cached_login() {
    let server = limited("3/h");
    for _ in 0..3 {
        assert_eq!(basic(&server, "john_smith", "john-password").called_from("203.0.113.1").send().status, 200);
    }
    let guess = |n| basic(&server, "john_smith", &format!("wrong-password-{n}")).called_from("203.0.113.1");
    assert_eq!(send_all((0..60).map(guess).collect()), [[401; 3].as_slice(), &[429; 57]].concat());
    assert_eq!(basic(&server, "john_smith", "john-password").called_from("203.0.113.1").send().status, 429);
}
