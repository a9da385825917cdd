//! PATCH `/users/:username/emails/`: verifying, and choosing the primary address.

use super::{EMAILS, JanesPassword, assert_names_fields, assert_unchanged, emails, test_server, user};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

fn patch(server: &Server, body: Value) -> Response {
    server.patch(EMAILS).janes_password().json(body).send()
}

/// md5sum of second@example.com.
const SECONDS_MD5: &str = "fb5de04bf1d2704933e3779e7ab79103";

#[test]
fn an_address_can_be_marked_as_verified() {
    let server = test_server();
    let expected = json!({ "email": "second@example.com", "verified": true, "primary": false });
    // Repeating the request changes nothing.
    for _ in 0..2 {
        let answer = patch(&server, json!({ "email": "second@example.com", "verified": true })).expect(200);
        assert_eq!(answer.to_string(), expected.to_string());
        assert_eq!(emails(&server)[1], expected);
    }
}

#[test]
fn a_patch_without_verified_and_primary_changes_nothing() {
    let server = test_server();
    let answer = patch(&server, json!({ "email": "second@example.com" })).expect(200);
    assert_eq!(answer, json!({ "email": "second@example.com", "verified": false, "primary": false }));
    assert_unchanged(&server);
}

#[test]
fn an_address_is_matched_without_case_and_returned_as_stored() {
    let server = test_server();
    let answer = patch(&server, json!({ "email": "SECOND@EXAMPLE.COM", "verified": true })).expect(200);
    assert_eq!(answer, json!({ "email": "second@example.com", "verified": true, "primary": false }));
}

#[test]
fn an_unverified_address_can_become_primary() {
    let server = test_server();
    let answer = patch(&server, json!({ "email": "second@example.com", "primary": true })).expect(200);
    assert_eq!(answer, json!({ "email": "second@example.com", "verified": false, "primary": true }));
    let expected = json!([
        { "email": "second@example.com", "verified": false, "primary": true },
        { "email": "jane.doe@example.com", "verified": true, "primary": false },
    ]);
    assert_eq!(emails(&server), expected);
    // The user's email and Gravatar change with it.
    let user = user(&server);
    assert_eq!(user["email"], "second@example.com");
    let gravatar = format!("https://secure.gravatar.com/avatar/{SECONDS_MD5}.jpg?s=80&r=g&d=mm");
    assert_eq!(user["gravatar_url"], gravatar);
    // Now the former primary address can be deleted.
    let delete = |address: &str| server.delete(EMAILS).janes_password().json(json!({ "email": address })).send();
    assert_names_fields(&delete("second@example.com").expect(400), &["email"]);
    delete("jane.doe@example.com").expect(204);
    assert_eq!(emails(&server), json!([expected[0]]));
}

#[test]
fn a_gravatar_address_is_unaffected_by_a_new_primary_address() {
    let server = test_server();
    let body = json!({ "gravatar_email": "jane.doe@example.com" });
    let before = server.patch(super::PROFILE).janes_password().json(body).send().expect(200);
    patch(&server, json!({ "email": "second@example.com", "primary": true })).expect(200);
    assert_eq!(user(&server)["gravatar_url"], before["gravatar_url"]);
}

#[test]
fn the_primary_address_can_change_repeatedly() {
    let server = test_server();
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
fn verified_and_primary_can_be_set_together() {
    let server = test_server();
    let body = json!({ "email": "second@example.com", "verified": true, "primary": true });
    assert_eq!(patch(&server, body.clone()).expect(200).to_string(), body.to_string());
    assert_eq!(emails(&server)[0], body);
}

#[test]
fn verified_and_primary_must_be_true_or_absent() {
    let server = test_server();
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
                assert_names_fields(&answer, &[field]);
            }
        }
    }
    assert_unchanged(&server);
}

#[test]
fn a_patch_with_one_invalid_field_changes_nothing() {
    let server = test_server();
    for (verified, primary, bad) in [(true, false, "primary"), (false, true, "verified")] {
        let body = json!({ "email": "second@example.com", "verified": verified, "primary": primary });
        assert_names_fields(&patch(&server, body).expect(400), &[bad]);
    }
    assert_unchanged(&server);
}

#[test]
fn true_can_be_written_as_a_string_or_as_1() {
    for (verified, primary) in [(json!("true"), json!("1")), (json!(1), json!("true"))] {
        let server = test_server();
        let body = json!({ "email": "second@example.com", "verified": verified, "primary": primary });
        let expected = json!({ "email": "second@example.com", "verified": true, "primary": true });
        assert_eq!(patch(&server, body).expect(200), expected);
    }
}

#[test]
fn exactly_one_address_is_primary_during_concurrent_changes() {
    let server = &test_server();
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
