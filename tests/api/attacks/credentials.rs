//! Credentials that are duplicated, malformed, or meant for another dialect.

use super::{assert_still_serves, raw, request};
use crate::harness::{JACK, JANE, JOHN, ROOT, Request, Response, Server};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

const JOHNS_PROFILE: &str = "/api/v1.1/users/john_smith/";

/// Checks for a 401 in the dialect's format, with its challenges, that does not repeat the secret.
#[track_caller]
fn assert_unauthenticated(answer: &Response, secret: &str) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let challenges = answer.all("www-authenticate");
    if answer.names() == ["detail"] {
        assert_eq!(challenges, [r#"Basic realm="accountd""#, r#"Bearer realm="accountd""#]);
    } else {
        assert_eq!(answer.json(), json!({"message": "401 Unauthorized"}));
        assert_eq!(challenges.len(), 1);
    }
    assert!(secret.len() < 4 || !format!("{answer:?}").contains(secret), "{answer:?}");
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(bytes))
}

#[test]
fn two_authorization_headers() {
    let server = Server::demo();
    let right = encoded("john_smith:john-password");
    let bearer = format!("Bearer {JOHN}");
    for (first, second) in [
        (right.as_str(), right.as_str()),
        (&right, "Basic x"),
        ("Basic x", &right),
        (&right, &bearer),
        (&bearer, &right),
        (&bearer, &bearer),
        (&bearer, "Bearer wrong"),
        ("", &bearer),
    ] {
        for path in [JOHNS_PROFILE, "/api/v3/user"] {
            let call = server.get(path).header("Authorization", first).header("Authorization", second);
            assert_unauthenticated(&call.send(), JOHN);
        }
    }
    // Nor is one header with a list of credentials accepted.
    for path in [JOHNS_PROFILE, "/api/v3/user"] {
        assert_unauthenticated(&server.get(path).header("Authorization", &format!("{bearer}, {bearer}")).send(), JOHN);
    }
    assert_still_serves(&server);
}

#[test]
fn two_private_tokens_in_one_request() {
    let server = Server::demo();
    let two = server.get("/api/v3/user").private_token(JOHN).private_token(ROOT).send();
    assert_unauthenticated(&two, JOHN);
    let two = server.get(&format!("/api/v3/user?private_token={JOHN}&private_token={ROOT}")).send();
    assert_unauthenticated(&two, JOHN);
    let body = format!("{{\"private_token\":\"{JOHN}\",\"private_token\":\"{ROOT}\"}}");
    let two = server.delete("/api/v3/user/keys/1").header("Content-Type", "application/json").body(body).send();
    assert_unauthenticated(&two, JOHN);
}

#[test]
fn malformed_basic_credentials() {
    let server = Server::demo();
    let long = encoded("x".repeat(30_000));
    let long_password = encoded(format!("john_smith:{}", "x".repeat(30_000)));
    for header in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic =",
        "Basic ====",
        "Basic am9obl9zbWl0aDpqb2huLXBhc3N3b3Jk=", // superfluous padding
        "Basic am9obl9zbWl0aDpqb2huLXBhc3N3b3J",   // truncated
        "Basic john_smith:john-password",
        "Basic am9obl9zbWl0aDpqb2hu LXBhc3N3b3Jk",
        "Basic\tam9obl9zbWl0aDpqb2huLXBhc3N3b3Jk",
        "BasicX am9obl9zbWl0aDpqb2huLXBhc3N3b3Jk",
        "Digest username=\"john_smith\"",
        "Negotiate YII=",
        "am9obl9zbWl0aDpqb2huLXBhc3N3b3Jk",
        &encoded("john_smith"),
        &encoded(""),
        &encoded(":"),
        &encoded("john_smith:"),
        &encoded(":john-password"),
        &encoded(" john_smith:john-password"),
        &encoded("john_smith :john-password"),
        &encoded("john_smith: john-password"),
        &encoded("john_smith:john-password\n"),
        &encoded("john_smith\0:john-password"),
        &encoded("john_smith:john-password\0"),
        &encoded(b"john_smith:\xff\xfe"),
        &encoded(b"\xff\xfe:john-password"),
        &encoded("%john_smith%:john-password"),
        &encoded("john_smit_:john-password"),
        &encoded("' OR 1=1 --:x"),
        &long,
        &long_password,
    ] {
        let answer = server.get(JOHNS_PROFILE).header("Authorization", header).send();
        assert_eq!(answer.names(), ["detail"]);
        assert_unauthenticated(&answer, header.strip_prefix("Basic ").unwrap_or_default());
    }
    server.get(JOHNS_PROFILE).header("Authorization", &encoded("john_smith:john-password")).send().expect(200);
    assert_still_serves(&server);
}

#[test]
fn non_ascii_credentials() {
    let server = Server::demo();
    for header in [
        &b"Authorization: Bearer \xff\xfe\r\n"[..],
        b"Authorization: \xc3\xa9\r\n",
        b"Authorization: Basic \xe2\x80\x8b\r\n",
        b"PRIVATE-TOKEN: \xff\r\n",
        b"PRIVATE-TOKEN: tok\xc3\xa9n\r\n",
    ] {
        for path in [JOHNS_PROFILE, "/api/v3/user"] {
            let head = request("GET", path, "");
            let bytes = [&head[..head.len() - 2], header, b"\r\n"].concat();
            let (statuses, answer) = raw(&server, &bytes);
            assert_eq!(statuses, [401], "{answer}");
        }
    }
    assert_still_serves(&server);
}

#[test]
fn almost_valid_tokens() {
    let server = Server::on_file_without_passwords(&[]);
    let hash: String = server.sql("SELECT lower(hex(hash)) FROM tokens ORDER BY id LIMIT 1");
    let long = JOHN.repeat(500);
    for token in [
        &JOHN[..JOHN.len() - 1],
        &JOHN[1..],
        &JOHN.to_uppercase(),
        &format!("{JOHN}{JOHN}"),
        &format!("{JOHN},{ROOT}"),
        &hash,
        &long,
        "*",
        "%",
        "' OR '1'='1",
        "null",
        "undefined",
        "0",
    ] {
        for call in [
            server.get("/api/v3/user").private_token(token),
            server.get("/api/v3/user").bearer(token),
            server.get(JOHNS_PROFILE).bearer(token),
        ] {
            assert_unauthenticated(&call.send(), token);
        }
    }
    assert_still_serves(&server);
}

#[test]
fn an_empty_password_for_a_user_without_a_password() {
    let server = Server::on_file_without_passwords(&[]);
    for password in ["", " ", "null", "john-password"] {
        assert_unauthenticated(&server.get(JOHNS_PROFILE).basic("john_smith", password).send(), password);
        let session = json!({"login": "john_smith", "password": password});
        let status = server.post("/api/v3/session").json(session).send().status;
        assert_eq!(status, if password.trim().is_empty() { 400 } else { 401 }, "{password:?}");
    }
}

#[test]
fn another_users_token_as_the_password() {
    let server = Server::demo();
    server.get(JOHNS_PROFILE).basic("john_smith", JOHN).send().expect(200);
    server.get(JOHNS_PROFILE).basic("john@example.com", JOHN).send().expect(200);
    for (user, token) in [("jack_smith", JOHN), ("john_smith", ROOT), ("john_smith", JANE), ("", JOHN), (JOHN, "")] {
        assert_unauthenticated(&server.get(JOHNS_PROFILE).basic(user, token).send(), token);
    }
}

/// Each dialect refuses credentials that only the other one accepts.
#[test]
fn credentials_of_another_dialect() {
    let server = Server::demo();
    let refused: Vec<(Request, u16)> = vec![
        (server.get(JOHNS_PROFILE).private_token(JOHN), 401),
        (server.get(&format!("{JOHNS_PROFILE}?private_token={JOHN}")), 401),
        (server.get(&format!("{JOHNS_PROFILE}?access_token={JOHN}")), 401),
        (server.patch(JOHNS_PROFILE).json(json!({"private_token": JOHN, "company": "x"})), 401),
        (server.get("/api/v3/user").basic("john_smith", "john-password"), 401),
        (server.get("/api/v3/user").basic("john_smith", JOHN), 401),
        (server.get("/api/v3/user").bearer(JANE), 403),
        (server.get("/api/v3/user").private_token(JANE), 403),
        (server.get("/api/v3/users").private_token(JANE), 403),
        (server.get("/api/v3/user/keys").private_token(JANE), 403),
        (server.get("/api/v1.1/users/jack_smith/").bearer(JACK), 403),
        (server.get("/api/v1.1/users/jack_smith/emails/").bearer(JACK), 403),
        (server.get("/api/v1.1/users/jack_smith/").basic("jack_smith", JACK), 403),
        (server.patch("/api/v1.1/users/jack_smith/").bearer(JACK).json(json!({"company": "x"})), 403),
    ];
    for (at, (call, status)) in refused.into_iter().enumerate() {
        assert_eq!(call.send().status, status, "case {at}");
    }
    // A foreign credential beside a valid one is ignored.
    assert_eq!(server.get(JOHNS_PROFILE).private_token("wrong").bearer(JOHN).send().expect(200)["id"], 1);
    assert_eq!(server.get("/api/v3/user").private_token(JOHN).basic("nobody", "wrong").send().expect(200)["id"], 1);
}
