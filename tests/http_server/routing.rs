//! The route table.

use super::{Outcome, Server, TestDialect, TestError, limits, router};
use accountd::http::router::{anyone, delete, get, post, put};
use accountd::http::{Request, reply};
use hyper::StatusCode;
use std::sync::Arc;

async fn list(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    Ok(reply::json(StatusCode::OK, &("app", request.raw_query())))
}

async fn create(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    Ok(reply::json(StatusCode::CREATED, &request.body().contains("name")))
}

async fn show(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    match request.param("user") {
        "unknown" => Err(TestError::Missing),
        name => Ok(reply::json(StatusCode::OK, &name)),
    }
}

async fn remove(_: Arc<TestDialect>, request: Request, _: ()) -> Outcome {
    Ok(reply::with_header(
        reply::no_content(),
        hyper::header::HeaderName::from_static("x-removed"),
        format!("{}-{}", request.param("user"), request.param("key")).try_into().unwrap(),
    ))
}

fn server() -> Server {
    let router = router(vec![
        get("/users", "users.list", anyone(), list),
        post("/users", "users.create", anyone(), create),
        get("/users/{user}", "users.get", anyone(), show),
        delete("/users/{user}/keys/{key}", "keys.delete", anyone(), remove),
        put("/users/{user}/keys/{key}", "keys.put", anyone(), remove),
        post("/only", "only", anyone(), create),
    ]);
    assert!(router.routes().eq([
        ("GET", "/api/users", "test.users.list"),
        ("POST", "/api/users", "test.users.create"),
        ("GET", "/api/users/{user}", "test.users.get"),
        ("DELETE", "/api/users/{user}/keys/{key}", "test.keys.delete"),
        ("PUT", "/api/users/{user}/keys/{key}", "test.keys.put"),
        ("POST", "/api/only", "test.only"),
    ]));
    Server::start(limits(), router)
}

#[test]
fn the_path_and_the_method_choose_the_handler() {
    let server = server();
    assert_eq!(server.get("/api/users?a=b").body, r#"["app","a=b"]"#);
    assert_eq!(server.get("/api/users/jane%20doe").body, r#""jane doe""#);
    assert_eq!(server.get("/api/users/jane%252F").body, r#""jane%2F""#);
    let created = server.send("POST /api/users HTTP/1.1\r\nContent-Length: 6\r\n\r\nname=1");
    assert_eq!((created.status(), created.body.as_str()), (201, "true"));
    let removed = server.send("DELETE /api/users/a/keys/1 HTTP/1.1\r\n\r\n");
    assert_eq!((removed.status(), removed.header("x-removed")), (204, Some("a-1")));
    assert_eq!((removed.header("content-length"), removed.header("cache-control")), (None, Some("no-store")));
    assert_eq!(server.get("/api/users/unknown").status(), 404);
}

#[test]
fn a_final_slash_makes_no_difference() {
    let server = server();
    assert_eq!(server.get("/api/users/").status(), 200);
    assert_eq!(server.get("/api/users/jane/").body, r#""jane""#);
    assert_eq!(server.get("/api/users/jane//").status(), 404);
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    let server = server();
    let mut client = server.connect();
    client.send("HEAD /api/users/jane HTTP/1.1\r\nHost: h\r\n\r\n");
    client.send("GET /api/users/jane HTTP/1.1\r\nHost: h\r\n\r\n");
    let (head, get) = (client.answer_to("HEAD"), client.answer());
    assert_eq!((head.status(), get.status()), (200, 200));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert_eq!(get.body, r#""jane""#);
}

#[test]
fn a_known_path_with_another_method_is_405_with_allow() {
    let server = server();
    for (method, path, allow) in [
        ("DELETE", "/api/users", "GET, HEAD, POST"),
        ("OPTIONS", "/api/users/", "GET, HEAD, POST"),
        ("POST", "/api/users/jane", "GET, HEAD"),
        ("HEAD", "/api/users/a/keys/1", "DELETE, PUT"),
        ("GET", "/api/only", "POST"),
        ("BREW", "/api/only", "POST"),
    ] {
        let mut client = server.connect();
        client.send(format!("{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd"));
        let answer = client.answer_to(method);
        assert_eq!((answer.status(), answer.header("allow")), (405, Some(allow)), "{method} {path}");
        if method != "HEAD" {
            assert_eq!(answer.body, format!("\"only {allow}\""));
        }
    }
}

#[test]
fn unknown_paths_below_the_prefix_get_the_dialects_404() {
    let server = server();
    for path in
        ["/api", "/api/", "/api/other", "/api/users/a/keys", "/api/users/%ff", "/api//users", "/api/users/a/keys/1/2"]
    {
        let answer = server.get(path);
        assert_eq!((answer.status(), answer.body.as_str()), (404, r#""no such route""#), "{path}");
    }
}

#[test]
fn paths_outside_every_prefix_get_the_fallback_of_the_router() {
    let server = server();
    for target in ["OPTIONS *", "GET http://h", "GET /", "GET //", "GET /%2F", "GET /apix"] {
        let answer = server.send(format!("{target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_eq!((answer.status(), answer.body.as_str()), (200, "ok"), "{target}");
    }
    // A 200 to CONNECT has no body (RFC 9110, section 9.3.6).
    assert_eq!(server.send("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n").status(), 200);
    let long = "/a".repeat(20_000);
    assert_eq!(server.get(&long).body, "ok");
}

#[test]
#[should_panic(expected = "GET /api/users is in the table twice")]
fn a_duplicate_row_panics() {
    let row = || get("/users", "users.list", anyone(), list);
    router(vec![row(), row()]);
}
