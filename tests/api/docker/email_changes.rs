//! PATCH `/users/:username/emails/`: verifying, and choosing the primary address.

use super::{AsJane, EMAILS, emails, names_fields, untouched, user, world};
use crate::harness::{Answer, Server};
use serde_json::{Value, json};

fn patch(server: &Server, body: Value) -> Answer {
    server.patch(EMAILS).jane().json(body).send()
}

/// md5sum of second@example.com.
const SECONDS_MD5: &str = "fb5de04bf1d2704933e3779e7ab79103";

#[test]
fn verified_is_kept() {
    let server = world();
    let expected = json!({ "email": "second@example.com", "verified": true, "primary": false });
    // Once more changes nothing.
    for _ in 0..2 {
        let answer = patch(&server, json!({ "email": "second@example.com", "verified": true })).expect(200);
        assert_eq!(answer.to_string(), expected.to_string());
        assert_eq!(emails(&server)[1], expected);
    }
}

#[test]
fn without_verified_and_primary_nothing_changes() {
    let server = world();
    let answer = patch(&server, json!({ "email": "second@example.com" })).expect(200);
    assert_eq!(answer, json!({ "email": "second@example.com", "verified": false, "primary": false }));
    untouched(&server);
}

#[test]
fn the_address_is_matched_without_case_and_answered_as_it_was_given_first() {
    let server = world();
    let answer = patch(&server, json!({ "email": "SECOND@EXAMPLE.COM", "verified": true })).expect(200);
    assert_eq!(answer, json!({ "email": "second@example.com", "verified": true, "primary": false }));
}

#[test]
fn primary_moves_and_needs_no_verification() {
    let server = world();
    let answer = patch(&server, json!({ "email": "second@example.com", "primary": true })).expect(200);
    assert_eq!(answer, json!({ "email": "second@example.com", "verified": false, "primary": true }));
    let expected = json!([
        { "email": "second@example.com", "verified": false, "primary": true },
        { "email": "jane.doe@example.com", "verified": true, "primary": false },
    ]);
    assert_eq!(emails(&server), expected);
    // The user's address follows, and with it the picture.
    let user = user(&server);
    assert_eq!(user["email"], "second@example.com");
    let gravatar = format!("https://secure.gravatar.com/avatar/{SECONDS_MD5}.jpg?s=80&r=g&d=mm");
    assert_eq!(user["gravatar_url"], gravatar);
    // So does what may be deleted.
    let delete = |address: &str| server.delete(EMAILS).jane().json(json!({ "email": address })).send();
    names_fields(&delete("second@example.com").expect(400), &["email"]);
    delete("jane.doe@example.com").expect(204);
    assert_eq!(emails(&server), json!([expected[0]]));
}

#[test]
fn a_gravatar_address_outlives_a_new_primary_one() {
    let server = world();
    let body = json!({ "gravatar_email": "jane.doe@example.com" });
    let before = server.patch(super::JANES).jane().json(body).send().expect(200);
    patch(&server, json!({ "email": "second@example.com", "primary": true })).expect(200);
    assert_eq!(user(&server)["gravatar_url"], before["gravatar_url"]);
}

#[test]
fn primary_moves_back_and_forth() {
    let server = world();
    for address in ["second@example.com", "jane.doe@example.com", "jane.doe@example.com", "second@example.com"] {
        assert_eq!(patch(&server, json!({ "email": address, "primary": true })).expect(200)["primary"], true);
        let emails = emails(&server);
        let primary: Vec<bool> =
            emails.as_array().unwrap().iter().map(|email| email["primary"].as_bool().unwrap()).collect();
        assert_eq!(primary, [true, false]);
        assert_eq!(emails[0]["email"], address);
        assert_eq!(user(&server)["email"], address);
    }
}

#[test]
fn verified_and_primary_at_once() {
    let server = world();
    let body = json!({ "email": "second@example.com", "verified": true, "primary": true });
    assert_eq!(patch(&server, body.clone()).expect(200).to_string(), body.to_string());
    assert_eq!(emails(&server)[0], body);
}

#[test]
fn both_must_be_true_or_absent() {
    let server = world();
    for address in ["second@example.com", "jane.doe@example.com"] {
        for field in ["verified", "primary"] {
            for wrong in [
                json!(false),
                Value::Null,
                json!("false"),
                json!("0"),
                json!(0),
                json!("yes"),
                json!(""),
                json!(2),
                json!(1.5),
                json!([true]),
                json!({}),
            ] {
                let answer = patch(&server, json!({ "email": address, field: wrong })).expect(400);
                names_fields(&answer, &[field]);
            }
        }
    }
    untouched(&server);
}

#[test]
fn all_or_nothing() {
    let server = world();
    for (verified, primary, bad) in [(true, false, "primary"), (false, true, "verified")] {
        let body = json!({ "email": "second@example.com", "verified": verified, "primary": primary });
        names_fields(&patch(&server, body).expect(400), &[bad]);
    }
    untouched(&server);
}

#[test]
fn true_may_be_written_as_text_or_1() {
    for (verified, primary) in [(json!("true"), json!("1")), (json!(1), json!("true"))] {
        let server = world();
        let body = json!({ "email": "second@example.com", "verified": verified, "primary": primary });
        let expected = json!({ "email": "second@example.com", "verified": true, "primary": true });
        assert_eq!(patch(&server, body).expect(200), expected);
    }
}

/// "exactly one address is primary before and after, whatever runs at the same time"
#[test]
fn one_address_is_primary_whatever_runs_at_the_same_time() {
    let server = &world();
    std::thread::scope(|scope| {
        for address in ["second@example.com", "jane.doe@example.com"] {
            for _ in 0..2 {
                scope.spawn(move || {
                    for _ in 0..10 {
                        let body = json!({ "email": address, "primary": true });
                        let answer = patch(server, body).expect(200);
                        assert_eq!((&answer["email"], &answer["primary"]), (&json!(address), &json!(true)));
                    }
                });
            }
        }
        scope.spawn(|| {
            for _ in 0..20 {
                let emails = emails(server);
                let primary = emails.as_array().unwrap().iter().filter(|email| email["primary"] == true).count();
                assert_eq!((primary, emails.as_array().unwrap().len()), (1, 2), "{emails}");
            }
        });
    });
    assert_eq!(emails(server)[0]["email"], user(server)["email"]);
}
