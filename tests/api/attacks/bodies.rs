//! Request bodies that are nested too deeply, malformed, ambiguous or incomplete.

use super::{DEMO_USERNAMES, assert_still_serves, raw_then_shutdown, request, usernames};
use crate::harness::{JANE, JOHN, ROOT, Response, Server};
use std::io::Write;

const JANE_PATH: &str = "/api/v1.1/users/janedoe/";

/// Sends the same bytes to a route of each dialect that takes a body.
fn send(server: &Server, content_type: &str, body: impl Into<Vec<u8>>) -> [Response; 2] {
    let body = body.into();
    let typed = |call: crate::harness::Request| match content_type {
        "" => call.body(body.clone()).send(),
        content_type => call.header("Content-Type", content_type).body(body.clone()).send(),
    };
    [typed(server.patch(JANE_PATH).bearer(JANE)), typed(server.put("/api/v3/users/1").private_token(ROOT))]
}

#[track_caller]
fn assert_refused(server: &Server, content_type: &str, body: impl Into<Vec<u8>>, status: u16, reason: &str) {
    for (answer, names) in send(server, content_type, body).into_iter().zip(["non_field_errors", "message"]) {
        assert_eq!(answer.status, status, "{answer:?}");
        let name = if status == 400 || names == "message" { names } else { "detail" };
        assert_eq!(answer.names(), [name], "{answer:?}");
        assert!(answer.body.contains(reason) && answer.body.len() < 400, "{answer:?}");
    }
    assert_eq!(server.get(JANE_PATH).bearer(JANE).send().expect(200)["full_name"], "Jane Doe");
    assert_still_serves(server);
}

#[test]
fn json_nested_100000_levels_deep() {
    let server = Server::demo();
    let depth = 100_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for body in [
            format!("{{\"full_name\":{}1{}}}", open.repeat(depth), close.repeat(depth)),
            format!("{{\"unknown\":{}", open.repeat(depth)),
            open.repeat(depth),
        ] {
            assert_refused(&server, "application/json", body.clone(), 400, "line 1");
            assert_refused(&server, "", body, 400, "line 1");
        }
    }
}

#[test]
fn json_with_a_known_member_twice() {
    let server = Server::demo();
    let [docker, gitlab] =
        send(&server, "application/json", r#"{"full_name":"A","name":"A","full_name":"B","name":"B"}"#);
    assert_eq!((docker.status, docker.names()), (400, vec!["full_name".to_owned()]));
    assert_eq!(gitlab.status, 400);
    assert!(gitlab.body.contains("\\\"name\\\""), "{gitlab:?}");
    let [docker, gitlab] = send(&server, "application/x-www-form-urlencoded", "full_name=A&name=A&full_name=B&name=B");
    assert_eq!((docker.status, gitlab.status), (400, 400));
    let [docker, gitlab] = send(&server, "application/json", r#"{"x":1,"x":2,"confirm":1,"confirm":2}"#);
    assert_eq!((docker.status, gitlab.status), (200, 200), "unknown members are ignored");
    assert_eq!(server.get("/api/v3/users/1").private_token(JOHN).send().expect(200)["name"], "John Smith");
    // Two valid addresses: neither is added.
    let body = r#"{"email":"one@example.com","email":"two@example.com"}"#;
    let call = server.post("/api/v1.1/users/janedoe/emails/").bearer(JANE).header("Content-Type", "application/json");
    assert_eq!(call.body(body).send().status, 400);
    let emails = server.get("/api/v1.1/users/janedoe/emails/").bearer(JANE).send().expect(200);
    assert_eq!(emails.as_array().unwrap().len(), 1);
}

#[test]
fn json_that_is_not_an_object() {
    let server = Server::demo();
    for body in ["[]", "[{\"full_name\":\"x\"}]", "1", "\"full_name\"", "true"] {
        assert_refused(&server, "application/json", body, 400, "object");
    }
}

#[test]
fn malformed_json() {
    let server = Server::demo();
    for body in [
        "{",
        "{\"full_name\"",
        "{\"full_name\":",
        "{\"full_name\":\"x\"",
        "{\"full_name\":\"x\",}",
        "{'full_name':'x'}",
        "{\"full_name\":\"x\"}}",
        "{\"full_name\":\"x\"}{}",
        "{\"full_name\":NaN}",
        "{\"full_name\":1e999}",
        "{\"full_name\":\"\\ud800\"}",
        "{\"full_name\":\"\\udc00\\ud800\"}",
        "{\"full_name\":\"\\x41\"}",
        "{\"a\":01}",
        "{\"full_name\":\"a\u{0}b\"}",
        "\u{0}{}",
        "{\"full_name\":\"a\nb\"}",
        "{/**/}",
        "full_name=x",
    ] {
        assert_refused(&server, "application/json", body, 400, "line ");
    }
    assert_refused(&server, "application/json", "{\"full_name\":\n\"x\"\n\"y\"}", 400, "line 3");
}

#[test]
fn nul_characters_in_texts() {
    let server = Server::demo();
    for (content_type, body) in [
        ("application/json", "{\"full_name\":\"a\\u0000b\",\"name\":\"a\\u0000b\"}"),
        ("application/x-www-form-urlencoded", "full_name=a%00b&name=a%00b"),
        ("application/x-www-form-urlencoded", "full_name=a\0b&name=a\0b"),
        (
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data; name=\"full_name\"\r\n\r\na\0b\r\n\
             --B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\0b\r\n--B--\r\n",
        ),
    ] {
        let [docker, gitlab] = send(&server, content_type, body);
        assert_eq!((docker.status, docker.names()), (400, vec!["full_name".to_owned()]), "{content_type}");
        assert_eq!(gitlab.status, 404, "{content_type}");
        assert_eq!(crate::harness::names(&gitlab.json()["message"]), ["name"], "{content_type}");
    }
    assert_eq!(server.get(JANE_PATH).bearer(JANE).send().expect(200)["full_name"], "Jane Doe");
    assert_still_serves(&server);
}

#[test]
fn invalid_utf8_in_json_forms_and_multipart() {
    let server = Server::demo();
    let multipart = |value: &[u8]| {
        [b"--B\r\nContent-Disposition: form-data; name=\"full_name\"\r\n\r\n", value, b"\r\n--B--\r\n"].concat()
    };
    for bad in [&b"\xff"[..], b"a\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"] {
        let json = [b"{\"full_name\":\"", bad, b"\"}"].concat();
        assert_refused(&server, "application/json", json, 400, "UTF-8");
        let form = [b"full_name=", bad].concat();
        assert_refused(&server, "application/x-www-form-urlencoded", form, 400, "UTF-8");
        let escaped: String = bad.iter().map(|byte| format!("%{byte:02x}")).collect();
        assert_refused(&server, "application/x-www-form-urlencoded", format!("full_name={escaped}"), 400, "UTF-8");
        assert_refused(&server, "application/x-www-form-urlencoded", format!("{escaped}=x"), 400, "UTF-8");
        assert_refused(&server, "multipart/form-data; boundary=B", multipart(bad), 400, "UTF-8");
    }
}

#[test]
fn a_multipart_body_without_an_end_or_a_start() {
    let server = Server::demo();
    let part = "--B\r\nContent-Disposition: form-data; name=\"full_name\"\r\n\r\nx";
    let huge = format!("{part}{}", "x".repeat(900_000));
    for body in [
        part,
        "--B",
        "--B\r\n",
        "B",
        "no boundary here",
        "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--",
        &huge,
    ] {
        assert_refused(&server, "multipart/form-data; boundary=B", body, 400, "multipart");
    }
    for content_type in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\""] {
        assert_refused(&server, content_type, format!("{part}\r\n--B--\r\n"), 400, "multipart");
    }
}

#[test]
fn a_compressed_body() {
    let server = Server::demo();
    for encoding in ["gzip", "deflate", "br", "gzip, gzip"] {
        let call = server.patch(JANE_PATH).bearer(JANE).header("Content-Encoding", encoding);
        let answer = call.header("Content-Type", "application/json").body(b"\x1f\x8b\x08\x00").send();
        assert_eq!((answer.status, answer.names()), (415, vec!["detail".to_owned()]), "{encoding}");
    }
    assert_still_serves(&server);
}

#[test]
fn a_body_that_is_cut_off() {
    let server = Server::demo();
    let head = format!("PUT /api/v3/users/1 HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\n");
    for rest in [
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=Half",
        "Content-Length: 100\r\n\r\n{\"name\":\"Half\"}",
        "Content-Length: 1000000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nE\r\n{\"name\":\"Half\"}\r\n",
        "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"name\":\"Half\"}",
    ] {
        let (statuses, answer) = raw_then_shutdown(&server, format!("{head}{rest}").as_bytes());
        assert!(statuses.is_empty() || statuses == [400], "{rest}: {answer}");
    }
    // A client that closes the connection in the middle of its body.
    let mut stream = server.connect();
    stream.write_all(format!("{head}Content-Length: 100\r\n\r\n{{\"name\":").as_bytes()).unwrap();
    drop(stream);
    assert_eq!(server.get("/api/v3/users/1").private_token(JOHN).send().expect(200)["name"], "John Smith");
    assert_still_serves(&server);
}

#[test]
fn a_chunked_body_with_hostile_chunk_sizes() {
    let server = Server::demo();
    let body = "{\"name\":\"Chunk\"}";
    for size in ["-1", "0x10", "ffffffffffffffff", "10000000000000000", "g", "", " 10", "1 0", "+10"] {
        let headers = format!("PRIVATE-TOKEN: {ROOT}\r\nTransfer-Encoding: chunked\r\n");
        let bytes =
            [request("PUT", "/api/v3/users/1", &headers), format!("{size}\r\n{body}\r\n0\r\n\r\n").into_bytes()]
                .concat();
        let (statuses, answer) = raw_then_shutdown(&server, &bytes);
        assert!(
            statuses.is_empty() || (statuses.len() == 1 && (400..500).contains(&statuses[0])),
            "{size:?}: {answer}"
        );
    }
    assert_eq!(server.get("/api/v3/users/1").private_token(JOHN).send().expect(200)["name"], "John Smith");
    assert_eq!(usernames(&server), DEMO_USERNAMES);
    assert_still_serves(&server);
}
