//! The environment variables of settings.

use super::{Commands, Database, JANE, ok, refused, wrong_usage};
use crate::harness::{Request, accountd, file};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Output, Stdio};

fn run(args: &[&str], variables: &[(&str, &str)]) -> Output {
    accountd(args).envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn environment_variables_set_the_database_and_the_output_format() {
    let database = Database::light();
    let db = database.path().to_str().unwrap();
    let json = |value| {
        let text = ok(run(&["user", "show", "joe"], &[("ACCOUNTD_DB", db), ("ACCOUNTD_JSON", value)]));
        serde_json::from_str::<Value>(&text).is_ok()
    };
    for (value, expected) in [("1", true), ("true", true), ("0", false), ("false", false)] {
        assert_eq!(json(value), expected, "{value}");
    }
}

#[test]
fn an_option_overrides_its_environment_variable() {
    let database = Database::light();
    let db = database.path().to_str().unwrap();
    let missing = [("ACCOUNTD_DB", "/nonexistent/missing.db")];
    assert!(refused(run(&["user", "list"], &missing)).contains("/nonexistent/missing.db"));
    ok(run(&["user", "list", "--db", db], &missing));
    ok(run(&["--db", db, "user", "list"], &missing));
}

#[test]
fn a_setting_of_a_single_command_has_an_environment_variable() {
    let key = file("fixtures/keys/accepted/rsa-1024.pub");
    let line = refused(run(&["key", "check", key.to_str().unwrap()], &[("ACCOUNTD_MIN_RSA_BITS", "2048")]));
    assert!(line.contains("2048"), "{line}");
}

#[test]
fn an_invalid_environment_variable_is_a_usage_error() {
    wrong_usage(run(&["key", "check", "-"], &[("ACCOUNTD_MIN_RSA_BITS", "many")]));
    wrong_usage(run(&["key", "check", "-"], &[("ACCOUNTD_LOG_FORMAT", "xml")]));
    wrong_usage(run(&["serve"], &[("ACCOUNTD_GITLAB_ERRORS", "vague")]));
    wrong_usage(run(&["serve"], &[("ACCOUNTD_LISTEN", "nowhere")]));
    wrong_usage(run(&["serve"], &[("ACCOUNTD_DIALECTS", "docker,gitlab")]));
    for value in ["maybe", "yes", "no", "on", "TRUE", "2"] {
        let stderr = wrong_usage(run(&["serve"], &[("ACCOUNTD_MEMORY", value)]));
        assert!(stderr.contains(&format!("invalid value '{value}' for 'ACCOUNTD_MEMORY'")), "{stderr}");
    }
    let stderr = wrong_usage(run(&["serve"], &[("ACCOUNTD_LISTEN", ":8081")]));
    assert!(stderr.contains("for 'ACCOUNTD_LISTEN'") && stderr.contains("127.0.0.1:8081"), "{stderr}");
    let stderr = wrong_usage(run(&["serve", "--listen", ":8081"], &[("ACCOUNTD_LISTEN", "127.0.0.1:0")]));
    assert!(stderr.contains("for '--listen <ADDR>'") && stderr.contains("127.0.0.1:8081"), "{stderr}");
}

/// Compose files often set a variable to the empty string.
#[test]
fn an_empty_environment_variable_counts_as_unset() {
    let database = Database::light();
    let db = ("ACCOUNTD_DB", database.path().to_str().unwrap());
    ok(run(&["user", "list"], &[db, ("ACCOUNTD_JSON", ""), ("ACCOUNTD_LOG", ""), ("ACCOUNTD_MIN_RSA_BITS", "")]));
    let line = refused(run(&["user", "list"], &[("ACCOUNTD_DB", "")]));
    assert!(line.contains("there is no database at"), "{line}");
}

/// A server and its URL; the server is killed when this is dropped.
struct RunningServer(Child, String);

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `accountd serve` with these environment variables and nothing else.
fn serve(variables: &[(&str, &str)]) -> RunningServer {
    let mut command = accountd(&["serve"]);
    let mut child =
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
    RunningServer(child, url)
}

#[test]
fn serve_can_be_configured_by_environment_variables_alone() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, super::light().to_string()).unwrap();
    let server = serve(&[
        ("ACCOUNTD_LISTEN", "127.0.0.1:0"),
        ("ACCOUNTD_MEMORY", "1"),
        ("ACCOUNTD_SEED", seed.to_str().unwrap()),
        ("ACCOUNTD_BASE_URL", "https://accounts.example.com/"),
        ("ACCOUNTD_GITLAB_ERRORS", "precise"),
    ]);
    let url = server.1.clone();
    assert!(!url.ends_with(":8080"), "{url}");
    let config = format!("silent\nheader = \"PRIVATE-TOKEN: {JANE}\"\n");
    let curl = |args: &[&str]| {
        let mut command = std::process::Command::new("curl");
        command.args(["-q", "--config", "-"]).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), config.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    // SPEC 5: deleting an unknown user is a 404 with `precise` errors and a 200 by default.
    let deleted = curl(&["-X", "DELETE", "-w", "%{http_code}", "-o", "/dev/null", &format!("{url}/api/v3/users/99")]);
    assert_eq!(deleted, "404");
    let head = curl(&["-I", &format!("{url}/api/v3/users?per_page=1")]);
    assert!(head.contains("<https://accounts.example.com/api/v3/users?"), "{head}");
}

#[test]
fn an_unknown_accountd_variable_is_ignored() {
    const UNKNOWN: (&str, &str) = ("ACCOUNTD_FROBNICATE", "1");
    let server = serve(&[UNKNOWN, ("ACCOUNTD_LISTEN", "127.0.0.1:0"), ("ACCOUNTD_MEMORY", "1")]);
    assert_eq!(Request::to("GET", &format!("{}/api/v3/user", server.1)).send().status, 401);
    ok(run(&["completions", "bash"], &[UNKNOWN]));
    let key = file("fixtures/keys/accepted/ed25519.pub");
    ok(run(&["key", "check", key.to_str().unwrap()], &[UNKNOWN]));
}
