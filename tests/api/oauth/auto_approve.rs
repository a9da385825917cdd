//! `accountd serve --auto-approve USER`, for test suites without a browser.

use super::{BOTH, Back, DOCKER, EXAMPLE, PHONE, WIKI, ask, in_memory, on_file, start};
use crate::cli::{Commands, refused};
use crate::harness::{JANE, accountd, file};
use crate::serving::wait_for;
use std::process::{Command, Output, Stdio};

/// What a command says that must end by itself, and would serve for ever if it were not refused.
#[track_caller]
fn ended(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let done = |child: &mut std::process::Child| child.try_wait().unwrap().is_some();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wait_for(|| done(&mut child).then_some(()))));
    if result.is_err() {
        child.kill().unwrap();
    }
    child.wait_with_output().unwrap()
}

#[test]
fn everything_is_allowed_at_once_as_that_user() {
    for (name, id) in [("janedoe", 2), ("root", 4), ("JOHN_Smith", 1)] {
        let server = start(true, &["--auto-approve", name]);
        for names in BOTH {
            let back = Back::of(&ask(&server, names, &WIKI.query("&scope=api&state=s")), 302);
            assert_eq!(back.names(), ["code", "state", "iss"]);
            assert_eq!(WIKI.redeem(&server, back.get("code"), &[]).expect(200)["user_id"], id);
        }
    }
}

/// It is no way past the rules for the application.
#[test]
fn the_applications_errors_stay() {
    let server = in_memory();
    assert_eq!(ask(&server, DOCKER, "client_id=NobodysClientID&response_type=code").status, 400);
    let evil = EXAMPLE.query("&redirect_uri=https%3A%2F%2Fevil.example%2F");
    assert_eq!(ask(&server, DOCKER, &evil).status, 400);
    for (app, more, error) in [(EXAMPLE, "&scope=api", "invalid_scope"), (PHONE, "", "invalid_request")] {
        assert_eq!(Back::of(&ask(&server, DOCKER, &app.query(more)), 302).get("error"), error);
    }
}

/// A browser that is signed in as somebody else changes nothing of it, nor does a credential.
#[test]
fn nobody_is_asked() {
    let server = in_memory();
    for call in [
        server.get(DOCKER.authorize),
        server.get(DOCKER.authorize).header("Cookie", "accountd_session=acw_never-was-a-session"),
        server.get(DOCKER.authorize).basic("root", "root-password"),
        server.get(DOCKER.authorize).bearer(JANE),
    ] {
        let back = Back::of(&call.with_query(&format!("?{}", EXAMPLE.query(""))).send(), 302);
        assert_eq!(EXAMPLE.redeem(&server, back.get("code"), &[]).expect(200)["username"], "janedoe");
    }
}

#[test]
fn without_it_everybody_is_asked() {
    let server = start(true, &[]);
    for names in BOTH {
        let answer = ask(&server, names, &EXAMPLE.query("&scope=profile_read"));
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").unwrap().starts_with("/account/sign-in?"), "{answer:?}");
    }
}

#[test]
fn elsewhere_than_on_loopback_it_is_for_memory_only() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0", "255.255.255.255:1"] {
        let args = ["serve", "--listen", listen, "--db", db.to_str().unwrap(), "--auto-approve", "janedoe"];
        let line = refused(ended(accountd(&args)));
        assert!(line.contains("--auto-approve") && line.contains("--memory") && line.contains("loopback"), "{line}");
        assert!(!db.exists(), "nothing is left behind");
    }
}

/// The address is that of a proxy, by which everybody comes.
#[test]
fn behind_a_proxy_loopback_keeps_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let place = ["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()];
    for proxy in ["127.0.0.1", "10.0.0.0/8"] {
        let args = [&place[..], &["--auto-approve", "janedoe", "--trusted-proxy", proxy]].concat();
        let line = refused(ended(accountd(&args)));
        assert!(line.contains("--auto-approve") && line.contains("--trusted-proxy"), "{line}");
        assert!(!db.exists(), "nothing is left behind");
    }
}

#[test]
fn on_loopback_a_file_will_do() {
    let server = on_file();
    assert_eq!(Back::of(&ask(&server, DOCKER, &EXAMPLE.query("")), 302).names(), ["code", "iss"]);
}

#[test]
fn in_memory_any_address_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let seed = file("fixtures/demo.json");
    let args = ["--listen", "0.0.0.0:0", "--memory", "--seed", seed.to_str().unwrap(), "--auto-approve", "janedoe"];
    let mut child = accountd(&[&["serve"], &args[..]].concat())
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with("listening on http://0.0.0.0:"), "{line}");
}

#[test]
fn an_unknown_user_is_refused_at_the_start() {
    let seed = file("fixtures/demo.json");
    for name in ["nobody", "", "janedoe ", "2", "jane.doe@example.com"] {
        let args =
            ["serve", "--listen", "127.0.0.1:0", "--memory", "--seed", seed.to_str().unwrap(), "--auto-approve", name];
        let output = ended(accountd(&args));
        assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{name}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let last = said.lines().last().unwrap();
        assert!(last.contains("--auto-approve") && last.contains(&format!("{name:?}")), "{said}");
    }
}

/// RFC 6749 section 4.1.2.1: a user who may not sign in has allowed nothing.
#[test]
fn a_blocked_user_allows_nothing() {
    let mut server = on_file();
    server.ok(&["user", "block", "janedoe"]);
    let denied = |server: &crate::harness::Server| {
        let back = Back::of(&ask(server, DOCKER, &EXAMPLE.query("&state=s")), 302);
        assert_eq!((back.get("error"), back.get("state")), ("access_denied", "s"));
        assert!(!back.names().contains(&"code"));
    };
    denied(&server);
    server.stop();
    let server = crate::cli::reopen(server, &["--auto-approve", "janedoe"]);
    denied(&server);
    server.ok(&["user", "unblock", "janedoe"]);
    assert_eq!(Back::of(&ask(&server, DOCKER, &EXAMPLE.query("")), 302).names(), ["code", "iss"]);
}

#[test]
fn the_environment_says_it_too() {
    let seed = file("fixtures/demo.json");
    let mut command = accountd(&["serve", "--listen", "0.0.0.0:0", "--seed", seed.to_str().unwrap()]);
    let folder = tempfile::tempdir().unwrap();
    command.env("ACCOUNTD_DB", folder.path().join("test.db")).env("ACCOUNTD_AUTO_APPROVE", "janedoe");
    let line = refused(ended(command));
    assert!(line.contains("--auto-approve"), "{line}");
}
