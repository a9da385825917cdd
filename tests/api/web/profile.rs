//! The page of one's profile.

use super::keys::{assert_redirected, problem};
use super::{ADMIN, Browser, JANE, assert_page, hidden_field, on_file};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

const PAGE: &str = "/account/profile";

fn save(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Response {
    let csrf = hidden_field(&browser.get(PAGE), "csrf");
    browser.post(PAGE, &[&[("csrf", csrf.as_str())], fields].concat())
}

fn user(server: &Server) -> Value {
    server.get("/api/v4/users/1").private_token(ADMIN).send().expect(200)
}

#[test]
fn the_profile_is_shown_and_saved() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let page = jane.get(PAGE);
    assert_page(&page, 200, "Profile");
    // printf jane@example.com | md5sum
    assert!(page.body.contains("href=\"https://gravatar.com/9e26471d35a78862c17e467d87cddedf\""), "{page:?}");
    assert!(!page.body.contains("<img"), "{page:?}");
    let fields = [
        ("name", "Jane Doe"),
        ("location", "Berlin"),
        ("company", "Example & Co."),
        ("profile_url", "https://jane.example/"),
        ("bio", "Writes \"code\"."),
    ];
    assert_redirected(&save(&mut jane, &fields), PAGE);
    let page = jane.get(PAGE);
    assert!(page.body.contains("Your profile was saved."), "{page:?}");
    assert!(page.body.contains("value=\"Writes &#34;code&#34;.\""), "{page:?}");
    let saved = user(&server);
    let found = ["name", "location", "bio"].map(|name| saved[name].clone());
    assert_eq!(found, [json!("Jane Doe"), json!("Berlin"), json!("Writes \"code\".")]);
    let docker = server.get("/api/v1.1/users/jane/").basic(JANE.0, JANE.1).send().expect(200);
    assert_eq!(
        (&docker["company"], &docker["profile_url"]),
        (&json!("Example & Co."), &json!("https://jane.example/"))
    );
    // Empty fields empty the profile.
    assert_redirected(&save(&mut jane, &[("name", ""), ("bio", "")]), PAGE);
    let saved = user(&server);
    assert_eq!((&saved["name"], &saved["bio"], &saved["location"]), (&json!("jane"), &json!(""), &Value::Null));
}

#[test]
fn refused_fields_are_explained_and_nothing_is_saved() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let long = "x".repeat(256);
    let fields =
        [("name", &*long), ("location", "a\u{202e}b"), ("profile_url", "javascript:alert(1)"), ("company", "Kept")];
    let page = save(&mut jane, &fields);
    assert_page(&page, 422, "Profile");
    assert_eq!(problem(&page, "name"), "Name is too long (maximum is 255 characters).");
    assert_eq!(problem(&page, "location"), "Location cannot contain control characters.");
    assert_eq!(problem(&page, "profile_url"), "Web site must be an http or https URL.");
    assert!(page.body.contains("value=\"Kept\"") && page.body.contains(&long), "{page:?}");
    assert_eq!(server.sql::<String>("SELECT name || location || company || profile_url FROM users WHERE id = 1"), "");
}

#[test]
fn no_other_attribute_can_be_set_and_hostile_texts_are_escaped() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let before = user(&server);
    let fields = [
        ("name", "Jane"),
        ("admin", "true"),
        ("username", "root"),
        ("id", "2"),
        ("state", "blocked"),
        ("note", "x"),
        ("email", "x@x.example"),
        ("password", "set-by-the-form"),
        ("external", "true"),
        ("gravatar_email", "x@x.example"),
    ];
    assert_redirected(&save(&mut jane, &fields), PAGE);
    let mut after = user(&server);
    after["name"] = before["name"].clone();
    let ignored = ["last_activity_on", "current_sign_in_at"];
    for (name, value) in before.as_object().unwrap().iter().filter(|(name, _)| !ignored.contains(&name.as_str())) {
        assert_eq!(&after[name], value, "{name}");
    }
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM users WHERE admin = 1"), 1);
    let hostile = "\"><script>alert('&')</script>";
    let fields = ["name", "location", "company", "bio"].map(|name| (name, hostile));
    assert_redirected(&save(&mut jane, &fields), PAGE);
    for path in [PAGE, "/account"] {
        let page = jane.get(path);
        assert!(page.status == 200 && !page.body.contains("<script"), "{page:?}");
    }
}
