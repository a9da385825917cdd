//! Validation of user attributes, on create and on update. The messages are those of Rails (activemodel's en.yml).

use super::{create, merged, new_user, show, update};
use crate::harness::{ROOT, Server};
use serde_json::{Value, json};

const TOO_LONG: &str = "is too long (maximum is 255 characters)";

fn post(server: &Server, user: Value) -> (u16, Value) {
    let answer = server.post("/api/v3/users").private_token(ROOT).json(user).send();
    (answer.status, answer.json())
}

/// Checks that create and update refuse this value, with exactly one message, about this attribute.
#[track_caller]
fn assert_refused(server: &Server, attribute: &str, value: Value, message: Option<&str>) {
    let change = json!({attribute: value});
    let before = show(server, 1);
    let put = update(server, 1, change.clone());
    for (status, body) in [(put.status, put.json()), post(server, merged(new_user("newuser"), change.clone()))] {
        assert_eq!(status, 404, "{change}");
        let names = crate::harness::names(&body["message"]);
        assert_eq!(names, [attribute], "{change} {body}");
        let reasons = body["message"][attribute].as_array().unwrap();
        assert_eq!(reasons.len(), 1, "{body}");
        match message {
            Some(message) => assert_eq!(reasons[0], message, "{change}"),
            None => assert!(reasons[0].as_str().is_some_and(|reason| reason.len() > 5), "{body}"),
        }
    }
    assert_eq!(show(server, 1), before, "{change}");
    assert_eq!(server.get("/api/v3/users?username=newuser").private_token(ROOT).send().body, "[]");
}

#[test]
fn valid_usernames_are_accepted() {
    let server = Server::demo();
    let longest = "x".repeat(255);
    for (n, name) in
        ["a", "7", "123456", "a_b-c.d", "_", ".x", "x-", "git", "atom", "x.gitx", "UPPER", longest.as_str()]
            .iter()
            .enumerate()
    {
        let user = merged(new_user("x"), json!({"username": name, "email": format!("n{n}@example.com")}));
        assert_eq!(show(&server, create(&server, user))["username"], *name);
    }
}

#[test]
fn invalid_usernames_are_refused() {
    let server = Server::demo();
    for name in [
        "-x",
        "x.",
        "x.git",
        "x.GIT",
        "x.atom",
        "x.Atom",
        ".",
        "..",
        "...",
        "a b",
        "a/b",
        "a@b",
        "a\\b",
        "a%b",
        "a:b",
        "é",
        "😀",
        "a\u{0}b",
        "a\nb",
        " a",
        "a ",
        "<b>",
        "a'b",
        "ａ",
        "a\u{200b}b",
    ] {
        assert_refused(&server, "username", json!(name), None);
    }
    assert_refused(&server, "username", json!("x".repeat(256)), Some(TOO_LONG));
}

#[test]
fn name_and_bio_have_at_most_255_characters() {
    let server = Server::demo();
    for attribute in ["name", "bio"] {
        for value in ["x".repeat(255), "é".repeat(255), "😀".repeat(255)] {
            assert_eq!(update(&server, 1, json!({attribute: value})).expect(200)[attribute], json!(value));
        }
        for value in ["x".repeat(256), "é".repeat(256), "x".repeat(100_000)] {
            assert_refused(&server, attribute, json!(value), Some(TOO_LONG));
        }
    }
}

#[test]
fn a_blank_name_is_refused() {
    let server = Server::demo();
    for blank in ["", " ", "\u{3000}"] {
        let answer = update(&server, 1, json!({"name": blank}));
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({"message": {"name": ["can't be blank"]}})),
            "{blank:?}"
        );
    }
}

#[test]
fn control_characters_are_refused_in_every_text() {
    let server = Server::demo();
    for attribute in ["name", "bio", "skype", "linkedin", "twitter", "username", "email", "website_url"] {
        for control in ['\u{0}', '\n', '\r', '\t', '\u{1b}', '\u{7f}', '\u{85}'] {
            let value = match attribute {
                "email" => format!("a{control}b@example.com"),
                "website_url" => format!("http://a.example/{control}b"),
                _ => format!("a{control}b"),
            };
            assert_refused(&server, attribute, json!(value), None);
        }
    }
    for attribute in ["extern_uid", "provider"] {
        let pair = merged(json!({"extern_uid": "a", "provider": "b"}), json!({attribute: "a\nb"}));
        let answer = update(&server, 1, pair);
        assert_eq!(
            (answer.status, crate::harness::names(&answer.json()["message"])),
            (404, vec![attribute.to_owned()])
        );
    }
}

#[test]
fn a_password_has_8_to_1024_characters() {
    let server = Server::demo();
    for (n, password) in
        ["12345678", "пароль€€", &"x".repeat(1024), &"😀".repeat(1024), "  spaces  "].iter().enumerate()
    {
        let name = format!("n{n}");
        create(&server, merged(new_user(&name), json!({"password": password})));
        let session = json!({"login": name, "password": password});
        server.post("/api/v3/session").json(session).send().expect(201);
    }
    for (password, message) in [
        ("1234567".to_owned(), "is too short (minimum is 8 characters)"),
        ("пароль€".to_owned(), "is too short (minimum is 8 characters)"),
        ("x".repeat(1025), "is too long (maximum is 1024 characters)"),
        ("x".repeat(100_000), "is too long (maximum is 1024 characters)"),
    ] {
        assert_refused(&server, "password", json!(password), Some(message));
    }
    server.post("/api/v3/session").json(json!({"login": "john_smith", "password": "john-password"})).send().expect(201);
}

#[test]
fn projects_limit_is_not_negative() {
    let server = Server::demo();
    for limit in [json!(0), json!(1), json!("12"), json!(2_147_483_647)] {
        update(&server, 1, json!({"projects_limit": limit})).expect(200);
    }
    for limit in [json!(-1), json!("-1"), json!(i64::MIN)] {
        assert_refused(&server, "projects_limit", limit, Some("must be greater than or equal to 0"));
    }
    assert_refused(&server, "projects_limit", json!(i64::MAX), None);
}

#[test]
fn an_email_address_is_valid_and_has_at_most_254_characters() {
    let server = Server::demo();
    let address = |length: usize| {
        let domain = format!("{}.{}.{}.example", "d".repeat(60), "e".repeat(60), "f".repeat(50));
        let local = "x".repeat(60);
        let rest = length - domain.len() - local.len() - 2;
        format!("{local}@{}.{domain}", "g".repeat(rest))
    };
    assert_eq!(address(254).len(), 254);
    update(&server, 1, json!({"email": address(254)})).expect(200);
    assert_refused(&server, "email", json!(address(255)), Some("is too long (maximum is 254 characters)"));
    for bad in ["x", "x@", "@example.com", "a b@example.com", "a@b@example.com", "a@exa mple.com"] {
        assert_refused(&server, "email", json!(bad), None);
    }
}

#[test]
fn website_url_is_http_or_https() {
    let server = Server::demo();
    for good in ["http://a.example", "https://a.example/b?c#d"] {
        assert_eq!(update(&server, 1, json!({"website_url": good})).expect(200)["website_url"], good);
    }
    for bad in ["javascript:alert(1)", "a.example", "//a.example", "data:text/html,x", "file:///etc/passwd"] {
        assert_refused(&server, "website_url", json!(bad), None);
    }
}

#[test]
fn one_response_names_every_invalid_attribute() {
    let server = Server::demo();
    let wrong = json!({"username": "a b", "name": "x".repeat(256), "bio": "x".repeat(256), "password": "short"});
    let (status, body) = post(&server, merged(new_user("newuser"), wrong));
    assert_eq!(status, 404);
    let mut names = crate::harness::names(&body["message"]);
    names.sort();
    assert_eq!(names, ["bio", "name", "password", "username"]);
    assert_eq!(body["message"]["bio"], json!([TOO_LONG]));
    assert!(!body.to_string().contains("short\""), "the response repeats the password: {body}");
}
