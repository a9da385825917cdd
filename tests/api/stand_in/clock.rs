//! The clock of a stand-in: its calls, `--clock`, resets, snapshots and sandboxes. expiry.rs has what expires by it.

use super::{create_user, refusal, reset, stand_in};
use crate::harness::{ROOT, Request, Response, Server, accountd, run};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A stand-in whose clock stands at the start of 2030.
pub fn frozen() -> Server {
    Server::demo_with(&["--control", "--clock", "2030-01-01T00:00:00Z,frozen"])
}

pub fn put(url: &str, body: Value) -> Response {
    Request::to("PUT", &format!("{url}/_accountd/clock")).json(body).send()
}

#[track_caller]
pub fn advance(url: &str, by: &str) -> Value {
    Request::to("POST", &format!("{url}/_accountd/clock/advance")).json(json!({ "by": by })).send().expect(200)
}

/// What the clock shows, and its mode.
fn clock(url: &str) -> (Timestamp, String) {
    shown(&Request::to("GET", &format!("{url}/_accountd/clock")).send().expect(200))
}

fn shown(answer: &Value) -> (Timestamp, String) {
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    (answer["now"].as_str().unwrap().parse().unwrap(), answer["mode"].as_str().unwrap().to_owned())
}

fn standing(text: &str) -> (Timestamp, String) {
    (text.parse().unwrap(), "frozen".to_owned())
}

/// Whether the time is this one, or up to a minute later.
fn is_just_after(time: Timestamp, start: Timestamp) -> bool {
    start <= time && time < start + SignedDuration::from_mins(1)
}

fn date(url: &str) -> Timestamp {
    let answer = Request::to("GET", &format!("{url}/api/v4/user")).send();
    let [date] = *answer.all("date") else { panic!("{answer:?}") };
    jiff::fmt::rfc2822::parse(date).unwrap().timestamp()
}

#[test]
fn the_clock_is_real_until_it_is_set() {
    let server = stand_in();
    let before = Timestamp::now();
    let (now, mode) = clock(&server.url());
    assert!(mode == "real" && is_just_after(now, before - SignedDuration::from_millis(1)), "{now} {before}");
    assert!(is_just_after(date(&server.url()), before - SignedDuration::from_secs(1)));
}

#[test]
fn a_clock_that_is_set_runs_on_unless_it_is_frozen() {
    let server = stand_in();
    let url = server.url();
    let y2030: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let (now, mode) = shown(&put(&url, json!({"now": "2030-01-01T00:00:00Z"})).expect(200));
    assert!(mode == "shifted" && is_just_after(now, y2030), "{now}");
    assert!(clock(&url).0 > now && is_just_after(date(&url), y2030));

    // It stops where it is.
    let (stopped, mode) = shown(&put(&url, json!({"frozen": true})).expect(200));
    assert!(mode == "frozen" && stopped > now && is_just_after(stopped, y2030), "{stopped}");
    assert_eq!(clock(&url).0, stopped);
    assert_eq!(shown(&put(&url, json!({"frozen": true})).expect(200)).0, stopped);

    // And runs on from there.
    let (running, mode) = shown(&put(&url, json!({"frozen": false})).expect(200));
    assert!(mode == "shifted" && is_just_after(running, stopped), "{running}");
    assert!(clock(&url).0 > running);

    put(&url, json!({"now": "2031-02-03", "frozen": true})).expect(200);
    assert_eq!(clock(&url), standing("2031-02-03T00:00:00Z"));
    let (again, mode) = shown(&put(&url, json!({"now": "2030-01-01T01:00:00+01:00", "frozen": false})).expect(200));
    assert!(mode == "shifted" && is_just_after(again, y2030), "{again}");

    let before = Timestamp::now();
    let (real, mode) = shown(&server.delete("/_accountd/clock").send().expect(200));
    assert!(mode == "real" && is_just_after(real, before - SignedDuration::from_millis(1)), "{real}");
    // A clock that is real goes on being so if it is not to be frozen.
    assert_eq!(shown(&put(&url, json!({"frozen": false})).expect(200)).1, "real");
}

#[test]
fn the_clock_can_be_advanced_and_put_back() {
    let server = frozen();
    let url = server.url();
    for (by, expected) in [
        ("2h", "2030-01-01T02:00:00Z"),
        ("1d 3h", "2030-01-02T05:00:00Z"),
        ("90s", "2030-01-02T05:01:30Z"),
        ("250ms", "2030-01-02T05:01:30.25Z"),
        ("-5m", "2030-01-02T04:56:30.25Z"),
        ("-3d", "2029-12-30T04:56:30.25Z"),
    ] {
        assert_eq!(shown(&advance(&url, by)), standing(expected), "{by}");
        assert_eq!(clock(&url), standing(expected), "{by}");
    }
    server.delete("/_accountd/clock").send().expect(200);
    let (now, mode) = shown(&advance(&url, "400d"));
    let year = SignedDuration::from_hours(400 * 24);
    assert!(mode == "shifted" && is_just_after(now, Timestamp::now() + year - SignedDuration::from_secs(30)), "{now}");
}

#[test]
fn a_refused_call_leaves_the_clock_where_it_was() {
    let server = frozen();
    let url = server.url();
    let call = |method: &str, path: &str, body: &str| {
        let request =
            Request::to(method, &format!("{url}/_accountd/{path}")).header("Content-Type", "application/json");
        refusal(request.body(body).send())
    };
    for (body, status, error) in [
        ("{}", 422, "invalid"),
        ("{\"now\": \"soon\"}", 422, "invalid"),
        ("{\"now\": \"2030-01-01T00:00:00\"}", 422, "invalid"),
        ("{\"now\": \"1969-12-31\"}", 422, "invalid"),
        ("{\"now\": \"9998-01-01\", \"frozen\": true}", 422, "invalid"),
        ("{\"now\": 1}", 400, "unreadable"),
        ("{\"frozen\": \"yes\"}", 400, "unreadable"),
        ("{\"frozen\": true, \"by\": \"2h\"}", 400, "unknown_key"),
        ("{", 400, "unreadable"),
    ] {
        assert_eq!(call("PUT", "clock", body), (status, error.to_owned()), "{body}");
    }
    for (body, status, error) in [
        ("{}", 400, "unreadable"),
        ("{\"by\": \"\"}", 422, "invalid"),
        ("{\"by\": \"2\"}", 422, "invalid"),
        ("{\"by\": \"2 fortnights\"}", 422, "invalid"),
        ("{\"by\": \"3000000d\"}", 422, "invalid"),
        ("{\"by\": \"-40000d\"}", 422, "invalid"),
        ("{\"by\": 7200}", 400, "unreadable"),
        ("{\"by\": \"2h\", \"to\": \"x\"}", 400, "unknown_key"),
    ] {
        assert_eq!(call("POST", "clock/advance", body), (status, error.to_owned()), "{body}");
    }
    assert_eq!(call("POST", "clock", "{}").0, 405);
    assert_eq!(clock(&url), standing("2030-01-01T00:00:00Z"));
}

#[test]
fn every_new_row_has_the_time_of_the_clock() {
    let server = frozen();
    let url = server.url();
    put(&url, json!({"now": "2030-01-01T00:00:00.123456Z", "frozen": true})).expect(200);
    let id = create_user(&url, "ada");
    let user = server.get(&format!("/api/v4/users/{id}")).private_token(ROOT).send().expect(200);
    assert_eq!(user["created_at"], "2030-01-01T00:00:00.123Z");
    assert_eq!(user["confirmed_at"], "2030-01-01T00:00:00.123Z");
    let profile = server.get("/api/v1.1/users/ada/").basic("ada", "correct-horse").send().expect(200);
    assert_eq!(profile["date_joined"], "2030-01-01T00:00:00.123456Z");
    let key = crate::harness::read_file("fixtures/keys/accepted/rsa-3072.pub");
    let key = server.post("/api/v4/user/keys").private_token(ROOT).json(json!({"title": "t", "key": key}));
    assert_eq!(key.send().expect(201)["created_at"], "2030-01-01T00:00:00.123Z");
    let token = server.post(&format!("/api/v4/users/{id}/personal_access_tokens")).private_token(ROOT);
    let token = token.json(json!({"name": "t", "scopes": ["api"]})).send().expect(201);
    assert_eq!(token["created_at"], "2030-01-01T00:00:00.123Z");
    // A rotated token expires a week later.
    advance(&url, "1d");
    let rotated = server.post(&format!("/api/v4/personal_access_tokens/{}/rotate", token["id"])).private_token(ROOT);
    let rotated = rotated.send().expect(200);
    assert_eq!(rotated["created_at"], "2030-01-02T00:00:00.123Z");
    assert_eq!((&rotated["expires_at"], &rotated["active"]), (&json!("2030-01-09"), &json!(true)));
    // What an import does not say is from the clock, too.
    let fixture = json!({"users": [{"username": "joe", "emails": [{"email": "joe@example.com"}]}]});
    server.post("/_accountd/import").json(fixture).send().expect(200);
    let joe = server.get("/api/v3/users?username=joe").private_token(ROOT).send().expect(200);
    assert_eq!(joe[0]["created_at"], "2030-01-02T00:00:00Z");
    let users = server.get("/_accountd/state").send().expect(200);
    let joe = users["users"].as_array().unwrap().iter().find(|user| user["username"] == "joe").unwrap();
    assert_eq!(joe["created_at"], "2030-01-02T00:00:00.123456Z");
}

#[test]
fn every_answer_is_dated_by_the_clock() {
    let server = frozen();
    for (method, path) in [
        ("GET", "/api/v4/user"),
        ("GET", "/api/v1.1/users/janedoe/"),
        ("GET", "/account/sign-in"),
        ("GET", "/john_smith.keys"),
        ("GET", "/no/such/path"),
        ("PUT", "/api/v3/user"),
        ("GET", "/_accountd/clock"),
    ] {
        let answer = server.call(method, path).send();
        assert_eq!(answer.all("date"), ["Tue, 01 Jan 2030 00:00:00 GMT"], "{method} {path}");
    }
    advance(&server.url(), "36h 59m 59s");
    assert_eq!(server.get("/").send().all("date"), ["Wed, 02 Jan 2030 12:59:59 GMT"]);
    server.delete("/_accountd/clock").send().expect(200);
    assert!(is_just_after(date(&server.url()), Timestamp::now() - SignedDuration::from_secs(30)));
}

#[test]
fn a_reset_restores_the_clock_with_the_rows() {
    let server = frozen();
    let url = server.url();
    advance(&url, "2h");
    server.put("/_accountd/snapshots/later").send().expect(200);
    server.delete("/_accountd/clock").send().expect(200);
    for (to, expected) in [
        ("seed", "2030-01-01T00:00:00Z"),
        ("snapshot:later", "2030-01-01T02:00:00Z"),
        ("empty", "2030-01-01T00:00:00Z"),
    ] {
        put(&url, json!({"now": "2040-01-01"})).expect(200);
        reset(&server, to);
        assert_eq!(clock(&url), standing(expected), "{to}");
    }
    // Without --clock it is real again.
    let server = stand_in();
    put(&server.url(), json!({"frozen": true})).expect(200);
    reset(&server, "seed");
    assert_eq!(clock(&server.url()).1, "real");
}

#[test]
fn each_sandbox_has_a_clock_that_begins_as_that_of_its_state() {
    let server = frozen();
    let create = |name: &str, from: &str| {
        let created = server.post("/_accountd/sandboxes").json(json!({"name": name, "from": from})).send().expect(201);
        created["url"].as_str().unwrap().to_owned()
    };
    let url = server.url();
    advance(&url, "1h");
    server.put("/_accountd/snapshots/one").send().expect(200);
    advance(&url, "1h");
    let sandboxes = [
        (create("a", "seed"), "2030-01-01T00:00:00Z"),
        (create("b", "snapshot:one"), "2030-01-01T01:00:00Z"),
        (create("c", "current"), "2030-01-01T02:00:00Z"),
    ];
    put(&url, json!({"now": "2050-01-01", "frozen": true})).expect(200);
    for (sandbox, expected) in &sandboxes {
        assert_eq!(clock(sandbox), standing(expected), "{sandbox}");
        assert_eq!(date(sandbox), expected.parse().unwrap());
        advance(sandbox, "1d");
    }
    for (sandbox, expected) in &sandboxes {
        Request::to("POST", &format!("{sandbox}/_accountd/reset")).send().expect(200);
        assert_eq!(clock(sandbox), standing(expected), "{sandbox}");
    }
    assert_eq!(clock(&url), standing("2050-01-01T00:00:00Z"));
}

#[test]
fn the_option_needs_a_stand_in_and_a_time_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("a.db");
    let file = ["--db", db.to_str().unwrap()];
    for (args, reason) in [
        ([&file[..], &["--clock", "2030-01-01"]].concat(), "--clock needs --memory and --control"),
        (vec!["--memory", "--clock", "2030-01-01"], "--clock needs --memory and --control"),
        ([&file[..], &["--control", "--clock", "2030-01-01"]].concat(), "--control needs --memory"),
        (vec!["--memory", "--control", "--clock", "soon"], "must be a date such as 2030-01-01"),
        (vec!["--memory", "--control", "--clock", "2030-01-01,stopped"], "must be a date such as 2030-01-01"),
        (vec!["--memory", "--control", "--clock", "1900-01-01"], "must be between 1970 and 9997"),
    ] {
        let output = run(&[&["serve"], &args[..]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(reason), "{args:?}: {said}");
    }
    assert!(!db.exists());
}

#[test]
fn the_option_has_no_environment_variable() {
    let server = Server::start_command(tempfile::tempdir().unwrap(), {
        let mut command = accountd(&["serve", "--memory", "--control", "--listen", "127.0.0.1:0"]);
        command.env("ACCOUNTD_CLOCK", "2030-01-01,frozen");
        command
    });
    assert_eq!(clock(&server.url()).1, "real");
}

#[test]
fn the_seeds_are_loaded_by_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    let fixture = json!({"users": [{"username": "joe", "emails": [{"email": "joe@example.com"}]}]});
    std::fs::write(&seed, fixture.to_string()).unwrap();
    let command = accountd(&["stand-in", seed.to_str().unwrap(), "--clock", "2030-01-01T12:00:00Z,frozen"]);
    let server = Server::start_command(folder, command);
    let state = server.get("/_accountd/state").send().expect(200);
    assert_eq!(state["users"][0]["created_at"], "2030-01-01T12:00:00Z");
    assert_eq!(clock(&server.url()), standing("2030-01-01T12:00:00Z"));
}
