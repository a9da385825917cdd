//! The sign-in form.

use super::{Browser, JOHN, assert_page, hidden_field, unescaped};
use crate::harness::{Response, Server};
use serde_json::json;

pub const PATH: &str = "/account/sign-in";

/// Submits the form with its token and these fields.
pub fn submit(server: &Server, fields: &[(&str, &str)]) -> Response {
    let mut browser = Browser::new(server);
    let csrf = hidden_field(&browser.get(PATH), "csrf");
    browser.post(PATH, &[&[("csrf", csrf.as_str())], fields].concat())
}

#[test]
fn the_form_has_labels_and_autocomplete_names() {
    let server = Server::demo();
    let page = server.get(PATH).send();
    assert_page(&page, 200, "Sign in");
    assert_eq!(page.body.matches("<form ").count(), 1);
    assert!(page.body.contains("<form method=\"post\" action=\"/account/sign-in\">"), "{page:?}");
    for (id, kind, autocomplete) in [("login", None, "username"), ("password", Some("password"), "current-password")] {
        assert!(page.body.contains(&format!("<label for=\"{id}\">")), "{page:?}");
        let start = format!("<input id=\"{id}\" name=\"{id}\" ");
        let input = page.body.split_once(&start).unwrap().1.split_once('>').unwrap().0;
        assert!(input.contains(&format!("autocomplete=\"{autocomplete}\"")), "{input}");
        assert!(input.split(' ').any(|word| word == "required"), "{input}");
        assert_eq!(input.contains("type=\"password\""), kind.is_some(), "{input}");
    }
    assert_eq!(hidden_field(&page, "return_to"), "/account");
    assert!(!page.body.contains("role=\"alert\""), "{page:?}");
}

#[test]
fn username_and_address_sign_in_ignoring_case() {
    let server = Server::demo();
    for login in ["john_smith", "JOHN_SMITH", "john@example.com", "John@Example.COM"] {
        Browser::signed_in(&server, (login, JOHN.1)).assert_signed_in_as("john_smith");
    }
}

#[test]
fn a_failure_does_not_reveal_whether_the_user_exists() {
    let server = Server::demo();
    server.put("/api/v3/users/3/block").private_token(crate::harness::ROOT).send().expect(200);
    let wrong = |login: &str, password: &str| {
        let answer = submit(&server, &[("login", login), ("password", password)]);
        assert_page(&answer, 422, "Sign in");
        assert_eq!(answer.all("set-cookie").len(), 0, "{answer:?}");
        assert_eq!(hidden_field(&answer, "return_to"), "/account");
        let message = answer.body.split_once("role=\"alert\">").unwrap().1.split_once("</p>").unwrap().0.to_owned();
        let form = answer.body.split_once("<main id=\"main\">").unwrap().1.to_owned();
        let form =
            form.replace(&hidden_field(&answer, "csrf"), "").replace(&format!("value=\"{login}\""), "value=\"\"");
        (message, form)
    };
    let (expected, form) = wrong("john_smith", "wrong password");
    assert_eq!(expected, "Wrong user name or password.");
    let long = "x".repeat(5000);
    for (login, password) in [
        ("nobody", "wrong password"),
        ("nobody", JOHN.1),
        ("nobody@example.com", "wrong password"),
        ("john@example.com", "wrong password"),
        // A blocked user, with the right password and with a wrong one.
        ("jack_smith", "jack-password"),
        ("jack_smith", "wrong password"),
        ("john_smith", "JOHN-PASSWORD"),
        ("john_smith", " john-password"),
        ("john_smith", "john-password\n"),
        ("john_smith", "john-password\0"),
        ("john_smith", &long),
        (" john_smith", JOHN.1),
        ("john_smith'--", JOHN.1),
        ("%", JOHN.1),
        // Tokens work only for the APIs.
        ("john_smith", crate::harness::JOHN),
        ("root", crate::harness::ROOT),
    ] {
        let (message, other_form) = wrong(login, password);
        assert_eq!(message, expected, "{login}");
        let escaped = login.replace('\'', "&#39;");
        assert_eq!(other_form.replace(&format!("value=\"{escaped}\""), "value=\"\""), form, "{login}");
    }
    // Empty and missing fields give the same message; only the focus differs.
    for fields in [&[("login", ""), ("password", "")][..], &[("login", "john_smith")], &[("password", "x")], &[]] {
        let answer = submit(&server, fields);
        assert_page(&answer, 422, "Sign in");
        assert!(answer.body.contains(&format!("role=\"alert\">{expected}</p>")), "{answer:?}");
    }
}

#[test]
fn a_rate_limited_form_says_how_long_to_wait_and_keeps_its_fields() {
    let server = Server::demo_with(&["--login-rate", "2/h"]);
    let wrong = [("login", "john_smith"), ("password", "wrong password"), ("return_to", "/a?b=c")];
    for _ in 0..2 {
        assert_eq!(submit(&server, &wrong).status, 422);
    }
    // The right password is refused too.
    let answer = submit(&server, &[wrong[0], ("password", JOHN.1), wrong[2]]);
    assert_page(&answer, 429, "Sign in");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1790..=1800).contains(&seconds), "{seconds}");
    assert!(answer.body.contains("role=\"alert\">Too many wrong passwords. Please try again in 30 minutes.</p>"));
    assert!(answer.body.contains("name=\"login\" value=\"john_smith\""), "{answer:?}");
    assert_eq!(hidden_field(&answer, "return_to"), "/a?b=c");
    assert!(!answer.body.contains(JOHN.1) && answer.all("set-cookie").is_empty(), "{answer:?}");
    // The attempts count for the APIs too.
    assert_eq!(server.post("/api/v3/session").form(&[("login", JOHN.0), ("password", JOHN.1)]).send().status, 429);
}

#[test]
fn a_failed_form_keeps_its_fields_except_the_password() {
    let server = Server::demo();
    let answer = submit(&server, &[("login", "john_smiht"), ("password", "john-password"), ("return_to", "/a?b=c")]);
    assert_page(&answer, 422, "Sign in");
    assert!(answer.body.contains("name=\"login\" value=\"john_smiht\""), "{answer:?}");
    assert_eq!(hidden_field(&answer, "return_to"), "/a?b=c");
    assert!(!answer.body.contains("john-password"), "{answer:?}");
    let password = answer.body.split_once("<input id=\"password\"").unwrap().1.split_once('>').unwrap().0;
    assert!(password.contains("autofocus") && !password.contains("value="), "{password}");
    // A login too long for a username is not repeated.
    let long = "x".repeat(256);
    assert!(!submit(&server, &[("login", &long), ("password", "x")]).body.contains(&long));
}

#[test]
fn passwords_and_cookies_are_not_logged() {
    let server = Server::demo_with(&["--log", "debug"]);
    submit(&server, &[("login", "john_smith"), ("password", "a-secret-guess")]);
    let mut john = Browser::signed_in(&server, JOHN);
    john.get("/account/the-last-line");
    while !server.log().contains("the-last-line") {
        std::thread::yield_now();
    }
    let log = server.log();
    for secret in ["a-secret-guess", JOHN.1, john.cookie("accountd_session")] {
        assert!(!log.contains(secret), "{log}");
    }
    assert!(log.contains("user") && log.contains("john_smith"), "{log}");
}

/// SPEC 2: the three formats of a body are equivalent.
#[test]
fn a_json_body_needs_the_csrf_token_too() {
    let server = Server::demo();
    let mut browser = Browser::new(&server);
    let csrf = hidden_field(&browser.get(PATH), "csrf");
    let without = json!({"login": JOHN.0, "password": JOHN.1});
    assert_eq!(browser.request("POST", PATH).json(without).send().status, 403);
    let with = json!({"login": JOHN.0, "password": JOHN.1, "csrf": csrf});
    assert_eq!(browser.request("POST", PATH).json(with).send().status, 303);
    for wrong in [json!(["x"]), json!({"a": "b"}), json!(1), json!(null), json!(true)] {
        let body = json!({"login": wrong, "password": wrong, "csrf": csrf});
        let answer = browser.request("POST", PATH).json(body).send();
        assert_page(&answer, 422, "Sign in");
        let body = json!({"login": JOHN.0, "password": JOHN.1, "csrf": wrong});
        assert_page(&browser.request("POST", PATH).json(body).send(), 403, "Sign in");
    }
}

#[test]
fn an_unreadable_body_is_answered_with_a_page() {
    let server = Server::demo();
    for (content_type, body, status) in [
        ("text/plain", "csrf=x", 415),
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("multipart/form-data; boundary=X", "x", 400),
        ("application/x-www-form-urlencoded; charset=utf-16", "a=b", 415),
    ] {
        let answer = server.post(PATH).header("Content-Type", content_type).body(body).send();
        assert_page(&answer, status, "The form could not be read");
        assert!(answer.body.contains("Nothing was done: "), "{answer:?}");
    }
    let large = server.post(PATH).header("Content-Type", "application/x-www-form-urlencoded").body(vec![b'a'; 2 << 20]);
    assert_page(&large.send(), 413, "The form could not be read");
    for body in [&b"\xff\xfe"[..], b"&&&===", b"login", b"%", b"\0", b"login=%ff&password=%ff&csrf=%ff"] {
        let answer = server.post(PATH).header("Content-Type", "application/x-www-form-urlencoded").body(body).send();
        assert!(matches!(answer.status, 400 | 403), "{answer:?}");
    }
}

/// Cross-site scripting, through each input that a page repeats.
#[test]
fn repeated_input_is_escaped() {
    let server = Server::demo();
    for hostile in
        ["\"><script>alert(1)</script>", "' autofocus onfocus='alert(1)", "</title><script>", "{{7*7}}", "&lt;b&gt;"]
    {
        let answer = submit(&server, &[("login", hostile), ("password", "x")]);
        assert_page(&answer, 422, "Sign in");
        let value = answer.body.split_once("name=\"login\" value=\"").unwrap().1.split_once('"').unwrap().0;
        assert_eq!(unescaped(value), hostile);
        assert!(!value.contains(['<', '>', '\'']) && !answer.body.contains("<script"), "{answer:?}");
        let path = format!("/a?{}", hostile.replace(' ', "+"));
        let answer = submit(&server, &[("login", "x"), ("password", "x"), ("return_to", &path)]);
        assert_eq!(hidden_field(&answer, "return_to"), path);
        assert!(!answer.body.contains("<script") && !answer.body.contains("onfocus='"), "{answer:?}");
        let encoded = form_urlencoded::byte_serialize(hostile.as_bytes()).collect::<String>();
        let missing = server.get(&format!("/account/{encoded}")).send();
        assert!(!missing.body.contains(hostile), "{missing:?}");
    }
    // The host of the request is in the title.
    let request = "GET /account/sign-in HTTP/1.1\r\nHost: \"><script>\r\nConnection: close\r\n\r\n";
    let answer = String::from_utf8(server.raw(request.as_bytes())).unwrap();
    assert!(!answer.contains("<script"), "{answer}");
}
