//! The route table.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::StatusCode;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::{Server, limits};
use crate::http::reply;
use crate::http::request::{Call, Segment};
use crate::http::routes::routes;

struct App {
    name: &'static str,
}

type Outcome = Result<Response, StatusCode>;

async fn list(app: Arc<App>, call: Call) -> Outcome {
    Ok(reply::json(StatusCode::OK, &(app.name, call.raw_query())))
}

async fn create(_: Arc<App>, call: Call) -> Outcome {
    let fields = call.body().map_err(|error| error.status())?;
    Ok(reply::json(StatusCode::CREATED, &fields.contains("name")))
}

async fn show(_: Arc<App>, _: Call, user: Segment) -> Outcome {
    match user.as_str() {
        "nobody" => Err(StatusCode::NOT_FOUND),
        name => Ok(reply::json(StatusCode::OK, &name)),
    }
}

async fn remove(_: Arc<App>, _: Call, user: Segment, key: Segment) -> impl Reply {
    reply::with_header(
        reply::no_content(),
        hyper::header::HeaderName::from_static("x-removed"),
        format!("{}-{}", user.as_str(), key.into_string()).try_into().unwrap(),
    )
}

fn not_allowed(allow: &'static str) -> impl Reply {
    reply::json(StatusCode::METHOD_NOT_ALLOWED, &format!("only {allow}"))
}

async fn rejected(rejection: Rejection) -> Result<Response, Infallible> {
    assert!(rejection.is_not_found());
    Ok(reply::json(StatusCode::NOT_FOUND, &"not here"))
}

fn server() -> Server {
    let app = Arc::new(App { name: "app" });
    let table = routes! { app.clone(), not_allowed;
        "users" => { GET: list, POST: create }
        "users" / user => { GET: show }
        "users" / user / "keys" / key => { DELETE: remove, PUT: remove }
        "only" => { POST: create }
    };
    Server::start(limits(), warp::path!("api" / ..).and(table.recover(rejected)))
}

#[test]
fn rows_and_methods_choose_the_handler() {
    let server = server();
    assert_eq!(server.get("/api/users?a=b").body, r#"["app","a=b"]"#);
    assert_eq!(server.get("/api/users/jane%20doe").body, r#""jane doe""#);
    assert_eq!(server.get("/api/users/jane%252F").body, r#""jane%2F""#);
    let created = server.ask("POST /api/users HTTP/1.1\r\nContent-Length: 6\r\n\r\nname=1");
    assert_eq!((created.status(), created.body.as_str()), (201, "true"));
    let removed = server.ask("DELETE /api/users/a/keys/1 HTTP/1.1\r\n\r\n");
    assert_eq!((removed.status(), removed.header("x-removed")), (204, Some("a-1")));
    assert_eq!((removed.header("content-length"), removed.header("cache-control")), (None, Some("no-store")));
    assert_eq!(server.get("/api/users/nobody").status(), 404);
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
fn other_paths_are_left_to_the_dialect() {
    let server = server();
    for path in
        ["/api", "/api/", "/api/other", "/api/users/a/keys", "/api/users/%ff", "/api//users", "/api/users/a/keys/1/2"]
    {
        let answer = server.get(path);
        assert_eq!((answer.status(), answer.body.as_str()), (404, r#""not here""#), "{path}");
    }
}

#[test]
fn a_request_without_a_path_is_not_found() {
    let table = routes! { Arc::new(App { name: "app" }), not_allowed; "users" => { GET: list } };
    let server = Server::start(limits(), table);
    for strange in ["OPTIONS *", "CONNECT h:80", "GET http://h", "GET /", "GET //", "GET /%2F"] {
        let answer = server.ask(format!("{strange} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_eq!(answer.status(), 404, "{strange}");
    }
    let long = "/a".repeat(20_000);
    assert_eq!(server.get(&long).status(), 404);
}
