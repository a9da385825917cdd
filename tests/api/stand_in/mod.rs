//! The control service of a stand-in (`--control`), below `/_accountd/`.

mod after_reset;
mod broken_connections;
pub mod clock;
mod credentials;
mod deterministic;
mod events;
mod expect;
mod expiry;
mod faults;
mod guard;
mod journal;
mod next_authorization;
mod overtaken;
mod reset;
mod sandboxes;
mod secrets;
mod sizes;
mod strict;
mod turning_on;

use crate::harness::{Request, Response, Server};
use serde_json::{Value, json};

/// A stand-in with the accounts of `fixtures/demo.json`.
fn stand_in() -> Server {
    Server::demo_with(&["--control"])
}

fn reset(server: &Server, to: &str) -> Value {
    server.post("/_accountd/reset").json(json!({ "to": to })).send().expect(200)
}

/// Creates a fault, and returns its id.
#[track_caller]
fn create_fault(server: &Server, fault: Value) -> u64 {
    server.post("/_accountd/faults").json(fault).send().expect(201)["id"].as_u64().unwrap()
}

/// How many requests the fault has affected.
fn fault_hits(server: &Server, id: u64) -> u64 {
    server.get(&format!("/_accountd/faults/{id}")).send().expect(200)["hits"].as_u64().unwrap()
}

/// The entries of the journal.
fn requests(server: &Server) -> Vec<Value> {
    let page = server.get("/_accountd/requests").send().expect(200);
    page["requests"].as_array().unwrap().clone()
}

/// The user names that an administrator sees, by id.
fn users(url: &str) -> Vec<String> {
    let list = Request::to("GET", &format!("{url}/api/v3/users")).private_token(crate::harness::ROOT).send();
    list.expect(200).as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

/// Creates a user as an administrator, and returns the id.
fn create_user(url: &str, name: &str) -> i64 {
    let body = json!({
        "username": name, "name": name, "email": format!("{name}@example.com"), "password": "correct-horse"
    });
    let created = Request::to("POST", &format!("{url}/api/v3/users")).private_token(crate::harness::ROOT).json(body);
    created.send().expect(201)["id"].as_i64().unwrap()
}

/// The status and the `error` of a refused call.
fn refusal(response: Response) -> (u16, String) {
    let body = response.json();
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    (response.status, body["error"].as_str().unwrap().to_owned())
}
