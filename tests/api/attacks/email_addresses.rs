//! Email addresses that a mail program or a careless comparison would read as a different address.

use super::assert_still_serves;
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

const EMAILS: &str = "/api/v1.1/users/john_smith/emails/";

const HOSTILE: [&str; 53] = [
    "@",
    "a",
    "a@",
    "@example.com",
    " a@example.com",
    "a@example.com ",
    "a b@example.com",
    "a@exam ple.com",
    "\"a b\"@example.com",
    "\"a@b\"@example.com",
    "\"\"@example.com",
    "\"a\\\"b\"@example.com",
    "a\"b@example.com",
    "a@@example.com",
    "a@b@example.com",
    "jack@example.com@evil.example",
    "a@example.com,b@example.com",
    "a@example.com;b@example.com",
    "<a@example.com>",
    "A <a@example.com>",
    "a(comment)@example.com",
    "a@example.com(comment)",
    "jörg@example.com",
    "a@bücher.example",
    "a@例え.テスト",
    "jаck@example.com",
    "jack@example.com\u{200b}",
    "jack@\u{ff45}xample.com",
    "a\u{202e}@example.com",
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com\n",
    "a\u{0}@example.com",
    "jack@example.com\u{0}",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    ".a@example.com",
    "a.@example.com",
    "a..b@example.com",
    "a@.example.com",
    "a@example..com",
    "a@-example.com",
    "a@example-.com",
    "a@exa_mple.com",
    "a@example.com|sh",
    "a@exam$ple.com",
    "a@example!com",
    "a@example.com%00",
    "a@example.com#x",
    "a:b@example.com",
    "a\\@example.com",
    "' OR 1=1; --@example.com",
    "a@example.com?email=b",
    "a@example.com/../x",
];

fn emails(server: &Server) -> Value {
    server.get(EMAILS).bearer(JOHN).send().expect(200)
}

#[test]
fn adding_addresses_with_quotes_spaces_several_at_signs_non_ascii_or_control_characters() {
    let server = Server::demo_with(&["--gitlab-errors", "precise"]);
    let before = emails(&server);
    let long = format!("{}@example.com", "x".repeat(100_000));
    for address in HOSTILE.into_iter().chain([long.as_str()]) {
        let answer = server.post(EMAILS).bearer(JOHN).json(json!({"email": address})).send();
        assert_eq!((answer.status, answer.names()), (400, vec!["email".to_owned()]), "{address:?}");
        assert!(answer.body.len() < 300, "{address:?}");
        for call in [server.patch(EMAILS), server.delete(EMAILS)] {
            let answer = call.bearer(JOHN).json(json!({"email": address, "primary": true})).send();
            assert_eq!((answer.status, answer.json()), (404, super::docker_not_found()), "{address:?}");
        }
        let user = json!({"email": address, "password": "a-password", "username": "somebody", "name": "X"});
        for answer in [
            server.post("/api/v3/users").private_token(ROOT).json(user).send(),
            server.put("/api/v3/users/1").private_token(ROOT).json(json!({"email": address})).send(),
        ] {
            assert_eq!(answer.status, 400, "{address:?}");
            assert_eq!(crate::harness::names(&answer.json()["message"]), ["email"], "{address:?}");
        }
    }
    assert_eq!(emails(&server), before);
    assert_eq!(super::usernames(&server), super::DEMO_USERNAMES);
    assert_still_serves(&server);
}

#[test]
fn unusual_but_valid_addresses_are_accepted_and_stored_as_written() {
    let server = Server::demo();
    for address in [
        "o'brien@example.com",
        "a+b=c@example.com",
        "a@xn--bcher-kva.example",
        "A.B@Example.COM",
        "x@localhost",
        "!#$%&'*+-/=?^_`{|}~@example.com",
        "1@1.example",
    ] {
        let expected = json!({"email": address, "verified": false, "primary": false});
        assert_eq!(server.post(EMAILS).bearer(JOHN).json(json!({"email": address})).send().expect(201), expected);
        let found = emails(&server).as_array().unwrap().contains(&expected);
        assert!(found, "{address}");
        server.delete(EMAILS).bearer(JOHN).json(json!({"email": address})).send().expect(204);
    }
}

#[test]
fn claiming_another_users_address_in_another_case() {
    let server = Server::demo();
    for address in ["jack@example.com", "JACK@EXAMPLE.COM", "Jack@example.com", "John@Example.com"] {
        let answer = server.post(EMAILS).bearer(JOHN).json(json!({"email": address})).send();
        assert_eq!((answer.status, answer.names()), (400, vec!["email".to_owned()]), "{address}");
    }
    for call in [
        server.patch(EMAILS).json(json!({"email": "jack@example.com", "primary": true})),
        server.delete(EMAILS).json(json!({"email": "Jack@Example.com"})),
    ] {
        assert_eq!(call.bearer(JOHN).send().expect(404), super::docker_not_found());
    }
    let session = json!({"email": "jack@example.com", "password": "jack-password"});
    assert_eq!(server.post("/api/v3/session").json(session).send().expect(201)["email"], "jack@example.com");
}
