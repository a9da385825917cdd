//! `accountd serve --auto-approve USER`, for test suites without a browser.

use super::{
    BOTH_PATHS, DOCKER, EXAMPLE, PHONE, Redirect, WIKI, auto_approving, auto_approving_on_file, send_authorization,
    start,
};
use crate::cli::{Commands, refused};
use crate::harness::{JANE, accountd, file};
use crate::serving::wait_for;
use std::process::{Command, Output, Stdio};

/// Waits for a command that must fail. It is killed if it serves instead.
#[track_caller]
fn wait_for_exit(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let done = |child: &mut std::process::Child| child.try_wait().unwrap().is_some();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wait_for(|| done(&mut child).then_some(()))));
    if result.is_err() {
        child.kill().unwrap();
    }
    child.wait_with_output().unwrap()
}

#[test]
fn every_request_is_approved_as_that_user() {
    for (name, id) in [("janedoe", 2), ("root", 4), ("JOHN_Smith", 1)] {
        let server = start(true, &["--auto-approve", name]);
        for paths in BOTH_PATHS {
            let redirect = Redirect::of(&send_authorization(&server, paths, &WIKI.query("&scope=api&state=s")), 302);
            assert_eq!(redirect.names(), ["code", "state", "iss"]);
            assert_eq!(WIKI.exchange(&server, redirect.get("code"), &[]).expect(200)["user_id"], id);
        }
    }
}

/// A web page can have a browser send requests here under the page's own host name (DNS rebinding).
#[test]
fn a_request_under_a_foreign_host_is_not_approved() {
    for (base_url, hosts, status) in [
        (&[][..], &["evil.example", "evil.example:80", "localhost.evil.example", "192.0.2.1", "<script>", ""][..], 421),
        (&[], &["localhost", "sub.localhost:1234", "127.0.0.1:80", "[::1]"], 302),
        (&["--base-url", "https://accounts.example/path"], &["evil.example", "a.accounts.example"], 421),
        (
            &["--base-url", "https://accounts.example/path"],
            &["accounts.example", "Accounts.Example:8443", "localhost"],
            302,
        ),
    ] {
        let server = start(true, &[&["--auto-approve", "janedoe"], base_url].concat());
        for host in hosts {
            for paths in BOTH_PATHS {
                let request = format!("GET {}?{}", paths.authorize, WIKI.query(""));
                let answer =
                    server.raw(format!("{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes());
                let answer = String::from_utf8(answer).unwrap();
                assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host}: {answer}");
                assert_eq!(answer.contains("code="), status == 302, "{host}: {answer}");
            }
        }
    }
}

#[test]
fn invalid_requests_are_still_refused() {
    let server = auto_approving();
    assert_eq!(send_authorization(&server, DOCKER, "client_id=NobodysClientID&response_type=code").status, 400);
    let evil = EXAMPLE.query("&redirect_uri=https%3A%2F%2Fevil.example%2F");
    assert_eq!(send_authorization(&server, DOCKER, &evil).status, 400);
    for (app, more, error) in [(EXAMPLE, "&scope=api", "invalid_scope"), (PHONE, "", "invalid_request")] {
        assert_eq!(Redirect::of(&send_authorization(&server, DOCKER, &app.query(more)), 302).get("error"), error);
    }
}

#[test]
fn sessions_and_credentials_do_not_change_the_user() {
    let server = auto_approving();
    for call in [
        server.get(DOCKER.authorize),
        server.get(DOCKER.authorize).header("Cookie", "accountd_session=acw_never-was-a-session"),
        server.get(DOCKER.authorize).basic("root", "root-password"),
        server.get(DOCKER.authorize).bearer(JANE),
    ] {
        let redirect = Redirect::of(&call.with_query(&format!("?{}", EXAMPLE.query(""))).send(), 302);
        assert_eq!(EXAMPLE.exchange(&server, redirect.get("code"), &[]).expect(200)["username"], "janedoe");
    }
}

#[test]
fn without_the_option_the_user_must_sign_in() {
    let server = start(true, &[]);
    for paths in BOTH_PATHS {
        let answer = send_authorization(&server, paths, &EXAMPLE.query("&scope=profile_read"));
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").unwrap().starts_with("/account/sign-in?"), "{answer:?}");
    }
}

#[test]
fn it_is_refused_for_a_database_file_on_a_public_address() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0", "255.255.255.255:1"] {
        let args = ["serve", "--listen", listen, "--db", db.to_str().unwrap(), "--auto-approve", "janedoe"];
        let line = refused(wait_for_exit(accountd(&args)));
        assert!(line.contains("--auto-approve") && line.contains("--memory") && line.contains("loopback"), "{line}");
        assert!(!db.exists(), "no database is created");
    }
}

/// The loopback address is that of the proxy, which forwards requests from anywhere.
#[test]
fn it_is_refused_for_a_database_file_behind_a_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let place = ["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()];
    for proxy in ["127.0.0.1", "10.0.0.0/8"] {
        let args = [&place[..], &["--auto-approve", "janedoe", "--trusted-proxy", proxy]].concat();
        let line = refused(wait_for_exit(accountd(&args)));
        assert!(line.contains("--auto-approve") && line.contains("--trusted-proxy"), "{line}");
        assert!(!db.exists(), "no database is created");
    }
}

#[test]
fn it_is_accepted_for_a_database_file_on_loopback() {
    let server = auto_approving_on_file();
    assert_eq!(Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query("")), 302).names(), ["code", "iss"]);
}

#[test]
fn it_is_accepted_in_memory_on_any_address() {
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
fn the_server_does_not_start_with_an_unknown_user() {
    let seed = file("fixtures/demo.json");
    for name in ["nobody", "", "janedoe ", "2", "jane.doe@example.com"] {
        let args =
            ["serve", "--listen", "127.0.0.1:0", "--memory", "--seed", seed.to_str().unwrap(), "--auto-approve", name];
        let output = wait_for_exit(accountd(&args));
        assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{name}: {output:?}");
        let output = String::from_utf8(output.stderr).unwrap();
        let last = output.lines().last().unwrap();
        assert!(last.contains("--auto-approve") && last.contains(&format!("{name:?}")), "{output}");
    }
}

/// RFC 6749 section 4.1.2.1: a user who may not sign in denies access.
#[test]
fn a_blocked_user_approves_nothing() {
    let mut server = auto_approving_on_file();
    server.ok(&["user", "block", "janedoe"]);
    let denied = |server: &crate::harness::Server| {
        let redirect = Redirect::of(&send_authorization(server, DOCKER, &EXAMPLE.query("&state=s")), 302);
        assert_eq!((redirect.get("error"), redirect.get("state")), ("access_denied", "s"));
        assert!(!redirect.names().contains(&"code"));
    };
    denied(&server);
    server.stop();
    let server = crate::cli::reopen(server, &["--auto-approve", "janedoe"]);
    denied(&server);
    server.ok(&["user", "unblock", "janedoe"]);
    assert_eq!(Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query("")), 302).names(), ["code", "iss"]);
}

#[test]
fn the_environment_variable_is_checked_too() {
    let seed = file("fixtures/demo.json");
    let mut command = accountd(&["serve", "--listen", "0.0.0.0:0", "--seed", seed.to_str().unwrap()]);
    let folder = tempfile::tempdir().unwrap();
    command.env("ACCOUNTD_DB", folder.path().join("test.db")).env("ACCOUNTD_AUTO_APPROVE", "janedoe");
    let line = refused(wait_for_exit(command));
    assert!(line.contains("--auto-approve"), "{line}");
}
