//! `--control`, `accountd stand-in`, `--ready` and `--exit-with-stdin`.

use super::stand_in;
use crate::harness::{ROOT, Request, Response, Server, accountd, file, run};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `accountd` with these arguments, and returns it with the first line of its output.
fn start(args: &[&str]) -> (Program, String) {
    let mut child = accountd(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Program(child), line)
}

#[test]
fn control_of_a_file_is_a_usage_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("a.db");
    let output = run(&["serve", "--control", "--db", db.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--control needs --memory") && said.contains("every account"), "{said}");
    assert!(!db.exists());
}

#[test]
fn control_has_no_environment_variable() {
    let server = Server::start_command(tempfile::tempdir().unwrap(), {
        let mut command = accountd(&["serve", "--memory", "--listen", "127.0.0.1:0"]);
        command.env("ACCOUNTD_CONTROL", "true");
        command
    });
    server.get("/_accountd/health").send().expect(404);
}

#[test]
fn without_control_its_paths_are_unknown_paths() {
    let same = |server: &Server| {
        for (method, path) in [("GET", "/_accountd/health"), ("POST", "/_accountd/reset"), ("GET", "/_accountd/")] {
            let (control, unknown) = (server.call(method, path).send(), server.call(method, "/_unknown/x").send());
            assert_eq!((control.status, &control.body), (404, &unknown.body), "{method} {path}");
            let names = |response: &Response| response.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            assert_eq!(names(&control), names(&unknown), "{method} {path}");
        }
    };
    same(&Server::on_file_without_passwords(&[]));
    same(&Server::demo());
}

#[test]
fn the_server_warns_that_callers_are_administrators() {
    let server = stand_in();
    server.get("/_accountd/health").send().expect(200);
    assert!(server.log().contains("whoever can reach this port is an administrator"), "{}", server.log());
    assert!(!Server::demo().log().contains("administrator:"));
}

#[test]
fn stand_in_announces_itself_as_json_and_has_the_demo_accounts() {
    let (program, line) = start(&["stand-in", "--ready", "json"]);
    let ready: Value = serde_json::from_str(&line).unwrap();
    let url = ready["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{ready}");
    assert_eq!(ready["control"], format!("{url}/_accountd"));
    assert_eq!(ready["pid"], program.0.id());
    assert_eq!(ready["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(ready.as_object().unwrap().len(), 4);
    let user = Request::to("GET", &format!("{url}/api/v4/user")).private_token(ROOT).send().expect(200);
    assert_eq!(user["username"], "root");
    let health = Request::to("GET", &format!("{url}/_accountd/health")).send().expect(200);
    assert_eq!(health, serde_json::json!({"version": env!("CARGO_PKG_VERSION"), "sandbox": "main", "epoch": 1}));
}

#[test]
fn stand_in_takes_seeds_and_refuses_other_addresses() {
    let (_program, line) = start(&["stand-in", file("fixtures/docker.json").to_str().unwrap()]);
    let url = line.trim().strip_prefix("listening on ").unwrap();
    let state = Request::to("GET", &format!("{url}/_accountd/state")).send().expect(200);
    let names: Vec<_> = state["users"].as_array().unwrap().iter().map(|user| user["username"].clone()).collect();
    assert_eq!(names, ["janedoe", "username"]);
    let output = run(&["stand-in", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("must be on loopback"));
}

#[test]
fn the_server_ends_with_its_stdin() {
    let (mut program, _) = start(&["stand-in", "--exit-with-stdin"]);
    assert!(program.0.try_wait().unwrap().is_none());
    drop(program.0.stdin.take());
    assert_eq!(program.0.wait().unwrap().code(), Some(0));
}

#[test]
fn operations_are_the_names_of_the_route_table() {
    let operations = stand_in().get("/_accountd/operations").send().expect(200);
    let operations = operations["operations"].as_array().unwrap();
    for name in ["gitlab.v4.users.create", "gitlab.v3.users.create", "docker.emails.delete"] {
        assert!(operations.contains(&name.into()), "{name}");
    }
    assert!(operations.iter().all(|name| !name.as_str().unwrap().starts_with("control.")), "{operations:?}");
}
