//! A wrong password counts against the pair of username and client address, and against each of the two alone.

use super::{CalledFrom, assert_docker_throttled, basic, limited, session, statuses};
use crate::harness::ROOT;
use serde_json::json;

#[test]
fn each_client_address_has_its_own_limit() {
    let server = limited("2/h");
    let wrong = |from| statuses(3, &basic(&server, "john_smith", "wrong-password").called_from(from));
    assert_eq!(wrong("192.0.2.1"), [401, 401, 429]);
    assert_eq!(wrong("192.0.2.2"), [401, 401, 429]);
    assert_eq!(basic(&server, "john_smith", "john-password").called_from("192.0.2.3").send().status, 200);
    // An IPv6 client is identified by the first 64 bits of its address.
    assert_eq!(wrong("2001:db8::1"), [401, 401, 429]);
    assert_eq!(wrong("2001:db8::ffff:1"), [429, 429, 429]);
    assert_eq!(wrong("2001:db8:0:1::1"), [401, 401, 429]);
    // An IPv4-mapped IPv6 address is the same client as the IPv4 address.
    assert_eq!(wrong("::ffff:192.0.2.2"), [429, 429, 429]);
}

#[test]
fn one_address_that_guesses_at_many_users_is_limited() {
    let server = limited("2/h");
    let spray = |n: usize, from| session(&server, &format!("user{n}"), "Password1").called_from(from).send().status;
    let seen: Vec<_> = (0..15).map(|n| spray(n, "192.0.2.1")).collect();
    // An address has five times the rate.
    assert_eq!(seen, [[401; 10].as_slice(), &[429; 5]].concat());
    assert_eq!(session(&server, "john_smith", "john-password").called_from("192.0.2.1").send().status, 429);
    assert_eq!(spray(99, "192.0.2.2"), 401);
    assert_eq!(session(&server, "john_smith", "john-password").called_from("192.0.2.2").send().status, 201);
}

#[test]
fn many_addresses_that_guess_at_one_user_are_limited() {
    let server = limited("1/h");
    let guess =
        |n: usize| session(&server, "john_smith", "wrong-password").called_from(&format!("192.0.2.{n}")).send().status;
    let seen: Vec<_> = (0..15).map(guess).collect();
    // A username has ten times the rate.
    assert_eq!(seen, [[401; 10].as_slice(), &[429; 5]].concat());
    assert_eq!(session(&server, "root", "root-password").called_from("192.0.2.99").send().status, 201);
}

#[test]
fn guesses_from_elsewhere_do_not_lock_a_user_out_of_a_known_address() {
    let server = limited("2/h");
    let right = |from| basic(&server, "john_smith", "john-password").called_from(from).send();
    assert_eq!(session(&server, "john_smith", "john-password").called_from("203.0.113.1").send().status, 201);
    let attackers: Vec<_> = (0..25)
        .map(|n| basic(&server, "john_smith", "wrong-password").called_from(&format!("192.0.2.{n}")).send().status)
        .collect();
    assert_eq!(attackers, [[401; 20].as_slice(), &[429; 5]].concat());
    assert_docker_throttled(&right("203.0.113.2"));
    assert_eq!(right("203.0.113.1").status, 200);
    // A typing error is still allowed there.
    let mistyped = basic(&server, "john_smith", "jonh-password").called_from("203.0.113.1");
    assert_eq!(statuses(1, &mistyped), [401]);
    assert_eq!(right("203.0.113.1").status, 200);
    // It counts against the usual limit of that address.
    assert_eq!(statuses(2, &mistyped), [401, 429]);
}

#[test]
fn guesses_at_other_users_do_not_lock_a_user_out_of_the_same_address() {
    let server = limited("2/h");
    assert_eq!(session(&server, "john_smith", "john-password").called_from("203.0.113.1").send().status, 201);
    let others: Vec<_> = (0..15)
        .map(|n| session(&server, &format!("user{n}"), "wrong-password").called_from("203.0.113.1").send().status)
        .collect();
    assert_eq!(others, [[401; 10].as_slice(), &[429; 5]].concat());
    // A new password, which is not in the login cache.
    let password = json!({"password": "another-password"});
    server.put("/api/v3/users/1").private_token(ROOT).json(password).send().expect(200);
    assert_eq!(session(&server, "john_smith", "another-password").called_from("203.0.113.1").send().status, 201);
    assert_eq!(session(&server, "root", "root-password").called_from("203.0.113.1").send().status, 429);
}
