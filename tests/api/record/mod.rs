//! `accountd record`: from accountd itself, and from a GitLab that misbehaves.

mod anonymized;
mod failures;
mod fake_gitlab;
mod odd_accounts;
mod round_trip;

use crate::harness::accountd;
use serde_json::Value;
use std::process::Output;

/// The administrator's token in these tests.
const TOKEN: &str = "glpat-token-of-the-recording-tests";

/// Runs `accountd record` with a token file that holds [`TOKEN`].
fn record(url: &str, args: &[&str]) -> Output {
    record_with(TOKEN, url, args)
}

fn record_with(token: &str, url: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    let file = file.to_str().unwrap();
    accountd(&[&["record", "--from-gitlab", url, "--token-file", file], args].concat()).output().unwrap()
}

/// What a recording that must succeed wrote to stdout, and its lines on stderr.
#[track_caller]
fn recorded(output: Output) -> (Value, Vec<String>) {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    (serde_json::from_slice(&output.stdout).unwrap(), stderr.lines().map(str::to_owned).collect())
}

/// The error message of a recording that must fail, with nothing on stdout.
#[track_caller]
fn refused(output: Output) -> String {
    let line = super::cli::refused(output);
    assert!(!line.contains(TOKEN), "{line}");
    line
}

/// The value of a key in every user.
fn of_each<'a>(recording: &'a Value, key: &str) -> Vec<&'a Value> {
    recording["users"].as_array().unwrap().iter().map(|user| &user[key]).collect()
}
