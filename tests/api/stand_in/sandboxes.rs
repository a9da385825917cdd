//! Sandboxes: complete states beside each other in one process.

use super::{create_user, refusal, stand_in, users};
use crate::harness::{JANE, Request, Server};
use serde_json::{Value, json};
use std::net::TcpStream;

fn create(server: &Server, body: Value) -> String {
    let created = server.post("/_accountd/sandboxes").json(body).send().expect(201);
    created["url"].as_str().unwrap().to_owned()
}

#[test]
fn each_sandbox_has_its_own_accounts_and_is_controlled_on_its_own_port() {
    let server = stand_in();
    let (one, two) = (create(&server, json!({"name": "one"})), create(&server, json!({"name": "two"})));
    assert!(one != two && one != server.url());
    create_user(&one, "ada");
    assert!(users(&one).contains(&"ada".to_owned()));
    assert!(!users(&two).contains(&"ada".to_owned()) && !users(&server.url()).contains(&"ada".to_owned()));
    let health = Request::to("GET", &format!("{one}/_accountd/health")).send().expect(200);
    assert_eq!((health["sandbox"].as_str(), health["epoch"].as_u64()), (Some("one"), Some(1)));
    Request::to("POST", &format!("{one}/_accountd/reset")).send().expect(200);
    assert!(!users(&one).contains(&"ada".to_owned()));
    let list = server.get("/_accountd/sandboxes").send().expect(200);
    assert_eq!(list, json!({"sandboxes": [{"name": "one", "url": one}, {"name": "two", "url": two}]}));
    // A sandbox has none of its own.
    let nested = Request::to("POST", &format!("{one}/_accountd/sandboxes")).json(json!({"name": "three"})).send();
    assert_eq!(refusal(nested), (404, "not_found".to_owned()));
}

#[test]
fn a_sandbox_can_begin_as_the_current_state_or_a_snapshot() {
    let server = stand_in();
    create_user(&server.url(), "ada");
    server.put("/_accountd/snapshots/ada").send().expect(200);
    let current = create(&server, json!({"name": "current", "from": "current"}));
    let snapshot = create(&server, json!({"name": "snapshot", "from": "snapshot:ada"}));
    let seed = create(&server, json!({"name": "seed", "from": "seed"}));
    assert!(users(&current).contains(&"ada".to_owned()) && users(&snapshot).contains(&"ada".to_owned()));
    assert!(!users(&seed).contains(&"ada".to_owned()));
    // It is reset to what it began as.
    create_user(&current, "grace");
    Request::to("POST", &format!("{current}/_accountd/reset")).send().expect(200);
    assert!(users(&current).contains(&"ada".to_owned()) && !users(&current).contains(&"grace".to_owned()));
}

/// The base URL names the first server: a client that follows the links of a sandbox must not get there.
#[test]
fn links_of_a_sandbox_lead_to_itself() {
    let server = Server::demo_with(&["--control", "--base-url", "https://accounts.example.com"]);
    let sandbox = create(&server, json!({"name": "t1"}));
    let profile = |url: &str| Request::to("GET", &format!("{url}/api/v1.1/users/janedoe/")).bearer(JANE).send();
    let (first, second) = (profile(&server.url()).expect(200), profile(&sandbox).expect(200));
    assert_eq!(first["url"], "https://accounts.example.com/api/v1.1/users/janedoe/");
    assert_eq!(second["url"], format!("{sandbox}/api/v1.1/users/janedoe/"));
}

#[test]
fn a_deleted_sandbox_frees_its_port_and_its_name() {
    let server = stand_in();
    let url = create(&server, json!({"name": "t1"}));
    let address = url.strip_prefix("http://").unwrap();
    assert_eq!(server.delete("/_accountd/sandboxes/t1").send().status, 204);
    let closed = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        TcpStream::connect(address).is_err()
    });
    assert!(closed, "{address} still accepts connections");
    assert_eq!(refusal(server.delete("/_accountd/sandboxes/t1").send()), (404, "not_found".to_owned()));
    create(&server, json!({"name": "t1"}));
}

#[test]
fn a_name_is_used_once_and_is_plain() {
    let server = stand_in();
    create(&server, json!({"name": "t1"}));
    let refused = |body: Value| refusal(server.post("/_accountd/sandboxes").json(body).send());
    assert_eq!(refused(json!({"name": "t1"})), (409, "conflict".to_owned()));
    assert_eq!(refused(json!({"name": "../t"})), (422, "invalid".to_owned()));
    assert_eq!(refused(json!({"name": "t2", "from": "elsewhere"})), (422, "invalid".to_owned()));
    assert_eq!(refused(json!({"name": "t2", "form": "seed"})), (400, "unknown_key".to_owned()));
    assert_eq!(refused(json!({})), (400, "unreadable".to_owned()));
}
