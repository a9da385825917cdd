//! `accountd demo`: example accounts, and curl commands that work when pasted.

use super::Program;
use crate::harness::read_file;
use serde_json::Value;
use std::process::{Command, Stdio};

/// Starts a demo; returns it with its output and its URL.
fn demo() -> (Program, String, String) {
    let program = Program::start(&["demo", "--listen", "127.0.0.1:0"]);
    let text = program.out_with("listening on ");
    let url = text.lines().find_map(|line| line.strip_prefix("listening on ")).unwrap().to_owned();
    (program, text, url)
}

/// Runs a curl command in a shell; returns the body and the status.
fn paste(line: &str) -> (String, u16) {
    let mut bash = Command::new("bash");
    let output = bash.args(["--norc", "-c", &format!("{line} --silent --write-out '\n%{{http_code}}'")]);
    let output = output.env("HOME", "/nonexistent").stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap_or_else(|| panic!("{line}: {text}"));
    (body.to_owned(), status.parse().unwrap())
}

#[test]
fn every_printed_curl_line_works() {
    let (_program, text, url) = demo();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("curl ")).collect();
    // The answers to them, in the order of the output, according to SPEC 4 and 5 and GitLab's documentation.
    let expected = [
        (200, "\"username\":\"janedoe\""),
        (200, "\"location\":\"Private Island\""),
        (201, "\"email\":\"jane.doe+other@example.com\""),
        (200, "\"username\":\"john_smith\""),
        (200, "X-Total: 5"),
        (201, "\"name\":\"Ada Lovelace\""),
        (201, "\"private_token\":\""),
        (200, "\"web_url\":\""),
        (201, "\"token\":\"glpat-"),
        (200, "ssh-ed25519 AAAA"),
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, (status, part)) in lines.into_iter().zip(expected) {
        assert!(line.contains(&url), "{line}");
        let (body, answered) = paste(line);
        assert_eq!(answered, status, "{line}: {body}");
        assert!(body.to_lowercase().contains(&part.to_lowercase()), "{line}: {body}");
    }
}

#[test]
fn every_demo_account_is_printed_and_works() {
    let (_program, text, url) = demo();
    let fixture: Value = serde_json::from_str(&read_file("fixtures/demo.json")).unwrap();
    for user in fixture["users"].as_array().unwrap() {
        let (name, password) = (user["username"].as_str().unwrap(), user["password"].as_str().unwrap());
        assert!(text.lines().any(|line| line.contains(name) && line.contains(password)), "{name}: {text}");
        let (_, status) = paste(&format!("curl -u '{name}:{password}' {url}/api/v1.1/users/{name}/"));
        assert_eq!(status, 200, "{name}");
        for token in user["tokens"].as_array().unwrap() {
            let (secret, scopes) = (token["token"].as_str().unwrap(), token["scopes"].as_array().unwrap());
            let line = text.lines().find(|line| line.contains(&format!("  {secret}  "))).unwrap();
            assert!(scopes.iter().all(|scope| line.contains(scope.as_str().unwrap())), "{line}");
        }
    }
}

#[test]
fn demo_stops_cleanly_on_sigterm() {
    let (program, text, _) = demo();
    assert_eq!(program.stop(), text);
}
