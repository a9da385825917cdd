//! `users.md`, "Get your user preferences", "Update your user preferences" and "Get a list of a user's last activity".

use super::{create_token, secret};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::json;

const PATH: &str = "/api/v4/user/preferences";
const NAMES: &str = "view_diffs_file_by_file, show_whitespace_in_diffs, pass_user_identities_to_ci_jwt";

#[test]
fn preferences_can_be_read_and_changed() {
    let server = Server::demo();
    let get = || server.get(PATH).private_token(JOHN).send();
    let put = |body| server.put(PATH).private_token(JOHN).json(body).send();
    let mut expected = json!({
        "id": 1, "user_id": 1, "view_diffs_file_by_file": false, "show_whitespace_in_diffs": true,
        "pass_user_identities_to_ci_jwt": false
    });
    assert_eq!(get().expect(200), expected);
    expected["view_diffs_file_by_file"] = true.into();
    assert_eq!(put(json!({ "view_diffs_file_by_file": true })).expect(200), expected);
    expected["show_whitespace_in_diffs"] = false.into();
    let both = put(json!({ "show_whitespace_in_diffs": false, "pass_user_identities_to_ci_jwt": "true" })).expect(200);
    expected["pass_user_identities_to_ci_jwt"] = true.into();
    assert_eq!(both, expected);
    assert_eq!(get().expect(200), expected);
    // Another user's are not touched.
    assert_eq!(server.get(PATH).private_token(ROOT).send().expect(200)["show_whitespace_in_diffs"], true);
    let none = put(json!({})).expect(400);
    assert_eq!(none, json!({ "error": format!("{NAMES} are missing, at least one parameter must be provided") }));
    let invalid = put(json!({ "show_whitespace_in_diffs": "maybe" })).expect(400);
    assert_eq!(invalid, json!({ "error": "show_whitespace_in_diffs is invalid" }));
    assert_eq!(get().expect(200), expected);
}

#[test]
fn preferences_need_a_user_and_the_scope() {
    let server = Server::demo();
    server.get(PATH).send().expect(401);
    server.put(PATH).json(json!({ "view_diffs_file_by_file": true })).send().expect(401);
    let read = create_token(&server, 1, "personal_access_tokens", &["read_user"]);
    server.get(PATH).private_token(secret(&read)).send().expect(200);
    let put = server.put(PATH).private_token(secret(&read)).json(json!({ "view_diffs_file_by_file": true }));
    put.send().expect(403);
}

#[test]
fn an_export_has_preferences_that_were_changed() {
    let server = Server::on_file_without_passwords(&[]);
    let put = server.put(PATH).private_token(JOHN).json(json!({ "show_whitespace_in_diffs": false }));
    let changed = put.send().expect(200);
    let (exported, copy) = super::export_and_import(&server);
    let users = exported["users"].as_array().unwrap();
    let with: Vec<_> = users.iter().filter(|user| user.get("preferences").is_some()).collect();
    assert_eq!(with.len(), 1);
    assert_eq!(copy.get(PATH).private_token(JOHN).send().expect(200), changed);
}

/// "Gets the last activity date for all users, sorted from oldest to newest", for administrators.
#[test]
fn administrators_see_when_each_user_was_last_active() {
    let server = Server::demo_with(&["--control", "--clock", "2030-01-01T12:00:00Z,frozen"]);
    let advance = |by: &str| server.post("/_accountd/clock/advance").json(json!({ "by": by })).send().expect(200);
    let activities = |query: &str| {
        // This writes the uses that are written every minute otherwise.
        server.post("/api/v4/users/1/deactivate").private_token(ROOT).send();
        server.get(&format!("/api/v4/user/activities{query}")).private_token(ROOT).send()
    };
    server.get("/api/v4/user").private_token(JOHN).send().expect(200);
    advance("2d");
    let row = |username: &str, date: &str| json!({ "username": username, "last_activity_on": date, "last_activity_at": date });
    let (john, root) = (row("john_smith", "2030-01-01"), row("root", "2030-01-03"));
    let all = activities("");
    assert_eq!(all.header("x-total"), Some("2"));
    assert_eq!(all.expect(200), json!([john, root]));
    assert_eq!(activities("?from=2030-01-02").expect(200), json!([root]));
    assert_eq!(activities("?per_page=1&page=2").expect(200), json!([root]));
    assert_eq!(activities("?from=yesterday").expect(400), json!({ "error": "from is invalid" }));
    let path = "/api/v4/user/activities";
    assert_eq!(server.get(path).private_token(JOHN).send().expect(403), json!({ "message": "403 Forbidden" }));
    server.get(path).send().expect(401);
    // "By default, it shows the activity for all users in the last 6 months". John is not active any more.
    advance("200d");
    let (john, root) = (row("john_smith", "2030-01-03"), row("root", "2030-07-22"));
    assert_eq!(activities("").expect(200), json!([root]));
    assert_eq!(activities("?from=2029-01-01").expect(200), json!([john, root]));
}
