//! A moment so far away that it can be written and not be read again: one user's key with such an end was enough that
//! nobody could list keys any more.

use super::assert_goes_on;
use crate::harness::{JOHN, ROOT, Server, read_file, run};
use serde_json::{Value, json};

/// The last second that there is in four digits of a year: 9999-12-31T23:59:59 in the zone farthest west.
const LAST: [&str; 3] =
    ["9999-12-30T22:00:00.000001Z", "9999-12-30T22:00:00.999999999Z", "9999-12-31T23:59:59.5+25:59"];

/// The statuses of everything that reads every key and every token.
fn readers(server: &Server) -> Vec<u16> {
    let by_root =
        ["/allowed_signers", "/api/v3/users/1/keys", "/api/v4/users/1/keys", "/api/v4/personal_access_tokens"];
    let mut statuses: Vec<_> = by_root.iter().map(|path| server.get(path).private(ROOT).send().status).collect();
    statuses.push(server.get("/api/v3/user/keys").private(JOHN).send().status);
    statuses.push(server.get("/john_smith.keys").send().status);
    statuses
}

#[test]
fn a_key_that_ends_in_the_last_second_there_is() {
    let server = Server::demo_with(&["--gitlab-errors", "precise"]);
    let key = read_file("fixtures/keys/accepted/ecdsa-384.pub");
    for version in ["v3", "v4"] {
        for end in LAST {
            let body = json!({"title": "far", "key": key, "expires_at": end});
            let refused = server.post(&format!("/api/{version}/user/keys")).private(JOHN).json(body).send();
            assert_eq!(crate::harness::names(&refused.expect(400)["message"]), ["expires_at"], "{version} {end}");
        }
    }
    assert_eq!(readers(&server), [200; 6]);
    let last = json!({"title": "far", "key": key, "expires_at": "9999-12-30T21:59:59.999999Z"});
    server.post("/api/v3/user/keys").private(JOHN).json(last).send().expect(201);
    assert_eq!(readers(&server), [200; 6]);
    assert_goes_on(&server);
}

#[test]
fn a_token_that_ends_in_the_last_second_there_is() {
    let server = Server::demo();
    for end in LAST {
        let body = json!({"name": "far", "scopes": ["api"], "expires_at": end});
        let refused = server.post("/api/v4/user/personal_access_tokens").private(JOHN).json(body).send();
        assert_eq!(crate::harness::names(&refused.expect(400)["message"]), ["expires_at"], "{end}");
    }
    assert_eq!(readers(&server), [200; 6]);
    assert_goes_on(&server);
}

#[test]
fn a_fixture_with_the_last_second_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let (file, db) = (folder.path().join("far.json"), folder.path().join("test.db"));
    let key = read_file("fixtures/keys/accepted/ed25519.pub");
    let far = LAST[0];
    let user = |more: Value| {
        let mut user = json!({"username": "eve", "emails": [{"email": "eve@example.com"}]});
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user
    };
    for (place, entry) in [
        ("users[0].created_at", json!({"created_at": far})),
        ("users[0].emails[0].confirmed_at", json!({"emails": [{"email": "eve@example.com", "confirmed_at": far}]})),
        ("users[0].keys[0].created_at", json!({"keys": [{"title": "x", "key": key, "created_at": far}]})),
        ("users[0].keys[0].expires_at", json!({"keys": [{"title": "x", "key": key, "expires_at": far}]})),
        (
            "users[0].tokens[0].created_at",
            json!({"tokens": [{"token": "far-away", "scopes": ["api"], "created_at": far}]}),
        ),
        (
            "users[0].tokens[0].expires_at",
            json!({"tokens": [{"token": "far-away", "scopes": ["api"], "expires_at": far}]}),
        ),
    ] {
        std::fs::write(&file, json!({"users": [user(entry)]}).to_string()).unwrap();
        let output = run(&["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(place) && said.contains("too far away") && said.lines().count() == 1, "{said}");
    }
    let exported = run(&["export", "--db", db.to_str().unwrap()]);
    let exported: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(exported["users"], json!([]));
}
