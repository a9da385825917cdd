//! `POST /session`: sign-in with a password.

use super::{not_given, unauthorized, update};
use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::{Value, json};

fn session(server: &Server, body: Value) -> Response {
    server.post("/api/v3/session").json(body).send()
}

#[track_caller]
fn token(server: &Server, login: &str, password: &str) -> String {
    let body = session(server, json!({"login": login, "password": password})).expect(201);
    body["private_token"].as_str().unwrap().to_owned()
}

#[test]
fn login_and_email_both_accept_a_username_and_an_address() {
    let server = Server::demo();
    for login in [
        json!({"login": "john_smith"}),
        json!({"login": "JOHN_Smith"}),
        json!({"login": "john@example.com"}),
        json!({"email": "john@example.com"}),
        json!({"email": "John@Example.COM"}),
        json!({"login": "john_smith", "unknown": [1]}),
    ] {
        let body = session(&server, super::merged(login.clone(), json!({"password": "john-password"}))).expect(201);
        assert_eq!((&body["id"], &body["username"]), (&json!(1), &json!("john_smith")), "{login}");
    }
}

#[test]
fn a_session_is_the_current_user_with_a_private_token() {
    let server = Server::demo();
    let answer = server.post("/api/v3/session").form(&[("login", "jack_smith"), ("password", "jack-password")]).send();
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut body = answer.json();
    assert_eq!(answer.names().pop().as_deref(), Some("private_token"));
    let token = body.as_object_mut().unwrap().remove("private_token").unwrap();
    let current = server.get("/api/v3/user").private_token(token.as_str().unwrap()).send().expect(200);
    assert_eq!(body.to_string(), current.to_string());
}

#[test]
fn a_session_token_has_every_scope_and_works_in_both_headers() {
    let server = Server::demo();
    let token = token(&server, "john_smith", "john-password");
    assert_eq!(server.get("/api/v3/user").private_token(&token).send().expect(200)["id"], 1);
    assert_eq!(server.get("/api/v3/user").bearer(&token).send().expect(200)["id"], 1);
    server.delete("/api/v3/user/keys/1").bearer(&token).send().expect(200);
    server.delete("/api/v3/user/keys/3").private_token(&token).send().expect(200);
    assert_eq!(server.get("/api/v3/user/keys").private_token(&token).send().expect(200), json!([]));
    server.get("/api/v3/users/1/keys").private_token(&token).send().expect(403);
}

#[test]
fn each_session_has_its_own_token() {
    let server = Server::demo();
    let (first, second) = (token(&server, "root", "root-password"), token(&server, "root", "root-password"));
    assert_ne!(first, second);
    for token in [first, second] {
        server.get("/api/v3/user").private_token(&token).send().expect(200);
    }
}

#[test]
fn every_failed_sign_in_is_the_same_401() {
    let server = Server::demo();
    server.put("/api/v3/users/3/block").private_token(ROOT).send().expect(200);
    for body in [
        json!({"login": "john_smith", "password": "john-passwore"}),
        json!({"login": "john_smith", "password": "JOHN-PASSWORD"}),
        json!({"login": "john_smith", "password": "john-password "}),
        json!({"login": "john_smith", "password": "x".repeat(100_000)}),
        json!({"login": "john_smith", "password": JOHN}),
        json!({"login": "jack@example.com", "password": "john-password"}),
        json!({"login": "nobody", "password": "john-password"}),
        json!({"email": "nobody@example.com", "password": "john-password"}),
        json!({"login": "john_smith\u{0}", "password": "john-password"}),
        json!({"login": "jack_smith", "password": "jack-password"}),
    ] {
        let answer = session(&server, body.clone());
        assert_eq!((answer.status, answer.json()), (401, unauthorized()), "{body}");
        assert!(answer.header("www-authenticate").is_some(), "{body}");
    }
}

#[test]
fn a_missing_parameter_is_named() {
    let server = Server::demo();
    for (body, missing) in [
        (json!({}), "login"),
        (json!({"password": "john-password"}), "login"),
        (json!({"login": "john_smith"}), "password"),
        (json!({"email": "john@example.com"}), "password"),
        (json!({"login": "john_smith", "password": null}), "password"),
        (json!({"login": "john_smith", "password": ""}), "password"),
    ] {
        assert_eq!(session(&server, body.clone()).expect(400), not_given(missing), "{body}");
    }
    assert_eq!(server.post("/api/v3/session").send().expect(400), not_given("login"));
}

#[test]
fn other_credentials_in_the_request_are_ignored() {
    let server = Server::demo();
    let right = json!({"login": "john_smith", "password": "john-password"});
    let post = || server.post("/api/v3/session");
    for call in [
        post().private_token("wrong").json(right.clone()),
        post().private_token("é").json(right.clone()),
        post().private_token(ROOT).json(right.clone()),
        post().bearer("wrong").json(right.clone()),
        post().basic("nobody", "wrong").json(right.clone()),
        post().header("Authorization", "Nonsense").json(right.clone()),
        post().json(super::merged(right.clone(), json!({"private_token": "wrong"}))),
        server.post("/api/v3/session?private_token=wrong").json(right.clone()),
    ] {
        assert_eq!(call.send().expect(201)["id"], 1);
    }
    let wrong = json!({"login": "john_smith", "password": "wrong"});
    assert_eq!(post().private_token(JOHN).json(wrong).send().expect(401), unauthorized());
}

#[test]
fn a_new_password_ends_sessions_but_not_personal_tokens() {
    let server = Server::demo();
    let (johns, jacks) = (token(&server, "john_smith", "john-password"), token(&server, "jack_smith", "jack-password"));
    update(&server, 1, json!({"name": "John"})).expect(200);
    server.get("/api/v3/user").private_token(&johns).send().expect(200);
    update(&server, 1, json!({"password": "another-password"})).expect(200);
    assert_eq!(server.get("/api/v3/user").private_token(&johns).send().expect(401), unauthorized());
    assert_eq!(server.get("/api/v3/user").bearer(&johns).send().expect(401), unauthorized());
    server.get("/api/v3/user").private_token(JOHN).send().expect(200);
    server.get("/api/v3/user").private_token(&jacks).send().expect(200);
    session(&server, json!({"login": "john_smith", "password": "john-password"})).expect(401);
    token(&server, "john_smith", "another-password");
}

#[test]
fn blocking_and_deleting_a_user_end_their_sessions() {
    let server = Server::demo();
    let (johns, jacks) = (token(&server, "john_smith", "john-password"), token(&server, "jack_smith", "jack-password"));
    server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200);
    server.delete("/api/v3/users/3").private_token(ROOT).send().expect(200);
    for token in [&johns, &jacks] {
        assert_eq!(server.get("/api/v3/user").private_token(token).send().expect(401), unauthorized());
    }
    server.get("/api/v3/user").private_token(JOHN).send().expect(401);
}

#[test]
fn every_method_but_post_is_405() {
    let server = Server::demo();
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
        let answer = server.call(method, "/api/v3/session").private_token(ROOT).send();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
}

/// A user keeps the newest hundred sessions (src/gitlab/README.md), so a client that signs in for every request does
/// not fill the database.
#[test]
fn the_hundred_and_first_session_ends_the_first() {
    let server = Server::demo();
    let sign_in = || {
        let body = json!({"login": "john_smith", "password": "john-password"});
        let session = server.post("/api/v3/session").json(body).send().expect(201);
        session["private_token"].as_str().unwrap().to_owned()
    };
    let status = |token: &str| server.get("/api/v3/user").private_token(token).send().status;
    let sessions: Vec<_> = (0..100).map(|_| sign_in()).collect();
    assert_eq!(status(&sessions[0]), 200);
    let newest = sign_in();
    assert_eq!([status(&sessions[0]), status(&sessions[1]), status(&newest)], [401, 200, 200]);
    // Personal tokens are not sessions and stay valid.
    assert_eq!(status(crate::harness::JOHN), 200);
}
