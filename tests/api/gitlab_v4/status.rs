//! Statuses: `users.md`, "Get the status of a user", "Get your user status" and "Set your user status".

use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::{Value, json};

const FIELDS: [&str; 5] = ["emoji", "availability", "message", "message_html", "clear_status_at"];
const PATH: &str = "/api/v4/user/status";

fn none() -> Value {
    json!({ "emoji": null, "availability": null, "message": null, "message_html": "", "clear_status_at": null })
}

fn put(server: &Server, body: Value) -> Response {
    server.put(PATH).private_token(JOHN).json(body).send()
}

fn patch(server: &Server, body: Value) -> Response {
    server.patch(PATH).private_token(JOHN).json(body).send()
}

fn get(server: &Server) -> Response {
    server.get(PATH).private_token(JOHN).send()
}

#[test]
fn a_status_is_shown_to_its_user_and_to_everyone() {
    let server = Server::demo_with(&["--control", "--clock", "2030-01-01T12:00:00Z,frozen"]);
    assert_eq!(get(&server).names(), FIELDS);
    assert_eq!(get(&server).expect(200), none());
    let body = json!({
        "emoji": "coffee", "message": "I crave <b>coffee</b> & \"tea\"", "availability": "busy",
        "clear_status_after": "1_day"
    });
    let status = json!({
        "emoji": "coffee", "availability": "busy", "message": "I crave <b>coffee</b> & \"tea\"",
        "message_html": "I crave &lt;b&gt;coffee&lt;/b&gt; &amp; &quot;tea&quot;",
        "clear_status_at": "2030-01-02T12:00:00.000Z"
    });
    assert_eq!(put(&server, body).expect(200), status);
    assert_eq!(get(&server).expect(200), status);
    for path in ["/api/v4/users/1/status", "/api/v4/users/john_smith/status"] {
        assert_eq!(server.get(path).send().expect(200), status, "{path}");
    }
    // It ends by itself.
    server.post("/_accountd/clock/advance").json(json!({ "by": "23h 59m 59s" })).send().expect(200);
    assert_eq!(get(&server).expect(200), status);
    server.post("/_accountd/clock/advance").json(json!({ "by": "1s" })).send().expect(200);
    assert_eq!(get(&server).expect(200), none());
    assert_eq!(server.get("/api/v4/users/1/status").send().expect(200), none());
}

#[test]
fn an_unknown_or_hidden_users_status_is_404() {
    let server = Server::demo();
    let missing = json!({ "message": "404 User Not Found" });
    for path in ["/api/v4/users/999/status", "/api/v4/users/nobody/status"] {
        assert_eq!(server.get(path).send().expect(404), missing, "{path}");
    }
    server.post("/api/v4/users/1/block").private_token(ROOT).send().expect(201);
    assert_eq!(server.get("/api/v4/users/1/status").send().expect(404), missing);
    server.get("/api/v4/users/1/status").private_token(ROOT).send().expect(200);
}

/// "When using `PUT`, any parameters that are not passed are set to `null`"; "when using `PATCH`, any parameters that are
/// not passed are ignored. Explicitly pass `null` to clear a field."
#[test]
fn put_clears_what_is_not_passed_and_patch_keeps_it() {
    let server = Server::demo();
    put(&server, json!({ "emoji": "tea", "message": "a", "availability": "busy", "clear_status_after": "30_days" }));
    let changed = patch(&server, json!({ "message": "b" })).expect(200);
    assert_eq!((&changed["emoji"], &changed["message"]), (&json!("tea"), &json!("b")));
    assert_eq!(changed["availability"], "busy");
    assert!(changed["clear_status_at"].is_string(), "{changed}");
    let cleared = patch(&server, json!({ "clear_status_after": null, "emoji": null })).expect(200);
    assert_eq!((&cleared["emoji"], &cleared["message"]), (&json!("speech_balloon"), &json!("b")));
    assert_eq!(cleared["clear_status_at"], Value::Null);
    assert_eq!(patch(&server, json!({})).expect(200), cleared);
    // "If omitted, `speech_balloon` is used."
    let replaced = put(&server, json!({ "message": "c" })).expect(200);
    let expected = json!({
        "emoji": "speech_balloon", "availability": "not_set", "message": "c", "message_html": "c",
        "clear_status_at": null
    });
    assert_eq!(replaced, expected);
    assert_eq!(put(&server, json!({ "emoji": "tea" })).expect(200)["message"], Value::Null);
    assert_eq!(put(&server, json!({ "emoji": "", "message": "" })).expect(200), none());
    assert_eq!(get(&server).expect(200), none());
}

#[test]
fn a_bad_value_is_400_and_changes_nothing() {
    let server = Server::demo();
    let before = put(&server, json!({ "emoji": "tea", "message": "a" })).expect(200);
    for (body, error) in [
        (json!({ "emoji": "<b>" }), json!({ "message": { "emoji": ["is not included in the list"] } })),
        (
            json!({ "message": "m".repeat(101) }),
            json!({ "message": { "message": ["is too long (maximum is 100 characters)"] } }),
        ),
        (json!({ "availability": "asleep" }), json!({ "error": "availability does not have a valid value" })),
        (
            json!({ "clear_status_after": "1_year" }),
            json!({ "error": "clear_status_after does not have a valid value" }),
        ),
        (json!({ "message": 1 }), json!({ "error": "message is invalid" })),
    ] {
        assert_eq!(put(&server, body.clone()).expect(400), error, "{body}");
        assert_eq!(patch(&server, body).expect(400), error);
    }
    assert_eq!(get(&server).expect(200), before);
    put(&server, json!({ "message": "é".repeat(100) })).expect(200);
}

#[test]
fn changing_a_status_takes_the_scope_api() {
    let server = Server::demo();
    server.get(PATH).send().expect(401);
    let read = super::create_token(&server, 1, "personal_access_tokens", &["read_user"]);
    server.get(PATH).private_token(super::secret(&read)).send().expect(200);
    for call in [server.put(PATH), server.patch(PATH)] {
        call.private_token(super::secret(&read)).json(json!({ "emoji": "tea" })).send().expect(403);
    }
    let log = server.get("/api/v4/audit_events?entity_type=User&entity_id=1").private_token(ROOT).send().expect(200);
    assert!(log.as_array().unwrap().iter().all(|event| event["details"]["event_name"] != "status.set"), "{log}");
}

#[test]
fn an_export_has_the_status() {
    let server = Server::on_file_without_passwords(&[]);
    put(&server, json!({ "emoji": "tea", "message": "a", "availability": "busy", "clear_status_after": "30_days" }));
    let status = get(&server).expect(200);
    let (exported, copy) = super::export_and_import(&server);
    let user = exported["users"].as_array().unwrap().iter().find(|user| user["username"] == "john_smith").unwrap();
    assert_eq!((&user["status"]["emoji"], &user["status"]["availability"]), (&json!("tea"), &json!("busy")));
    assert_eq!(get(&copy).expect(200), status);
}
