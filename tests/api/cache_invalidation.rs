//! No cached answer may outlive a change, whichever process makes it. Clients repeat a request without a pause, so that
//! everything that can be cached is. Then another process commits a change, and every later request must get the new
//! answer.

use crate::cli::{Commands, JANE, JOE, email, light_server, ok};
use crate::harness::{Request, Response, Server, file, run_with_stdin};
use crate::serving::wait_for;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const V3: &str = "/api/v3/user";
const V4: &str = "/api/v4/user";
const KEYS: &str = "/api/v3/user/keys";
const DOCKER: &str = "/api/v1.1/users/joe/";
const PASSWORD: &str = "correct-horse";

/// The minimum number of answers to each client before the change and after it.
const CACHED_ANSWERS: usize = 20;

/// Makes a change while clients repeat these requests.
///
/// A request sent after the change must get an answer that satisfies `new`, and a client that has received such an
/// answer must not receive an old one again. Earlier answers satisfy `old` or `new`.
fn assert_change_is_seen(
    calls: &[Request],
    old: impl Fn(&Response) -> bool + Sync,
    change: impl FnOnce(),
    new: impl Fn(&Response) -> bool + Sync,
) {
    let (changed, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let counts: Vec<_> = calls.iter().map(|_| (AtomicUsize::new(0), AtomicUsize::new(0))).collect();
    let repeat_call = |call: &Request, (before, after): &(AtomicUsize, AtomicUsize)| {
        let mut seen = false;
        while !stop.load(Ordering::SeqCst) {
            let must = seen || changed.load(Ordering::SeqCst);
            let answer = call.clone().send();
            seen = new(&answer);
            assert!(seen || (!must && old(&answer)), "{must}: {answer:?}");
            if seen { after } else { before }.fetch_add(1, Ordering::SeqCst);
        }
    };
    std::thread::scope(|scope| {
        let repeat_call = &repeat_call;
        let spawn = |(call, count)| scope.spawn(move || repeat_call(call, count));
        let callers: Vec<_> = calls.iter().zip(&counts).map(spawn).collect();
        let all = |enough: &dyn Fn(&(AtomicUsize, AtomicUsize)) -> bool| {
            wait_for(|| {
                let failed = callers.iter().any(|caller| caller.is_finished());
                (failed || counts.iter().all(enough)).then_some(())
            });
        };
        all(&|(before, _)| before.load(Ordering::SeqCst) >= CACHED_ANSWERS);
        change();
        changed.store(true, Ordering::SeqCst);
        all(&|(_, after)| after.load(Ordering::SeqCst) >= CACHED_ANSWERS);
        stop.store(true, Ordering::SeqCst);
    });
}

/// Requests with joe's token to every dialect.
fn with_token(server: &Server) -> [Request; 4] {
    [
        server.get(V3).private_token(JOE),
        server.get(V4).bearer(JOE),
        server.get(DOCKER).bearer(JOE),
        server.get(DOCKER).basic("joe", JOE),
    ]
}

/// Gives joe a password; returns a request for joe's profile with it.
fn with_password(server: &Server) -> Request {
    set_password(server, PASSWORD);
    server.get(DOCKER).basic("joe", PASSWORD)
}

fn set_password(server: &Server, password: &str) {
    let args = ["user", "password", "joe", "--password-stdin", "--db", server.db.to_str().unwrap()];
    ok(run_with_stdin(&args, &format!("{password}\n")));
}

/// The name of the user in a successful answer of any dialect.
fn name(answer: &Response) -> Option<String> {
    let body: Value = serde_json::from_str(&answer.body).ok()?;
    let name = body.get("name").or(body.get("full_name"))?;
    (answer.status == 200).then(|| name.as_str().unwrap().to_owned())
}

/// Whether an answer refuses the credential. Repeating a password that has become wrong ends in a 429.
fn refused(answer: &Response) -> bool {
    [401, 429].contains(&answer.status) && !answer.body.contains("joe")
}

#[test]
fn a_profile_change_by_a_command_is_seen() {
    let server = light_server();
    let calls = [with_token(&server).to_vec(), vec![with_password(&server)]].concat();
    for round in ["First", "Second", "Third"] {
        let before = server.json(&["user", "show", "joe"])["name"].as_str().unwrap().to_owned();
        assert_change_is_seen(
            &calls,
            |answer| name(answer).as_deref() == Some(before.as_str()),
            || drop(server.ok(&["user", "update", "joe", "--name", round])),
            |answer| name(answer).as_deref() == Some(round),
        );
    }
}

#[test]
fn a_profile_change_through_the_other_dialect_is_seen() {
    let server = light_server();
    assert_change_is_seen(
        &with_token(&server),
        |answer| name(answer).as_deref() == Some("Joe Roe"),
        || drop(server.patch(DOCKER).bearer(JOE).json(json!({"full_name": "Joseph"})).send().expect(200)),
        |answer| name(answer).as_deref() == Some("Joseph"),
    );
}

#[test]
fn blocking_and_unblocking_a_user_is_seen() {
    let server = light_server();
    let calls = [with_token(&server).to_vec(), vec![with_password(&server)]].concat();
    let block = || drop(server.ok(&["user", "block", "joe"]));
    assert_change_is_seen(&calls, |answer| name(answer).is_some(), block, refused);
    // Without the password, which is rate-limited by now.
    let unblock = || drop(server.ok(&["user", "unblock", "joe"]));
    assert_change_is_seen(&with_token(&server), refused, unblock, |answer| name(answer).is_some());
}

#[test]
fn deleting_a_user_is_seen() {
    let server = light_server();
    let calls = [with_token(&server).to_vec(), vec![with_password(&server)]].concat();
    let delete = || drop(server.ok(&["user", "delete", "joe"]));
    assert_change_is_seen(&calls, |answer| name(answer).is_some(), delete, refused);
}

#[test]
fn a_password_change_is_seen() {
    let server = light_server();
    let calls = [with_password(&server), server.get(DOCKER).basic("joe@example.com", PASSWORD)];
    assert_change_is_seen(&calls, |answer| name(answer).is_some(), || set_password(&server, "battery-staple"), refused);
    // SPEC 3: personal tokens stay.
    assert_eq!(server.get(V3).private_token(JOE).send().status, 200);
}

#[test]
fn revoking_a_token_is_seen() {
    let server = light_server();
    let id = server.json(&["token", "list", "joe"])[0]["id"].to_string();
    let revoke = || drop(server.ok(&["token", "revoke", &id]));
    assert_change_is_seen(&with_token(&server), |answer| name(answer).is_some(), revoke, refused);
    assert_eq!(server.get(V3).private_token(JANE).send().status, 200);
}

#[test]
fn adding_and_removing_keys_by_a_command_is_seen() {
    let server = light_server();
    let calls = [server.get(KEYS).private_token(JOE), server.get(KEYS).bearer(JOE)];
    let count = |answer: &Response| answer.json().as_array().unwrap().len();
    let key = file("fixtures/keys/accepted/ecdsa-256.pub");
    let add = || drop(server.ok(&["key", "add", "joe", key.to_str().unwrap(), "--title", "desk"]));
    assert_change_is_seen(&calls, |answer| count(answer) == 0, add, |answer| count(answer) == 1);
    let id = server.json(&["key", "list", "joe"])[0]["id"].to_string();
    let remove = || drop(server.ok(&["key", "remove", &id]));
    assert_change_is_seen(
        &calls,
        |answer| count(answer) == 1,
        remove,
        |answer| answer.status == 200 && answer.body == "[]",
    );
}

#[test]
fn a_new_primary_address_is_seen() {
    let server = light_server();
    let primary = |address: &'static str| move |answer: &Response| answer.json()["email"] == address;
    let change = || drop(server.ok(&["email", "primary", "joe", "joe@work.example"]));
    assert_change_is_seen(&with_token(&server), primary("joe@example.com"), change, primary("joe@work.example"));
    let listed = server.get("/api/v1.1/users/joe/emails/").bearer(JOE).send().expect(200);
    assert_eq!(listed[0]["email"], email("joe@work.example", false, true)["email"]);
}

#[test]
fn a_row_changed_by_another_program_is_seen() {
    let server = light_server();
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    // Uncommitted and rolled-back changes are not visible.
    conn.execute_batch("BEGIN IMMEDIATE; UPDATE users SET name = 'Nobody' WHERE id = 2").unwrap();
    assert_eq!(name(&server.get(V3).private_token(JOE).send()).as_deref(), Some("Joe Roe"));
    conn.execute_batch("ROLLBACK; BEGIN IMMEDIATE; UPDATE users SET name = 'Joseph' WHERE id = 2").unwrap();
    assert_change_is_seen(
        &with_token(&server),
        |answer| name(answer).as_deref() == Some("Joe Roe"),
        || conn.execute_batch("COMMIT").unwrap(),
        |answer| name(answer).as_deref() == Some("Joseph"),
    );
}

/// In v4, an administrator sees who created the account, so the answer depends on the row of another user.
#[test]
fn a_new_name_of_the_accounts_creator_is_seen() {
    let server = light_server();
    let ada = json!({
        "username": "ada", "name": "Ada", "password": "correct-horse", "email": "ada@example.com", "admin": true,
    });
    server.post("/api/v4/users").private_token(JANE).json(ada).send().expect(201);
    let token = server.json(&["token", "create", "ada", "--name", "all", "--scope", "api"]);
    let call = server.get(V4).private_token(token["token"].as_str().unwrap());
    let creator = |name: &'static str| move |answer: &Response| answer.json()["created_by"]["name"] == name;
    let change = || drop(server.ok(&["user", "update", "jane", "--name", "Jane Roe"]));
    assert_change_is_seen(&[call], creator("Jane Doe"), change, creator("Jane Roe"));
}
