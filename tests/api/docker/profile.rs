//! `/users/:username/`: getting and updating a user's profile.

use super::{JanesPassword, PROFILE, assert_names_fields, assert_unchanged, test_server, user};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

fn patch(server: &Server, body: Value) -> Response {
    server.patch(PROFILE).janes_password().json(body).send()
}

fn gravatar(md5: &str) -> String {
    format!("https://secure.gravatar.com/avatar/{md5}.jpg?s=80&r=g&d=mm")
}

#[test]
fn unset_texts_are_empty_and_never_null() {
    let server = test_server();
    let answer = server.get("/api/v1.1/users/bare/").basic("bare", "bare-password").send();
    let expected = json!({
        "id": 3, "username": "bare", "url": format!("{}/api/v1.1/users/bare/", server.url()),
        // Six digits, although the fixture has whole seconds.
        "date_joined": "2012-05-23T08:00:58.000000Z",
        "type": "User", "full_name": "", "location": "", "company": "", "profile_url": "",
        // md5sum of the primary address.
        "gravatar_url": gravatar("d9c6042f8249275dc21444fa25d67245"),
        "email": "bare@example.com", "is_active": true
    });
    assert_eq!(answer.expect(200).to_string(), expected.to_string());
}

#[test]
fn a_patch_changes_only_the_given_fields() {
    let server = test_server();
    let mut expected = user(&server);
    for (given, value) in [
        ("full_name", "Jane Q. Doe"),
        ("location", "Private Island"),
        ("company", "Retired"),
        ("profile_url", "http://janedoe.com/"),
        ("full_name", ""),
        ("location", ""),
        ("company", ""),
        ("profile_url", ""),
    ] {
        expected[given] = value.into();
        let answer = patch(&server, json!({ given: value })).expect(200);
        assert_eq!(answer.to_string(), expected.to_string(), "{given}");
        assert_eq!(user(&server), expected, "{given}");
    }
}

#[test]
fn an_empty_patch_changes_nothing() {
    let server = test_server();
    let before = user(&server);
    assert_eq!(patch(&server, json!({})).expect(200), before);
    assert_eq!(server.patch(PROFILE).janes_password().send().expect(200), before);
    assert_unchanged(&server);
}

#[test]
fn undocumented_fields_cannot_be_changed() {
    let server = test_server();
    let body = json!({
        "id": 99, "username": "other", "url": "http://evil.example/", "date_joined": "2000-01-01T00:00:00.000000Z",
        "type": "Organization", "gravatar_url": "http://evil.example/", "email": "evil@example.com",
        "is_active": false, "admin": true, "is_admin": true, "password": "another-password", "blocked": true,
        "emails": [{ "email": "evil@example.com" }]
    });
    patch(&server, body).expect(200);
    assert_unchanged(&server);
}

#[test]
fn a_patch_with_one_invalid_field_changes_nothing() {
    let server = test_server();
    let good = json!({
        "full_name": "Changed", "location": "Changed", "company": "Changed", "profile_url": "http://changed.example/",
        "gravatar_email": "changed@example.com"
    });
    for (bad, value) in [
        ("full_name", json!("x".repeat(256))),
        ("location", json!("x".repeat(256))),
        ("company", Value::Null),
        ("profile_url", json!("ftp://docker.io/")),
        ("gravatar_email", json!("no address")),
    ] {
        let mut body = good.clone();
        body[bad] = value;
        assert_names_fields(&patch(&server, body).expect(400), &[bad]);
        assert_unchanged(&server);
    }
}

#[test]
fn one_response_names_every_invalid_field() {
    let server = test_server();
    let body = json!({
        "full_name": "x".repeat(256), "location": "fine", "profile_url": "javascript:alert(1)", "gravatar_email": "x"
    });
    assert_names_fields(&patch(&server, body).expect(400), &["full_name", "profile_url", "gravatar_email"]);
    assert_unchanged(&server);
}

#[test]
fn texts_have_at_most_255_characters() {
    let server = test_server();
    for field in ["full_name", "location", "company"] {
        for letter in ["x", "é", "東", "😀"] {
            let longest = letter.repeat(255);
            let answer = patch(&server, json!({ field: longest })).expect(200);
            assert_eq!(answer[field], longest, "{field}");
            let body = patch(&server, json!({ field: letter.repeat(256) })).expect(400);
            assert_names_fields(&body, &[field]);
            assert!(body[field][0].as_str().unwrap().contains("255"), "{body}");
            assert_eq!(user(&server)[field], longest, "{field}");
        }
    }
}

#[test]
fn null_and_other_types_are_400() {
    let server = test_server();
    for field in ["full_name", "location", "company", "profile_url", "gravatar_email"] {
        for wrong in [Value::Null, json!(1), json!(1.5), json!(false), json!([]), json!(["x"]), json!({})] {
            assert_names_fields(&patch(&server, json!({ field: wrong })).expect(400), &[field]);
        }
    }
    assert_unchanged(&server);
}

#[test]
fn control_characters_are_refused() {
    let server = test_server();
    for field in ["full_name", "location", "company"] {
        for bad in ["a\nb", "a\rb", "a\tb", "a\0b", "a\u{1b}[31mb", "a\u{7f}b", "a\u{85}b"] {
            assert_names_fields(&patch(&server, json!({ field: bad })).expect(400), &[field]);
        }
    }
    assert_unchanged(&server);
}

#[test]
fn every_other_character_is_stored_as_it_is() {
    let server = test_server();
    for text in ["<b>&amp;\"'\\", "Zoë Łukasz 東京 😀", "'; DROP TABLE users; --", "%00 %0a + &=", " blanks "] {
        assert_eq!(patch(&server, json!({ "full_name": text })).expect(200)["full_name"], text);
        assert_eq!(user(&server)["full_name"], text);
    }
}

#[test]
fn a_profile_url_is_http_https_or_empty() {
    let server = test_server();
    for good in
        ["http://a.example", "https://a.example/~jane?a=b&c=d#e", "HTTPS://A.example/", "http://[::1]:8080/", ""]
    {
        assert_eq!(patch(&server, json!({ "profile_url": good })).expect(200)["profile_url"], good);
    }
    patch(&server, json!({ "profile_url": "https://docker.io/" })).expect(200);
    for bad in [
        "docker.io",
        "/path",
        "//docker.io/",
        "ftp://docker.io/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://",
        "https:",
        "http:// docker.io/",
        "java\nscript:alert(1)",
        " ",
    ] {
        assert_names_fields(&patch(&server, json!({ "profile_url": bad })).expect(400), &["profile_url"]);
    }
    assert_unchanged(&server);
}

/// The address and its hash are the example of Gravatar's documentation, "Creating the Hash".
#[test]
fn the_gravatar_is_the_hash_of_the_lower_case_gravatar_address() {
    let server = test_server();
    let answer = patch(&server, json!({ "gravatar_email": "MyEmailAddress@example.com" })).expect(200);
    let url = gravatar("0bc83cb571cd1c50ba6f3e8a78ef1346");
    assert_eq!(answer["gravatar_url"], url);
    assert_eq!(answer["email"], "jane.doe@example.com");
    assert!(answer.get("gravatar_email").is_none());
    assert_eq!(user(&server)["gravatar_url"], url);
    // An empty gravatar_email selects the primary address again.
    patch(&server, json!({ "gravatar_email": "" })).expect(200);
    assert_unchanged(&server);
}

#[test]
fn a_gravatar_address_must_be_a_valid_address() {
    let server = test_server();
    for bad in ["x", "@", "a@", "@example.com", "a b@example.com", "a@example.com, b@example.com", "a@b\n.example"] {
        assert_names_fields(&patch(&server, json!({ "gravatar_email": bad })).expect(400), &["gravatar_email"]);
    }
    let long = format!("{}@{}.example", "a".repeat(64), "b.".repeat(100));
    assert_names_fields(&patch(&server, json!({ "gravatar_email": long })).expect(400), &["gravatar_email"]);
    assert_unchanged(&server);
}

#[test]
fn a_gravatar_address_is_not_added_to_the_users_addresses() {
    let server = test_server();
    // This address belongs to another user, and stays theirs: it only selects the picture.
    patch(&server, json!({ "gravatar_email": "bare@example.com" })).expect(200);
    assert_eq!(user(&server)["gravatar_url"], gravatar("d9c6042f8249275dc21444fa25d67245"));
    assert_eq!(super::emails(&server).as_array().unwrap().len(), 2);
}

#[test]
fn the_database_contains_what_the_response_said() {
    let server = Server::on_file(&[]);
    let body = json!({
        "full_name": "Jané", "location": "Private Island", "company": "", "profile_url": "http://janedoe.com/",
        "gravatar_email": "pictures@example.com"
    });
    patch(&server, body).expect(200);
    patch(&server, json!({ "full_name": "Janet", "company": "x".repeat(256) })).expect(400);
    let row = "SELECT json_array(name, location, company, profile_url, gravatar_email, created_at, state, admin)
               FROM users WHERE id = 2";
    let row: Value = serde_json::from_str(&server.sql::<String>(row)).unwrap();
    // 2014-02-12T17:58:01.431312Z in microseconds.
    let joined = 1_392_227_881_431_312_i64;
    let expected =
        json!(["Jané", "Private Island", "", "http://janedoe.com/", "pictures@example.com", joined, "active", 0]);
    assert_eq!(row, expected);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM users WHERE location = 'Private Island'"), 1);
}
