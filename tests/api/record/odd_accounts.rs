//! Accounts that GitLab has and that the format refuses.

use super::super::cli::{Commands, Database};
use super::fake_gitlab::{FakeGitlab, answer, is_list, page, page_before, user};
use super::{of_each, record, recorded};
use crate::harness::read_file;
use serde_json::{Value, json};

/// Records these users and imports the result, which must succeed. Returns it with the lines on stderr, without the last.
#[track_caller]
fn import(gitlab: &FakeGitlab) -> (Value, Vec<String>) {
    let (recording, mut lines) = recorded(record(&gitlab.url(), &[]));
    let database = Database::none();
    database.ok(&["import", &database.file("seed.json", recording.to_string())]);
    assert_eq!(database.json(&["export"])["users"].as_array().unwrap().len(), of_each(&recording, "id").len());
    assert!(lines.pop().unwrap().starts_with("recorded "), "{lines:?}");
    (recording, lines)
}

#[test]
fn users_whom_the_format_refuses_are_left_out_and_counted() {
    let gitlab = FakeGitlab::with_users(json!([
        user(1, json!({})),
        user(2, json!({"username": "alert-bot", "bot": true})),
        user(3, json!({"username": "ghost", "email": "ghost@example.com"})),
        user(4, json!({"username": "project_42_bot_0123abc"})),
        user(5, json!({"username": "group_7_bot2"})),
        user(6, json!({"username": "with space"})),
        user(7, json!({"username": "NAME1"})),
        user(8, json!({"email": "jörg@corp.example"})),
        user(9, json!({"email": "NAME1@corp.example"})),
        user(10, json!({"username": "ghostwriter", "email": "ghostwriter@example.com"})),
        user((1 << 52) + 1, json!({})),
    ]));
    let (recording, lines) = import(&gitlab);
    assert_eq!(of_each(&recording, "id"), [1, 10]);
    assert_eq!(
        lines,
        [
            "users left out as bots or internal users: 4 (ids 2, 3, 4, 5)",
            "users left out because their user name is taken or not valid here: 2 (ids 6, 7)",
            "users left out because their primary address is taken or not valid here: 2 (ids 8, 9)",
            "users left out because the format refuses them: 1 (id 4503599627370497)",
        ]
    );
}

#[test]
fn values_that_the_format_refuses_are_changed_and_counted() {
    let long = "x".repeat(300);
    let users = json!([
        user(
            1,
            json!({"state": "ldap_blocked", "note": "two\r\nlines\t\u{202e}", "bio": long, "website_url": "x.example",
            "public_email": "other@corp.example", "confirmed_at": null})
        ),
        user(
            2,
            json!({"name": null, "theme_id": 0, "color_scheme_id": 1000, "projects_limit": -1, "created_at": "soon",
            "external": "yes", "identities": [{"provider": "saml", "extern_uid": "a"}, {"provider": "saml", "extern_uid": "b"},
            {"provider": "", "extern_uid": "c"}, "none"]})
        ),
        user(3, json!({"identities": [{"provider": "saml", "extern_uid": "a"}], "public_email": "NAME3@corp.example"})),
    ]);
    let gitlab = FakeGitlab::with_users(users);
    let (recording, lines) = import(&gitlab);
    let one = &recording["users"][0];
    assert_eq!((&one["state"], &one["blocked"]), (&json!("blocked"), &json!(true)));
    assert_eq!((&one["note"], one["bio"].as_str().unwrap().len()), (&json!("two lines"), 255));
    assert_eq!((&one["profile_url"], &one["public_email"]), (&json!(""), &json!("")));
    assert_eq!(one["emails"], json!([{"email": "name1@corp.example", "verified": false, "primary": true}]));
    let two = &recording["users"][1];
    assert_eq!((&two["provider"], &two["extern_uid"], &two["identities"]), (&json!("saml"), &json!("a"), &json!([])));
    assert_eq!((&two["external"], two.get("theme_id"), two.get("projects_limit")), (&json!(false), None, None));
    assert_eq!(recording["users"][2]["public_email"], "name3@corp.example");
    assert_eq!(
        lines,
        [
            "users without some of their identities, which are taken or not valid here, or more than 100: 2 (ids 2, 3)",
            "users without their public address, which is not one of their confirmed addresses: 1 (id 1)",
            "users without their web address, which is not an http or https URL: 1 (id 1)",
            "users recorded as blocked because their state does not exist here: 1 (id 1)",
            "users with texts that were put on one line or shortened to 255 characters: 1 (id 1)",
        ]
    );
}

#[test]
fn addresses_and_keys_that_the_format_refuses_are_left_out() {
    let file = |path: &str| read_file(&format!("fixtures/keys/{path}")).trim_end().to_owned();
    let key = |id: i64, path: &str| json!({"id": id, "title": "", "key": file(path), "created_at": "2020-01-01T00:00:00.000Z"});
    let keys = json!([
        key(1, "accepted/ed25519.pub"),
        key(2, "refused/dsa.pub"),
        key(3, "accepted/ed25519.pub"),
        key(1, "accepted/rsa-2048.pub"),
        {"id": 5, "title": "truncated", "key": "ssh-ed25519 AAAA"},
        {"title": "without an id", "key": file("accepted/rsa-2048.pub")},
    ]);
    let emails = json!([
        {"id": 1, "email": "second@corp.example", "confirmed_at": "2020-01-01T00:00:00.000Z"},
        {"id": 2, "email": "NAME1@corp.example", "confirmed_at": "2020-01-01T00:00:00.000Z"},
        {"id": 3, "email": "Second@corp.example", "confirmed_at": null},
        {"id": 4, "email": "not an address", "confirmed_at": null},
        {"id": 5},
    ]);
    let users = json!([user(1, json!({})), user(2, json!({}))]);
    let gitlab = FakeGitlab::new(move |target| match target {
        list if is_list(list) => page(&users),
        "/api/v4/users/1/emails?per_page=100" => page(&emails),
        "/api/v4/users/1/keys?per_page=100" => page(&keys),
        "/api/v4/users/2/emails?per_page=100" => page(&json!([{"id": 6, "email": "second@corp.example"}])),
        _ => page(&json!([])),
    });
    let (recording, lines) = import(&gitlab);
    let addresses = recording["users"][0]["emails"].as_array().unwrap().iter().map(|email| &email["email"]);
    assert_eq!(addresses.collect::<Vec<_>>(), ["name1@corp.example", "second@corp.example"]);
    let keys = recording["users"][0]["keys"].as_array().unwrap();
    assert_eq!(keys.iter().map(|key| (&key["id"], &key["title"])).collect::<Vec<_>>(), [(&json!(1), &json!("Key 1"))]);
    assert_eq!(
        lines,
        [
            "users without some of their addresses, which are taken or not valid here, or more than 1000: 2 (ids 1, 2)",
            "keys left out because their type or size is not accepted here: 2 (ids 2, 5)",
            "keys left out because they are recorded already or are more than 1000 of one user: 2 (ids 3, 1)",
        ]
    );
}

#[test]
fn a_user_who_is_deleted_during_the_walk_is_left_out() {
    let users = json!([user(1, json!({})), user(2, json!({}))]);
    let gitlab = FakeGitlab::new(move |target| match target {
        list if is_list(list) => page(&users),
        "/api/v4/users/2/keys?per_page=100" => answer("404 Not Found", &[], r#"{"message": "404 User Not Found"}"#),
        _ => page(&json!([])),
    });
    let (recording, lines) = import(&gitlab);
    assert_eq!(of_each(&recording, "id"), [1]);
    assert_eq!(lines, ["users left out because they were deleted meanwhile: 1 (id 2)"]);
}

/// Some users have more than an import takes, and some lists have no end.
#[test]
fn of_a_users_endless_list_a_thousand_are_recorded() {
    let users = json!([user(1, json!({}))]);
    let gitlab = FakeGitlab::new(move |target| {
        let Some((_, number)) = target.split_once("/users/1/emails?") else {
            return page(&if is_list(target) { users.clone() } else { json!([]) });
        };
        let number: i64 = number.strip_prefix("page=").map_or(1, |number| number.parse().unwrap());
        let email = |n: i64| json!({"id": n, "email": format!("a{}@corp.example", 100 * number + n)});
        page_before(&(0..100).map(email).collect(), &format!("http://x/?page={}", number + 1))
    });
    let (recording, lines) = import(&gitlab);
    assert_eq!(recording["users"][0]["emails"].as_array().unwrap().len(), 1000);
    assert!(lines.len() == 1 && lines[0].ends_with("or more than 1000: 1 (id 1)"), "{lines:?}");
    assert_eq!(gitlab.targets().iter().filter(|target| target.contains("/emails?")).count(), 11);
}
