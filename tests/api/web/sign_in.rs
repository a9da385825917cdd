//! The form for signing in.

use super::super::harness::{Answer, Server};
use super::{APPLICATIONS, Browser, JOHN, hidden, is_page, unescaped};
use serde_json::json;

const PATH: &str = "/account/sign-in";

/// Sends the form with these beside its token.
fn submit(server: &Server, fields: &[(&str, &str)]) -> Answer {
    let mut browser = Browser::new(server);
    let csrf = hidden(&browser.get(PATH), "csrf");
    browser.post(PATH, &[&[("csrf", csrf.as_str())], fields].concat())
}

#[test]
fn the_form_is_one_that_browsers_and_people_know() {
    let server = Server::demo();
    let page = server.get(PATH).send();
    is_page(&page, 200, "Sign in");
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
    assert_eq!(hidden(&page, "return_to"), APPLICATIONS);
    assert!(!page.body.contains("role=\"alert\""), "{page:?}");
}

#[test]
fn a_user_name_or_any_address_will_do_whatever_its_case() {
    let server = Server::demo();
    for login in ["john_smith", "JOHN_SMITH", "john@example.com", "John@Example.COM"] {
        Browser::of(&server, (login, JOHN.1)).is_signed_in_as("john_smith");
    }
}

#[test]
fn a_failure_does_not_say_which_part_was_wrong() {
    let server = Server::demo();
    server.put("/api/v3/users/3/block").private(super::super::harness::ROOT).send().expect(200);
    let wrong = |login: &str, password: &str| {
        let answer = submit(&server, &[("login", login), ("password", password)]);
        is_page(&answer, 422, "Sign in");
        assert_eq!(answer.all("set-cookie").len(), 0, "{answer:?}");
        assert_eq!(hidden(&answer, "return_to"), APPLICATIONS);
        let said = answer.body.split_once("role=\"alert\">").unwrap().1.split_once("</p>").unwrap().0.to_owned();
        let form = answer.body.split_once("<main>").unwrap().1.to_owned();
        let form = form.replace(&hidden(&answer, "csrf"), "").replace(&format!("value=\"{login}\""), "value=\"\"");
        (said, form)
    };
    let (sentence, form) = wrong("john_smith", "wrong password");
    assert_eq!(sentence, "That user name or email address and that password do not go together.");
    let long = "x".repeat(5000);
    for (login, password) in [
        ("nobody", "wrong password"),
        ("nobody", JOHN.1),
        ("nobody@example.com", "wrong password"),
        ("john@example.com", "wrong password"),
        // Blocked, with the right password and another.
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
        // Tokens are for the APIs.
        ("john_smith", super::super::harness::JOHN),
        ("root", super::super::harness::ROOT),
    ] {
        let (said, again) = wrong(login, password);
        assert_eq!(said, sentence, "{login}");
        let escaped = login.replace('\'', "&#39;");
        assert_eq!(again.replace(&format!("value=\"{escaped}\""), "value=\"\""), form, "{login}");
    }
    // Nothing typed, and nothing sent: the page puts the cursor elsewhere, and says the same.
    for fields in [&[("login", ""), ("password", "")][..], &[("login", "john_smith")], &[("password", "x")], &[]] {
        let answer = submit(&server, fields);
        is_page(&answer, 422, "Sign in");
        assert!(answer.body.contains(&format!("role=\"alert\">{sentence}</p>")), "{answer:?}");
    }
}

#[test]
fn who_guesses_is_told_to_wait_on_the_page() {
    let server = Server::demo_with(&["--login-rate", "2/h"]);
    let wrong = [("login", "john_smith"), ("password", "wrong password"), ("return_to", "/a?b=c")];
    for _ in 0..2 {
        assert_eq!(submit(&server, &wrong).status, 422);
    }
    // The right one, too.
    let answer = submit(&server, &[wrong[0], ("password", JOHN.1), wrong[2]]);
    is_page(&answer, 429, "Sign in");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1790..=1800).contains(&seconds), "{seconds}");
    assert!(answer.body.contains("role=\"alert\">Too many wrong passwords. Please try again in 30 minutes.</p>"));
    assert!(answer.body.contains("name=\"login\" value=\"john_smith\""), "{answer:?}");
    assert_eq!(hidden(&answer, "return_to"), "/a?b=c");
    assert!(!answer.body.contains(JOHN.1) && answer.all("set-cookie").is_empty(), "{answer:?}");
    // What the form took counts everywhere else.
    assert_eq!(server.post("/api/v3/session").form(&[("login", JOHN.0), ("password", JOHN.1)]).send().status, 429);
}

#[test]
fn what_was_typed_is_kept_but_the_password() {
    let server = Server::demo();
    let answer = submit(&server, &[("login", "john_smiht"), ("password", "john-password"), ("return_to", "/a?b=c")]);
    is_page(&answer, 422, "Sign in");
    assert!(answer.body.contains("name=\"login\" value=\"john_smiht\""), "{answer:?}");
    assert_eq!(hidden(&answer, "return_to"), "/a?b=c");
    assert!(!answer.body.contains("john-password"), "{answer:?}");
    let password = answer.body.split_once("<input id=\"password\"").unwrap().1.split_once('>').unwrap().0;
    assert!(password.contains("autofocus") && !password.contains("value="), "{password}");
    // What no user name can be is not repeated.
    let long = "x".repeat(256);
    assert!(!submit(&server, &[("login", &long), ("password", "x")]).body.contains(&long));
}

#[test]
fn a_password_never_reaches_the_log() {
    let server = Server::demo_with(&["--log", "debug"]);
    submit(&server, &[("login", "john_smith"), ("password", "a-secret-guess")]);
    let mut john = Browser::of(&server, JOHN);
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

#[test]
fn one_goes_back_to_where_one_came_from() {
    let server = Server::demo();
    for (path, to) in [
        ("/account/applications", "/account/applications"),
        ("/api/v1.1/o/authorize/?client_id=a&state=%22%26", "/api/v1.1/o/authorize/?client_id=a&state=%22%26"),
        ("/a?redirect_uri=https://my.app/cb#x", "/a?redirect_uri=https://my.app/cb#x"),
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path).finish();
        let mut browser = Browser::new(&server);
        let page = browser.get(&format!("{PATH}?{query}"));
        assert_eq!(hidden(&page, "return_to"), path);
        let fields = [("csrf", &*hidden(&page, "csrf")), ("return_to", path), ("login", JOHN.0), ("password", JOHN.1)];
        let answer = browser.post(PATH, &fields);
        assert_eq!((answer.status, answer.header("location")), (303, Some(to)));
    }
}

/// Open redirect: a link to the real page for signing in that ends on the attacker's.
#[test]
fn nobody_is_sent_to_another_site() {
    let server = Server::demo();
    let mut john = Browser::of(&server, JOHN);
    for bad in [
        "https://evil.example",
        "http:evil.example",
        "//evil.example",
        "///evil.example",
        "////evil.example/..",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\n/evil.example",
        " //evil.example",
        "\u{1}//evil.example",
        "/x\r\nLocation: https://evil.example",
        "/x\r\nSet-Cookie: accountd_session=x",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "evil.example",
        "@evil.example",
        "/x\\..\\evil",
        "／／evil.example",
        "",
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", bad).finish();
        let page = server.get(&format!("{PATH}?{query}")).send();
        assert_eq!(hidden(&page, "return_to"), APPLICATIONS, "{bad:?}");
        assert!(!page.body.contains("evil"), "{bad:?}");
        // Straight to the form's target, when signed in already, and by signing out.
        let answer = submit(&server, &[("return_to", bad), ("login", JOHN.0), ("password", JOHN.1)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some(APPLICATIONS)), "{bad:?}");
        let already = john.get(&format!("{PATH}?{query}"));
        assert_eq!((already.status, already.header("location")), (303, Some(APPLICATIONS)), "{bad:?}");
        let csrf = john.csrf();
        let out = john.post("/account/sign-out", &[("csrf", &csrf), ("return_to", bad)]);
        let to = "/account/sign-in?return_to=%2Faccount%2Fapplications";
        assert_eq!((out.status, out.header("location")), (303, Some(to)), "{bad:?}");
        john = Browser::of(&server, JOHN);
    }
    // Given twice, and as a list.
    for query in ["return_to=/a&return_to=//evil.example", "return_to[]=//evil.example", "return_to=%ff"] {
        assert_eq!(hidden(&server.get(&format!("{PATH}?{query}")).send(), "return_to"), APPLICATIONS, "{query}");
    }
}

#[test]
fn signing_out_of_a_page_comes_back_to_it() {
    let server = Server::demo();
    let mut john = Browser::of(&server, JOHN);
    let csrf = john.csrf();
    let answer =
        john.post("/account/sign-out", &[("csrf", &csrf), ("return_to", "/oauth/authorize?client_id=a&b=%26")]);
    let to = "/account/sign-in?return_to=%2Foauth%2Fauthorize%3Fclient_id%3Da%26b%3D%2526";
    assert_eq!((answer.status, answer.header("location")), (303, Some(to)));
    assert_eq!(hidden(&john.get(to), "return_to"), "/oauth/authorize?client_id=a&b=%26");
}

/// SPEC 2: the three kinds of body mean the same.
#[test]
fn another_kind_of_body_is_held_against_the_token_too() {
    let server = Server::demo();
    let mut browser = Browser::new(&server);
    let csrf = hidden(&browser.get(PATH), "csrf");
    let without = json!({"login": JOHN.0, "password": JOHN.1});
    assert_eq!(browser.call("POST", PATH).json(without).send().status, 403);
    let with = json!({"login": JOHN.0, "password": JOHN.1, "csrf": csrf});
    assert_eq!(browser.call("POST", PATH).json(with).send().status, 303);
    for wrong in [json!(["x"]), json!({"a": "b"}), json!(1), json!(null), json!(true)] {
        let body = json!({"login": wrong, "password": wrong, "csrf": csrf});
        let answer = browser.call("POST", PATH).json(body).send();
        is_page(&answer, 422, "Sign in");
        let body = json!({"login": JOHN.0, "password": JOHN.1, "csrf": wrong});
        is_page(&browser.call("POST", PATH).json(body).send(), 403, "Sign in");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_a_page() {
    let server = Server::demo();
    for (content_type, body, status) in [
        ("text/plain", "csrf=x", 415),
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("multipart/form-data; boundary=X", "x", 400),
        ("application/x-www-form-urlencoded; charset=utf-16", "a=b", 415),
    ] {
        let answer = server.post(PATH).header("Content-Type", content_type).body(body).send();
        is_page(&answer, status, "This could not be read");
        assert!(answer.body.contains("Nothing was done: "), "{answer:?}");
    }
    let large = server.post(PATH).header("Content-Type", "application/x-www-form-urlencoded").body(vec![b'a'; 2 << 20]);
    is_page(&large.send(), 413, "This could not be read");
    for body in [&b"\xff\xfe"[..], b"&&&===", b"login", b"%", b"\0", b"login=%ff&password=%ff&csrf=%ff"] {
        let answer = server.post(PATH).header("Content-Type", "application/x-www-form-urlencoded").body(body).send();
        assert!(matches!(answer.status, 400 | 403), "{answer:?}");
    }
}

/// Cross-site scripting, through everything that the page repeats.
#[test]
fn what_is_repeated_is_text() {
    let server = Server::demo();
    for hostile in
        ["\"><script>alert(1)</script>", "' autofocus onfocus='alert(1)", "</title><script>", "{{7*7}}", "&lt;b&gt;"]
    {
        let answer = submit(&server, &[("login", hostile), ("password", "x")]);
        is_page(&answer, 422, "Sign in");
        let value = answer.body.split_once("name=\"login\" value=\"").unwrap().1.split_once('"').unwrap().0;
        assert_eq!(unescaped(value), hostile);
        assert!(!value.contains(['<', '>', '\'']) && !answer.body.contains("<script"), "{answer:?}");
        let path = format!("/a?{}", hostile.replace(' ', "+"));
        let answer = submit(&server, &[("login", "x"), ("password", "x"), ("return_to", &path)]);
        assert_eq!(hidden(&answer, "return_to"), path);
        assert!(!answer.body.contains("<script") && !answer.body.contains("onfocus='"), "{answer:?}");
        let encoded = form_urlencoded::byte_serialize(hostile.as_bytes()).collect::<String>();
        let missing = server.get(&format!("/account/{encoded}")).send();
        assert!(!missing.body.contains(hostile), "{missing:?}");
    }
    // The address that the caller used is in the title.
    let request = "GET /account/sign-in HTTP/1.1\r\nHost: \"><script>\r\nConnection: close\r\n\r\n";
    let answer = String::from_utf8(server.raw(request.as_bytes())).unwrap();
    assert!(!answer.contains("<script"), "{answer}");
}
