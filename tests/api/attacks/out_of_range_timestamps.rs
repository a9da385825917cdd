//! Timestamps that can be stored but not formatted again. One user's key with such an expiry once made every list of
//! keys fail.

use super::assert_still_serves;
use crate::harness::{JOHN, ROOT, Server, read_file, run};
use serde_json::{Value, json};

/// Times beyond the last one that every time zone writes with a four-digit year: 9999-12-31T23:59:59 in the
/// westernmost.
const TOO_LATE: [&str; 3] =
    ["9999-12-30T22:00:00.000001Z", "9999-12-30T22:00:00.999999999Z", "9999-12-31T23:59:59.5+25:59"];

/// The statuses of the requests that list keys and tokens.
fn list_statuses(server: &Server) -> Vec<u16> {
    let by_root =
        ["/allowed_signers", "/api/v3/users/1/keys", "/api/v4/users/1/keys", "/api/v4/personal_access_tokens"];
    let mut statuses: Vec<_> = by_root.iter().map(|path| server.get(path).private_token(ROOT).send().status).collect();
    statuses.push(server.get("/api/v3/user/keys").private_token(JOHN).send().status);
    statuses.push(server.get("/john_smith.keys").send().status);
    statuses
}

#[test]
fn a_key_with_an_out_of_range_expiry() {
    let server = Server::demo_with(&["--gitlab-errors", "precise"]);
    let key = read_file("fixtures/keys/accepted/ecdsa-384.pub");
    for version in ["v3", "v4"] {
        for end in TOO_LATE {
            let body = json!({"title": "far", "key": key, "expires_at": end});
            let refused = server.post(&format!("/api/{version}/user/keys")).private_token(JOHN).json(body).send();
            assert_eq!(crate::harness::names(&refused.expect(400)["message"]), ["expires_at"], "{version} {end}");
        }
    }
    assert_eq!(list_statuses(&server), [200; 6]);
    let latest = json!({"title": "far", "key": key, "expires_at": "9999-12-30T21:59:59.999999Z"});
    server.post("/api/v3/user/keys").private_token(JOHN).json(latest).send().expect(201);
    assert_eq!(list_statuses(&server), [200; 6]);
    assert_still_serves(&server);
}

#[test]
fn a_token_with_an_out_of_range_expiry() {
    let server = Server::demo();
    for end in TOO_LATE {
        let body = json!({"name": "far", "scopes": ["api"], "expires_at": end});
        let refused = server.post("/api/v4/user/personal_access_tokens").private_token(JOHN).json(body).send();
        assert_eq!(crate::harness::names(&refused.expect(400)["message"]), ["expires_at"], "{end}");
    }
    assert_eq!(list_statuses(&server), [200; 6]);
    assert_still_serves(&server);
}

#[test]
fn a_fixture_with_out_of_range_times() {
    let folder = tempfile::tempdir().unwrap();
    let (file, db) = (folder.path().join("far.json"), folder.path().join("test.db"));
    let key = read_file("fixtures/keys/accepted/ed25519.pub");
    let far = TOO_LATE[0];
    let user = |more: Value| {
        let mut user = json!({"username": "eve", "emails": [{"email": "eve@example.com"}]});
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user
    };
    for (path, entry) in [
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
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(path) && stderr.contains("too far away") && stderr.lines().count() == 1, "{stderr}");
    }
    assert!(!db.exists());
}
