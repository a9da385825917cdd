//! `/users/:username/`: the user, and what of it can be changed.

use super::{AsJane, JANES, names_fields, untouched, user, world};
use crate::harness::{Answer, Server};
use serde_json::{Value, json};

fn patch(server: &Server, body: Value) -> Answer {
    server.patch(JANES).jane().json(body).send()
}

fn gravatar(md5: &str) -> String {
    format!("https://secure.gravatar.com/avatar/{md5}.jpg?s=80&r=g&d=mm")
}

#[test]
fn texts_that_nobody_set_are_empty_and_never_null() {
    let server = world();
    let answer = server.get("/api/v1.1/users/bare/").basic("bare", "bare-password").send();
    let expected = json!({
        "id": 3, "username": "bare", "url": format!("{}/api/v1.1/users/bare/", server.url()),
        // The fixture has whole seconds: there are six digits all the same.
        "date_joined": "2012-05-23T08:00:58.000000Z",
        "type": "User", "full_name": "", "location": "", "company": "", "profile_url": "",
        // md5sum of the primary address.
        "gravatar_url": gravatar("d9c6042f8249275dc21444fa25d67245"),
        "email": "bare@example.com", "is_active": true
    });
    assert_eq!(answer.expect(200).to_string(), expected.to_string());
}

#[test]
fn only_what_is_given_changes() {
    let server = world();
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
fn nothing_given_changes_nothing() {
    let server = world();
    let before = user(&server);
    assert_eq!(patch(&server, json!({})).expect(200), before);
    assert_eq!(server.patch(JANES).jane().send().expect(200), before);
    untouched(&server);
}

#[test]
fn what_is_not_documented_cannot_be_changed() {
    let server = world();
    let body = json!({
        "id": 99, "username": "other", "url": "http://evil.example/", "date_joined": "2000-01-01T00:00:00.000000Z",
        "type": "Organization", "gravatar_url": "http://evil.example/", "email": "evil@example.com",
        "is_active": false, "admin": true, "is_admin": true, "password": "another-password", "blocked": true,
        "emails": [{ "email": "evil@example.com" }]
    });
    patch(&server, body).expect(200);
    untouched(&server);
}

#[test]
fn all_or_nothing() {
    let server = world();
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
        names_fields(&patch(&server, body).expect(400), &[bad]);
        untouched(&server);
    }
}

#[test]
fn one_answer_names_every_bad_field() {
    let server = world();
    let body = json!({
        "full_name": "x".repeat(256), "location": "fine", "profile_url": "javascript:alert(1)", "gravatar_email": "x"
    });
    names_fields(&patch(&server, body).expect(400), &["full_name", "profile_url", "gravatar_email"]);
    untouched(&server);
}

#[test]
fn texts_have_255_characters_at_most() {
    let server = world();
    for field in ["full_name", "location", "company"] {
        for letter in ["x", "é", "東", "😀"] {
            let longest = letter.repeat(255);
            let answer = patch(&server, json!({ field: longest })).expect(200);
            assert_eq!(answer[field], longest, "{field}");
            let body = patch(&server, json!({ field: letter.repeat(256) })).expect(400);
            names_fields(&body, &[field]);
            assert!(body[field][0].as_str().unwrap().contains("255"), "{body}");
            assert_eq!(user(&server)[field], longest, "{field}");
        }
    }
}

#[test]
fn null_and_other_types_are_400() {
    let server = world();
    for field in ["full_name", "location", "company", "profile_url", "gravatar_email"] {
        for wrong in [Value::Null, json!(1), json!(1.5), json!(false), json!([]), json!(["x"]), json!({})] {
            names_fields(&patch(&server, json!({ field: wrong })).expect(400), &[field]);
        }
    }
    untouched(&server);
}

#[test]
fn texts_have_no_control_characters() {
    let server = world();
    for field in ["full_name", "location", "company"] {
        for bad in ["a\nb", "a\rb", "a\tb", "a\0b", "a\u{1b}[31mb", "a\u{7f}b", "a\u{85}b"] {
            names_fields(&patch(&server, json!({ field: bad })).expect(400), &[field]);
        }
    }
    untouched(&server);
}

#[test]
fn any_other_character_is_kept_as_it_is() {
    let server = world();
    for text in ["<b>&amp;\"'\\", "Zoë Łukasz 東京 😀", "'; DROP TABLE users; --", "%00 %0a + &=", " blanks "] {
        assert_eq!(patch(&server, json!({ "full_name": text })).expect(200)["full_name"], text);
        assert_eq!(user(&server)["full_name"], text);
    }
}

#[test]
fn a_profile_url_is_http_or_https_or_nothing() {
    let server = world();
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
        names_fields(&patch(&server, json!({ "profile_url": bad })).expect(400), &["profile_url"]);
    }
    untouched(&server);
}

/// The pair of address and hash is that of Gravatar's own documentation, "Creating the Hash".
#[test]
fn the_gravatar_is_that_of_its_own_address_in_lower_case() {
    let server = world();
    let answer = patch(&server, json!({ "gravatar_email": "MyEmailAddress@example.com" })).expect(200);
    let url = gravatar("0bc83cb571cd1c50ba6f3e8a78ef1346");
    assert_eq!(answer["gravatar_url"], url);
    assert_eq!(answer["email"], "jane.doe@example.com");
    assert!(answer.get("gravatar_email").is_none());
    assert_eq!(user(&server)["gravatar_url"], url);
    // Nothing brings back the primary address's.
    patch(&server, json!({ "gravatar_email": "" })).expect(200);
    untouched(&server);
}

#[test]
fn a_gravatar_address_must_be_one() {
    let server = world();
    for bad in ["x", "@", "a@", "@example.com", "a b@example.com", "a@example.com, b@example.com", "a@b\n.example"] {
        names_fields(&patch(&server, json!({ "gravatar_email": bad })).expect(400), &["gravatar_email"]);
    }
    let long = format!("{}@{}.example", "a".repeat(64), "b.".repeat(100));
    names_fields(&patch(&server, json!({ "gravatar_email": long })).expect(400), &["gravatar_email"]);
    untouched(&server);
}

#[test]
fn a_gravatar_address_is_not_one_of_the_users() {
    let server = world();
    // It belongs to another, who keeps it: it says only which picture is shown.
    patch(&server, json!({ "gravatar_email": "bare@example.com" })).expect(200);
    assert_eq!(user(&server)["gravatar_url"], gravatar("d9c6042f8249275dc21444fa25d67245"));
    assert_eq!(super::emails(&server).as_array().unwrap().len(), 2);
}

#[test]
fn the_database_holds_what_was_answered() {
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
