//! Who pays for a wrong password: a name at an address, and beside that each of the two.

use super::{CalledFrom, basic, docker_throttled, limited, session, statuses};
use crate::harness::ROOT;
use serde_json::json;

#[test]
fn another_address_has_its_own_allowance() {
    let server = limited("2/h");
    let wrong = |from| statuses(3, &basic(&server, "john_smith", "wrong-password").called_from(from));
    assert_eq!(wrong("192.0.2.1"), [401, 401, 429]);
    assert_eq!(wrong("192.0.2.2"), [401, 401, 429]);
    assert_eq!(basic(&server, "john_smith", "john-password").called_from("192.0.2.3").send().status, 200);
    // Half of an IPv6 address is one subscriber's.
    assert_eq!(wrong("2001:db8::1"), [401, 401, 429]);
    assert_eq!(wrong("2001:db8::ffff:1"), [429, 429, 429]);
    assert_eq!(wrong("2001:db8:0:1::1"), [401, 401, 429]);
    // An IPv4 address is one however it is written.
    assert_eq!(wrong("::ffff:192.0.2.2"), [429, 429, 429]);
}

#[test]
fn one_password_tried_on_everybody_is_slowed_down() {
    let server = limited("2/h");
    let spray = |n: usize, from| session(&server, &format!("user{n}"), "Password1").called_from(from).send().status;
    let seen: Vec<_> = (0..15).map(|n| spray(n, "192.0.2.1")).collect();
    // Five times the rate.
    assert_eq!(seen, [[401; 10].as_slice(), &[429; 5]].concat());
    assert_eq!(session(&server, "john_smith", "john-password").called_from("192.0.2.1").send().status, 429);
    assert_eq!(spray(99, "192.0.2.2"), 401);
    assert_eq!(session(&server, "john_smith", "john-password").called_from("192.0.2.2").send().status, 201);
}

#[test]
fn a_crowd_at_one_name_is_slowed_down() {
    let server = limited("1/h");
    let guess =
        |n: usize| session(&server, "john_smith", "wrong-password").called_from(&format!("192.0.2.{n}")).send().status;
    let seen: Vec<_> = (0..15).map(guess).collect();
    // Ten times the rate.
    assert_eq!(seen, [[401; 10].as_slice(), &[429; 5]].concat());
    assert_eq!(session(&server, "root", "root-password").called_from("192.0.2.99").send().status, 201);
}

#[test]
fn a_crowd_can_not_lock_somebody_out_at_home() {
    let server = limited("2/h");
    let right = |from| basic(&server, "john_smith", "john-password").called_from(from).send();
    assert_eq!(session(&server, "john_smith", "john-password").called_from("203.0.113.1").send().status, 201);
    let crowd: Vec<_> = (0..25)
        .map(|n| basic(&server, "john_smith", "wrong-password").called_from(&format!("192.0.2.{n}")).send().status)
        .collect();
    assert_eq!(crowd, [[401; 20].as_slice(), &[429; 5]].concat());
    docker_throttled(&right("203.0.113.2"));
    assert_eq!(right("203.0.113.1").status, 200);
    // And may still mistype it.
    let mistyped = basic(&server, "john_smith", "jonh-password").called_from("203.0.113.1");
    assert_eq!(statuses(1, &mistyped), [401]);
    assert_eq!(right("203.0.113.1").status, 200);
    // Which costs what it costs anybody.
    assert_eq!(statuses(2, &mistyped), [401, 429]);
}

#[test]
fn nor_can_somebody_at_the_same_address_who_guesses_at_others() {
    let server = limited("2/h");
    assert_eq!(session(&server, "john_smith", "john-password").called_from("203.0.113.1").send().status, 201);
    let others: Vec<_> = (0..15)
        .map(|n| session(&server, &format!("user{n}"), "wrong-password").called_from("203.0.113.1").send().status)
        .collect();
    assert_eq!(others, [[401; 10].as_slice(), &[429; 5]].concat());
    // A new one: nothing is remembered of it.
    let password = json!({"password": "another-password"});
    server.put("/api/v3/users/1").private(ROOT).json(password).send().expect(200);
    assert_eq!(session(&server, "john_smith", "another-password").called_from("203.0.113.1").send().status, 201);
    assert_eq!(session(&server, "root", "root-password").called_from("203.0.113.1").send().status, 429);
}
