//! `--login-rate`: the attempts that are refused, the response and the time to wait.

use super::{CalledFrom, assert_docker_throttled, assert_gitlab_throttled, basic, limited, session, statuses};
use crate::harness::{JANE, JOHN, ROOT, Server, accountd};
use crate::serving::wait_for;
use serde_json::json;

#[test]
fn after_the_allowed_wrong_passwords_every_attempt_is_refused() {
    let server = limited("3/h");
    assert_eq!(statuses(3, &basic(&server, "john_smith", "wrong-password")), [401; 3]);
    // One attempt every twenty minutes; the wait is in whole seconds, rounded up.
    let seconds = assert_docker_throttled(&basic(&server, "john_smith", "wrong-password").send());
    assert!((1190..=1200).contains(&seconds), "{seconds}");
    // The correct password is refused, too.
    assert_docker_throttled(&basic(&server, "john_smith", "john-password").send());
    let seconds = assert_gitlab_throttled(&session(&server, "john_smith", "john-password").send());
    assert!((1190..=1200).contains(&seconds), "{seconds}");
    assert_eq!(basic(&server, "janedoe", "password").send().status, 403);
}

#[test]
fn every_sign_in_endpoint_counts_against_the_same_limit() {
    let server = limited("4/h");
    assert_eq!(statuses(2, &session(&server, "john_smith", "wrong-password")), [401; 2]);
    assert_eq!(statuses(2, &basic(&server, "John_SMITH", "wrong-password")), [401; 2]);
    assert_gitlab_throttled(&session(&server, "JOHN_smith", "john-password").send());
    let by_email = server.post("/api/v3/session").json(json!({"email": "john_smith", "password": "john-password"}));
    assert_gitlab_throttled(&by_email.send());
    assert_docker_throttled(&basic(&server, "john_smith", "john-password").send());
}

#[test]
fn a_token_is_never_limited() {
    let server = limited("1/h");
    let signed_in = session(&server, "john_smith", "john-password").send().expect(201);
    assert_eq!(statuses(2, &basic(&server, "john_smith", "wrong-password")), [401, 429]);
    let token = signed_in["private_token"].as_str().unwrap();
    for _ in 0..10 {
        assert_eq!(server.get("/api/v3/user").private_token(token).send().expect(200)["id"], 1);
        assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(200)["id"], 1);
        assert_eq!(server.get("/api/v4/user").bearer(JOHN).send().expect(200)["id"], 1);
        // Nor is a token as the Basic password.
        assert_eq!(basic(&server, "john_smith", JOHN).send().expect(200)["id"], 1);
        assert_eq!(server.get("/api/v3/user").private_token("unknown-token-for-these-tests").send().status, 401);
    }
}

#[test]
fn correct_passwords_are_not_counted() {
    let server = limited("2/h");
    let right = session(&server, "root", "root-password");
    assert_eq!(statuses(1, &session(&server, "root", "wrong-password")), [401]);
    assert_eq!(statuses(20, &right), [201; 20]);
    // Each of these passwords is checked: a changed password drops the cached login.
    for n in 0..10 {
        let password = format!("another-password-{n}");
        server.put("/api/v3/users/1").private_token(ROOT).json(json!({"password": password})).send().expect(200);
        session(&server, "john_smith", &password).send().expect(201);
    }
    assert_eq!(statuses(2, &session(&server, "root", "wrong-password")), [401, 429]);
}

#[test]
fn the_limit_recovers_with_time() {
    let server = limited("2/s");
    let wrong = session(&server, "john_smith", "wrong-password");
    let refused = (0..1000).map(|_| wrong.clone().send()).find(|answer| answer.status != 401).unwrap();
    // The wait is at most half a second, rounded up to one.
    assert_eq!(assert_gitlab_throttled(&refused), 1);
    let signed_in =
        wait_for(|| Some(session(&server, "john_smith", "john-password").send()).filter(|a| a.status != 429));
    assert_eq!(signed_in.expect(201)["id"], 1);
}

#[test]
fn unknown_and_blocked_users_are_limited_like_others() {
    let server = limited("3/h");
    server.put("/api/v3/users/3/block").private_token(ROOT).send().expect(200);
    let logins = [
        ("john_smith", "wrong-password"),
        ("nobody", "wrong-password"),
        ("john@example.com", "wrong-password"),
        ("nobody@example.com", "wrong-password"),
        // A blocked user with the correct password.
        ("jack_smith", "jack-password"),
        ("", "wrong-password"),
    ];
    for (login, password) in logins {
        let from = format!("192.0.2.{}", login.len());
        let call = || basic(&server, login, password).called_from(&from);
        assert_eq!(statuses(4, &call()), [401, 401, 401, 429], "{login}");
        let seconds = assert_docker_throttled(&call().send());
        assert!((1190..=1200).contains(&seconds), "{login}: {seconds}");
    }
}

#[test]
fn the_limit_does_not_reveal_that_a_username_and_an_address_belong_to_one_user() {
    let server = limited("3/h");
    assert_eq!(statuses(4, &session(&server, "john_smith", "wrong-password")), [401, 401, 401, 429]);
    for address in ["john@example.com", "nobody@example.com"] {
        assert_eq!(statuses(4, &session(&server, address, "wrong-password")), [401, 401, 401, 429], "{address}");
    }
}

#[test]
fn a_server_on_a_database_file_is_limited_by_default() {
    let wrong = |server: &Server| statuses(12, &basic(server, "john_smith", "wrong-password"));
    let server = Server::on_file_without_passwords(&[]);
    let seen = wrong(&server);
    // Ten, and the attempts that became available again if the machine was slow.
    assert_eq!(seen[..10], [401; 10]);
    assert!(seen.contains(&429), "{seen:?}");
    for args in [&["--login-rate", "off"][..], &["--login-rate", "100/m"]] {
        assert_eq!(wrong(&Server::on_file_without_passwords(args)), [401; 12], "{args:?}");
    }
}

#[test]
fn a_server_in_memory_is_not_limited_by_default() {
    assert_eq!(statuses(60, &basic(&Server::demo(), "john_smith", "wrong-password")), [401; 60]);
    let folder = tempfile::tempdir().unwrap();
    let mut command = accountd(&["serve", "--memory", "--listen", "127.0.0.1:0"]);
    command.env("ACCOUNTD_LOGIN_RATE", "2/h");
    let server = Server::start_command(folder, command);
    assert_eq!(statuses(3, &basic(&server, "john_smith", "wrong-password")), [401, 401, 429]);
}

#[test]
fn a_refused_attempt_changes_nothing() {
    let server = Server::on_file_without_passwords(&["--login-rate", "1/h"]);
    let before = server.rows("SELECT * FROM users ORDER BY id");
    let tokens = server.rows("SELECT id, user_id FROM tokens ORDER BY id");
    assert_eq!(statuses(3, &session(&server, "janedoe", "password")), [401, 429, 429]);
    assert_eq!(server.rows("SELECT * FROM users ORDER BY id"), before);
    assert_eq!(server.rows("SELECT id, user_id FROM tokens ORDER BY id"), tokens);
    assert_eq!(server.get("/api/v1.1/users/janedoe/").bearer(JANE).send().status, 200);
}

/// `user_and_ip_rate_limits.md`, "Response headers".
#[test]
fn gitlabs_headers_tell_the_limit_and_when_it_ends() {
    let server = Server::demo_with(&["--control", "--clock", "2030-01-01T12:00:00Z,frozen", "--login-rate", "3/h"]);
    let call = session(&server, "john_smith", "wrong");
    let answers: Vec<_> = (0..4).map(|_| call.clone().send()).collect();
    let (last, others) = answers.split_last().unwrap();
    for answer in others {
        assert_eq!((answer.status, answer.header("ratelimit-limit")), (401, None), "{answer:?}");
    }
    assert_eq!(assert_gitlab_throttled(last), 1200);
    for (name, value) in [
        ("ratelimit-limit", "1"),
        ("ratelimit-name", "throttle_unauthenticated_protected_paths"),
        ("ratelimit-observed", "2"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "1893500400"),
        ("ratelimit-resettime", "Tue, 01 Jan 2030 12:20:00 GMT"),
    ] {
        assert_eq!(last.all(name), [value], "{name}");
    }
    assert_eq!(last.all("retry-after"), ["1200"]);
}

/// The limit on the changes of an account has the same headers in v4.
#[test]
fn gitlabs_headers_tell_the_limit_on_changes() {
    let args = ["--control", "--clock", "2030-01-01T12:00:00Z,frozen", "--max-changes-per-day", "2"];
    let server = Server::demo_with(&args);
    let put = |emoji: &str| {
        let request = server.put("/api/v4/user/status").private_token(JOHN).json(json!({ "emoji": emoji }));
        request.send()
    };
    let answers = ["tea", "coffee", "milk"].map(put);
    assert_eq!([&answers[0], &answers[1], &answers[2]].map(|answer| answer.status), [200, 200, 429]);
    assert_eq!([answers[1].header("ratelimit-limit"), answers[1].header("retry-after")], [None, None]);
    for (name, value) in [
        ("retry-after", "43200"),
        ("ratelimit-limit", "1"),
        ("ratelimit-name", "throttle_authenticated_api"),
        ("ratelimit-observed", "2"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "1893542400"),
        ("ratelimit-resettime", "Wed, 02 Jan 2030 00:00:00 GMT"),
    ] {
        assert_eq!(answers[2].all(name), [value], "{name}");
    }
}
