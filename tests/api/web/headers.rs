//! Response headers of the pages, and their methods.

use super::{APPLICATIONS, Browser, JOHN, assert_page};
use crate::harness::{Response, Server};

const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The names of the headers in order, without those that every response has.
fn names(answer: &Response) -> Vec<&str> {
    let common = ["x-request-id", "date", "content-length", "set-cookie"];
    answer.headers.iter().map(|(name, _)| name.as_str()).filter(|name| !common.contains(name)).collect()
}

#[track_caller]
fn assert_security_headers(answer: &Response) {
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", POLICY),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(answer.all(name), [value], "{name}: {answer:?}");
    }
}

/// Checks that the page has nothing that its policy blocks: inline styles, scripts, resources of other hosts.
#[track_caller]
fn assert_follows_policy(page: &Response) {
    for word in
        ["<script", "<style", " style=", "javascript:", " onclick", " onload", "<img", "<iframe", "src=", "http:"]
    {
        assert!(!page.body.contains(word), "{word}: {page:?}");
    }
    assert_eq!(page.body.matches("<link ").count(), 2, "{page:?}");
    assert!(page.body.contains("<link rel=\"icon\" type=\"image/svg+xml\" href=\"/account/icon.svg\">"), "{page:?}");
    assert!(page.body.contains("<link rel=\"stylesheet\" href=\"/account/style.css\">"), "{page:?}");
    assert!(page.body.contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"));
}

/// A page of each kind, with the status that it must have.
fn pages(server: &Server) -> Vec<(u16, Response)> {
    let mut anonymous = Browser::new(server);
    let mut john = Browser::signed_in(server, JOHN);
    let csrf = john.csrf();
    let elsewhere = server.post("/account/sign-in").header("Origin", "https://evil.example").form(&[("login", "x")]);
    let text = server.post("/account/sign-in").header("Content-Type", "text/plain").body("x");
    vec![
        (200, anonymous.get("/account/sign-in")),
        (422, anonymous.sign_in("nobody", "wrong password")),
        (403, anonymous.post("/account/sign-in", &[("login", "x")])),
        (403, elsewhere.send()),
        (415, text.send()),
        (200, john.get(APPLICATIONS)),
        (403, john.post("/account/sign-out", &[])),
        (403, john.post("/account/applications/revoke", &[("client_id", "x")])),
        (404, john.get("/account/nothing")),
        (404, john.get("/account/sign-in/more")),
        (405, john.get("/account/sign-out")),
        (405, john.post("/account/style.css", &[("csrf", &csrf)])),
    ]
}

#[test]
fn every_page_has_the_security_headers_and_nothing_that_they_block() {
    let server = Server::demo();
    for (status, page) in pages(&server) {
        assert_eq!(page.status, status, "{page:?}");
        assert_security_headers(&page);
        assert_follows_policy(&page);
        let expected = if status == 405 { 7 } else { 6 };
        assert_eq!(names(&page).len(), expected, "{:?}", names(&page));
    }
}

#[test]
fn every_page_has_the_layout_of_the_site_and_no_internal_details() {
    let server = Server::demo();
    for (_, page) in pages(&server) {
        assert!(page.body.ends_with("</html>") || page.body.ends_with("</html>\n"), "{page:?}");
        assert_eq!(page.body.matches("<h1>").count(), 1, "{page:?}");
        assert_eq!(page.body.matches("<main id=\"main\">").count(), 1, "{page:?}");
        let title = page.body.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
        assert!(title.ends_with(" – accountd"), "{title}");
        for word in ["accountd::", ".rs", "SELECT", "sqlite", "panicked"] {
            assert!(!page.body.contains(word), "{word}: {page:?}");
        }
    }
}

#[test]
fn redirects_have_no_body_and_are_not_stored() {
    let server = Server::demo();
    let mut john = Browser::signed_in(&server, JOHN);
    let signed_in = Browser::new(&server).sign_in(JOHN.0, JOHN.1);
    let csrf = john.csrf();
    let redirects = [
        (Browser::new(&server).get("/account"), "/account/sign-in?return_to=%2Faccount"),
        (Browser::new(&server).get("/account/"), "/account/sign-in?return_to=%2Faccount%2F"),
        (Browser::new(&server).get(APPLICATIONS), "/account/sign-in?return_to=%2Faccount%2Fapplications"),
        (signed_in, "/account"),
        (john.post("/account/applications/revoke", &[("csrf", &csrf), ("client_id", "x")]), APPLICATIONS),
        (john.post("/account/sign-out", &[("csrf", &csrf)]), "/account/sign-in"),
    ];
    for (answer, to) in redirects {
        assert_eq!((answer.status, answer.header("location"), &*answer.body), (303, Some(to), ""), "{answer:?}");
        assert_eq!(names(&answer), ["location", "cache-control", "x-content-type-options", "referrer-policy"]);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    }
}

#[test]
fn a_wrong_method_is_answered_405_with_the_allowed_ones() {
    let server = Server::demo();
    for (method, path, allow) in [
        ("DELETE", "/account/sign-in", "GET, HEAD, POST"),
        ("PUT", "/account/sign-in", "GET, HEAD, POST"),
        ("GET", "/account/sign-out", "POST"),
        ("HEAD", "/account/sign-out", "POST"),
        ("POST", APPLICATIONS, "GET, HEAD"),
        ("PUT", "/account/applications/revoke", "GET, HEAD, POST"),
        ("PATCH", "/account", "GET, HEAD"),
        ("OPTIONS", "/account/style.css", "GET, HEAD"),
    ] {
        let answer = server.call(method, path).send();
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {path}");
        assert_security_headers(&answer);
        if method != "HEAD" {
            assert_page(&answer, 405, "This page does not support that request");
        }
    }
}

#[test]
fn head_has_the_status_and_headers_of_get() {
    let server = Server::demo();
    let john = Browser::signed_in(&server, JOHN);
    for path in ["/account", "/account/sign-in", APPLICATIONS, "/account/nothing", "/account/style.css"] {
        for browser in [&Browser::new(&server), &john] {
            let (get, head) = (browser.request("GET", path).send(), browser.request("HEAD", path).send());
            assert_eq!((head.status, &*head.body), (get.status, ""), "{path}");
            assert_eq!(names(&head), names(&get), "{path}");
            if !get.body.is_empty() {
                assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
            }
            assert_eq!(head.header("location"), get.header("location"), "{path}");
        }
    }
}

#[test]
fn a_trailing_slash_makes_no_difference() {
    let server = Server::demo();
    let john = Browser::signed_in(&server, JOHN);
    for path in [APPLICATIONS, "/account/style.css"] {
        let (without, with) = (john.request("GET", path).send(), john.request("GET", &format!("{path}/")).send());
        assert_eq!((with.status, with.body), (200, without.body), "{path}");
    }
}

#[test]
fn the_stylesheet_is_revalidated_with_its_etag() {
    let server = Server::demo();
    let sheet = server.get("/account/style.css").send();
    assert_eq!((sheet.status, sheet.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert_eq!(sheet.header("cache-control"), Some("no-cache"));
    assert_eq!(sheet.header("x-content-type-options"), Some("nosniff"));
    for word in ["prefers-color-scheme: dark", ":focus-visible", "system-ui"] {
        assert!(sheet.body.contains(word), "{word}");
    }
    assert!(!sheet.body.contains("url(") && !sheet.body.contains("@import"), "{}", sheet.body);
    let tag = sheet.header("etag").unwrap();
    assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let again = server.get("/account/style.css").header("If-None-Match", tag).send();
    assert_eq!((again.status, &*again.body, again.header("etag")), (304, "", Some(tag)));
    assert_eq!(server.get("/account/style.css").header("If-None-Match", "\"x\"").send().body, sheet.body);
}

#[test]
fn links_start_with_the_path_of_the_base_url() {
    let server = Server::demo_with(&["--base-url", "https://x.example/accounts/"]);
    let mut browser = Browser::new(&server);
    let page = browser.get("/account/sign-in");
    assert!(page.body.contains("<link rel=\"stylesheet\" href=\"/accounts/account/style.css\">"), "{page:?}");
    assert!(page.body.contains("<form method=\"post\" action=\"/accounts/account/sign-in\">"), "{page:?}");
    assert!(page.body.contains("<title>Sign in – accountd</title>"), "{page:?}");
    let answer = browser.sign_in(JOHN.0, JOHN.1);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/accounts/account")), "{answer:?}");
    let page = browser.get(APPLICATIONS);
    assert!(page.body.contains("action=\"/accounts/account/sign-out\""), "{page:?}");
    let out = Browser::new(&server).get("/account/applications");
    // The proxy removes that path again, so `return_to` is without it.
    let to = "/accounts/account/sign-in?return_to=%2Faccount%2Fapplications";
    assert_eq!((out.status, out.header("location")), (303, Some(to)));
    let missing = browser.get("/account/nothing");
    assert!(missing.body.contains("href=\"/accounts/account\""), "{missing:?}");
}
