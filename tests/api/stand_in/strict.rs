//! `--strict`: 501 for requests that no route handles.

use super::requests;
use crate::harness::{ROOT, Server};

#[test]
fn a_request_without_a_route_is_501_and_names_what_is_missing() {
    let server = Server::demo_with(&["--control", "--strict"]);
    for (method, path, field) in [
        ("GET", "/api/v4/projects/7", "message"),
        ("DELETE", "/api/v4/users", "message"),
        ("GET", "/api/v3/projects", "message"),
        ("GET", "/api/v1.1/repositories", "detail"),
        ("POST", "/oauth/nothing", "message"),
        ("PATCH", "/oauth/token", "error_description"),
        ("GET", "/elsewhere/x", "message"),
    ] {
        let answer = server.call(method, path).private_token(ROOT).send();
        assert_eq!(answer.status, 501, "{answer:?}");
        let expected = format!("501 Not Implemented: no route handles {method} {path}");
        assert_eq!(answer.json()[field], expected.as_str(), "{answer:?}");
    }
    let page = server.get("/account/nothing").send();
    assert!(page.status == 501 && page.body.contains("no route handles GET /account/nothing"), "{page:?}");
    let other_method = server.delete("/api/v4/users").send();
    assert!(other_method.header("allow").is_some_and(|allow| allow.contains("GET")), "{other_method:?}");
    assert!(requests(&server).iter().all(|entry| entry["unrouted"] == true && entry["answer"]["status"] == 501));
}

#[test]
fn objects_that_do_not_exist_and_control_calls_are_as_ever() {
    let server = Server::demo_with(&["--control", "--strict"]);
    server.get("/api/v4/users/999").private_token(ROOT).send().expect(404);
    server.get("/api/v4/users").private_token(ROOT).send().expect(200);
    server.get("/_accountd/nothing").send().expect(404);
    server.get("/_accountd/reset").send().expect(405);
}

#[test]
fn without_it_the_dialects_answer() {
    let server = super::stand_in();
    server.get("/api/v4/projects/7").send().expect(404);
    server.delete("/api/v4/users").send().expect(405);
}
