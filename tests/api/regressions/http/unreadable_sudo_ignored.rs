//! An administrator's client sends a `sudo` that the server cannot read. The request must be refused: it used to run
//! with the administrator's own rights, so that `DELETE /api/v4/users/3` "as John" deleted the user.

use crate::attacks::{raw, request};
use crate::harness::{ROOT, Request, Server};
use serde_json::{Value, json};

/// Requests that need no body, and so never noticed that they could not read it.
const REQUESTS: [(&str, &str); 5] = [
    ("DELETE", "/api/v4/users/3"),
    ("DELETE", "/api/v4/users/3/keys/2"),
    ("DELETE", "/api/v4/users/3/identities/provider_name"),
    ("POST", "/api/v4/users/3/block"),
    ("POST", "/api/v4/users/3/ban"),
];

/// The user whom the requests would delete, change or block.
fn jack(server: &Server) -> [Value; 2] {
    ["/api/v4/users/3", "/api/v4/users/3/keys"].map(|path| server.get(path).private_token(ROOT).send().expect(200))
}

/// Sends every request as the administrator, changed by `change`, and checks that it is refused with this status and
/// that nothing has happened.
#[track_caller]
fn assert_refused(status: u16, query: &str, change: impl Fn(Request) -> Request) {
    let server = Server::demo();
    let before = jack(&server);
    for (method, path) in REQUESTS {
        let answer = change(server.call(method, &format!("{path}{query}")).private_token(ROOT)).send();
        assert_eq!(answer.status, status, "{method} {path}{query}: {answer:?}");
        assert!(answer.json().is_object(), "{answer:?}");
        assert_eq!(jack(&server), before, "{method} {path}{query}");
    }
}

fn typed<'a>(content_type: &'a str, body: &'a str) -> impl Fn(Request) -> Request + 'a {
    move |call| call.header("Content-Type", content_type).body(body)
}

#[test]
fn in_malformed_json() {
    for body in [r#"{"sudo": "john_smith",}"#, r#"{"sudo": "john_smith""#, r#"{"sudo": john_smith}"#, "[]"] {
        assert_refused(400, "", typed("application/json", body));
        assert_refused(400, "", |call| call.body(body));
    }
}

#[test]
fn in_a_body_of_an_unsupported_type() {
    for content_type in ["text/plain", "application/octet-stream", "application/json; charset=utf-16"] {
        assert_refused(415, "", typed(content_type, r#"{"sudo": "john_smith"}"#));
    }
    assert_refused(415, "", |call| call.header("Content-Encoding", "gzip").json(json!({"sudo": "john_smith"})));
}

#[test]
fn in_a_body_that_is_too_large() {
    let body = json!({"ignored": "x".repeat(1 << 20), "sudo": "john_smith"});
    assert_refused(413, "", |call| call.json(body.clone()));
}

#[test]
fn in_a_form_that_is_not_utf_8_or_has_no_boundary() {
    assert_refused(400, "", typed("application/x-www-form-urlencoded", "sudo=john_smith&x=%FF"));
    assert_refused(400, "", typed("multipart/form-data", "--B\r\n\r\n--B--\r\n"));
}

#[test]
fn of_the_wrong_type() {
    for sudo in [json!(["john_smith"]), json!({"id": 1}), json!(1.5), json!(true)] {
        assert_refused(400, "", |call| call.json(json!({"sudo": sudo})));
    }
}

#[test]
fn given_twice() {
    assert_refused(400, "", |call| call.header("Sudo", "john_smith").header("Sudo", "root"));
    assert_refused(400, "", |call| call.header("Sudo", "root").header("Sudo", "john_smith"));
    assert_refused(400, "", |call| call.header("Sudo", "john_smith").header("sudo", "john_smith"));
    assert_refused(400, "?sudo=john_smith&sudo=root", |call| call);
    assert_refused(400, "?%73udo=john_smith&sudo=root", |call| call);
    assert_refused(400, "", typed("application/json", r#"{"sudo": "john_smith", "sudo": "root"}"#));
    assert_refused(400, "", typed("application/x-www-form-urlencoded", "sudo=john_smith&sudo=root"));
}

#[test]
fn in_a_query_that_is_not_utf_8() {
    assert_refused(400, "?sudo=%FF", |call| call);
    assert_refused(400, "?sud%6F=%FFjohn_smith", |call| call);
}

/// An encoded name is the same name (RFC 3986 section 6.2.2.2), so John acts, who is not allowed to do any of this.
#[test]
fn under_a_percent_encoded_name() {
    for query in ["?%73udo=john_smith", "?sud%6f=1", "?x=y&%73%75%64%6F=john_smith", "?%73udo=john%5Fsmith"] {
        assert_refused(403, query, |call| call);
    }
    assert_refused(403, "", typed("application/x-www-form-urlencoded", "%73udo=john_smith"));
    assert_refused(403, "", typed("application/json", r#"{"\u0073udo": "john_smith"}"#));
    let server = Server::demo();
    let user = server.get("/api/v4/user?%73udo=john_smith").private_token(ROOT).send().expect(200);
    assert_eq!(user["username"], "john_smith");
}

#[test]
fn in_a_header_that_is_not_text() {
    let server = Server::demo();
    let before = jack(&server);
    for (method, path) in REQUESTS {
        let head = request(method, path, &format!("PRIVATE-TOKEN: {ROOT}\r\n"));
        let bytes = [&head[..head.len() - 2], b"Sudo: john_smith\xff\r\n\r\n"].concat();
        let (statuses, answer) = raw(&server, &bytes);
        assert!(statuses.len() == 1 && (400..500).contains(&statuses[0]), "{method} {path}: {answer}");
        assert_eq!(jack(&server), before, "{method} {path}");
    }
}

/// A readable `sudo` works in each of these places, so the tests above fail for no other reason.
#[test]
fn is_read_everywhere_it_may_be() {
    let server = Server::demo();
    let call = || server.post("/api/v4/user/emails").private_token(ROOT);
    let email = |n: u32| json!({"email": format!("{n}@example.com")});
    let with_sudo = |n: u32| json!({"email": format!("{n}@example.com"), "sudo": "john_smith"});
    for call in [
        call().header("Sudo", "john_smith").json(email(1)),
        call().with_query("?sudo=john_smith").json(email(2)),
        call().json(with_sudo(3)),
        call().form(&[("email", "4@example.com"), ("sudo", "1")]),
        call().body(with_sudo(5).to_string()),
    ] {
        call.send().expect(201);
    }
    let emails = server.get("/api/v4/users/1/emails").private_token(ROOT).send().expect(200);
    assert_eq!(emails.as_array().unwrap().len(), 5, "{emails}");
}
