//! Cross-site request forgery: forms that another site or another browser submits.

use super::{APPLICATIONS, Browser, JACK, JOHN, assert_page, hidden_field};
use crate::harness::{Response, Server};
use crate::serving::wait_for;

const SIGN_OUT: &str = "/account/sign-out";
const REVOKE: &str = "/account/applications/revoke";
const INVALID_TOKEN: &str = "This form has expired";
const OTHER_SITE: &str = "This request came from another site";

#[test]
fn each_session_has_its_own_token() {
    let server = Server::demo();
    let (mut john, mut jack) = (Browser::signed_in(&server, JOHN), Browser::signed_in(&server, JACK));
    let mut second = Browser::signed_in(&server, JOHN);
    let (johns, jacks, seconds) = (john.csrf(), jack.csrf(), second.csrf());
    assert_eq!(johns, john.csrf());
    assert!(johns != jacks && johns != seconds && johns.len() == 43, "{johns}");
    // The page does not contain the cookie.
    let page = john.get(APPLICATIONS);
    assert!(!page.body.contains(john.cookie("accountd_session")), "{page:?}");
    assert!(!page.body.contains(john.cookie("accountd_session").strip_prefix("acw_").unwrap()));
}

#[test]
fn a_missing_or_wrong_token_is_refused() {
    let server = Server::demo();
    let (mut john, mut jack) = (Browser::signed_in(&server, JOHN), Browser::signed_in(&server, JACK));
    let mut stranger = Browser::new(&server);
    let (good, jacks) = (john.csrf(), jack.csrf());
    let before = hidden_field(&stranger.get("/account/sign-in"), "csrf");
    let (upper, longer) = (good.to_uppercase(), format!("{good}x"));
    let wrong = ["", "x", &jacks, &before, &upper, &longer, &good[..42], john.cookie("accountd_session")];
    let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    for path in [SIGN_OUT, REVOKE] {
        assert_page(&john.post(path, &[]), 403, INVALID_TOKEN);
        for csrf in &wrong {
            assert_page(&john.post(path, &[("csrf", csrf), ("client_id", "TestClientID")]), 403, INVALID_TOKEN);
        }
        // The right token, but twice, in the query, or in a header.
        assert_page(&john.post(path, &[("csrf", &good), ("csrf", &good)]), 403, INVALID_TOKEN);
        assert_page(&john.post(&format!("{path}?csrf={good}"), &[("client_id", "x")]), 403, INVALID_TOKEN);
        let header = john.request("POST", path).header("X-CSRF-Token", &good).form(&[("client_id", "x")]).send();
        assert_page(&header, 403, INVALID_TOKEN);
    }
    john.assert_signed_in_as("john_smith");
    assert_eq!(john.post(SIGN_OUT, &[("csrf", &good)]).status, 303);
    john.assert_signed_out();
}

#[test]
fn the_refusal_links_back_to_the_account() {
    let server = Server::demo();
    let page = Browser::signed_in(&server, JOHN).post(SIGN_OUT, &[]);
    assert_page(&page, 403, INVALID_TOKEN);
    assert!(page.body.contains("<a href=\"/account\">"), "{page:?}");
}

/// The headers that browsers send with a form of another site, and with one of ours.
#[test]
fn a_form_of_another_site_is_refused_even_with_the_right_token() {
    let server = Server::demo();
    let own = server.url();
    let other_port = "http://127.0.0.1:1";
    let foreign: &[&[(&str, &str)]] = &[
        &[("Origin", "https://evil.example")],
        &[("Origin", other_port)],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", &format!("{own}.evil.example"))],
        &[("Origin", &own.replace("http:", "https:"))],
        &[("Origin", &format!("{own}/"))],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "nonsense")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &own)],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", other_port)],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
    ];
    let ours: &[&[(&str, &str)]] = &[
        &[],
        &[("Origin", &own)],
        &[("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "none")],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", &own)],
        // A browser whose user has turned referrers off.
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
    ];
    let send = |headers: &[(&str, &str)], path: &str, browser: &Browser, form: &[(&str, &str)]| -> Response {
        let call = browser.request("POST", path).form(form);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send()
    };
    let mut john = Browser::signed_in(&server, JOHN);
    let csrf = john.csrf();
    let mut stranger = Browser::new(&server);
    let before = hidden_field(&stranger.get("/account/sign-in"), "csrf");
    let credentials = [("csrf", before.as_str()), ("login", JACK.0), ("password", JACK.1)];
    for headers in foreign {
        assert_page(&send(headers, SIGN_OUT, &john, &[("csrf", &csrf)]), 403, OTHER_SITE);
        assert_page(&send(headers, REVOKE, &john, &[("csrf", &csrf), ("client_id", "x")]), 403, OTHER_SITE);
        let refused = send(headers, "/account/sign-in", &stranger, &credentials);
        assert_page(&refused, 403, OTHER_SITE);
        assert_eq!(refused.all("set-cookie").len(), 0, "{refused:?}");
    }
    john.assert_signed_in_as("john_smith");
    for headers in ours {
        let answer = send(headers, "/account/sign-in", &stranger, &credentials);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{headers:?}");
        let answer = send(headers, REVOKE, &john, &[("csrf", &csrf), ("client_id", "x")]);
        assert_eq!((answer.status, answer.header("location")), (303, Some(APPLICATIONS)), "{headers:?}");
    }
}

#[test]
fn the_origin_must_be_that_of_the_base_url() {
    let server = Server::demo_with(&["--base-url", "https://X.example:443/accounts"]);
    let mut browser = Browser::new(&server);
    let csrf = hidden_field(&browser.get("/account/sign-in"), "csrf");
    let fields = [("csrf", csrf.as_str()), ("login", JOHN.0), ("password", JOHN.1)];
    for (origin, status) in [
        ("https://x.example", 303),
        ("https://x.example:443", 403),
        ("http://x.example", 403),
        ("https://y.example", 403),
        (server.url().as_str(), 403),
    ] {
        let answer = browser.request("POST", "/account/sign-in").header("Origin", origin).form(&fields).send();
        assert_eq!(answer.status, status, "{origin}");
    }
}

/// Logout CSRF: with another site's form, browsers send no cookie of `SameSite=Lax`, but they would obey a response
/// that deletes it.
#[test]
fn a_form_of_another_site_cannot_sign_the_user_out() {
    let server = Server::demo();
    for headers in [vec![("Sec-Fetch-Site", "cross-site")], vec![("Origin", "https://evil.example")]] {
        let call = headers.iter().fold(server.post(SIGN_OUT), |call, (name, value)| call.header(name, value));
        let answer = call.form(&[("csrf", "x")]).send();
        assert_page(&answer, 403, OTHER_SITE);
        assert_eq!(answer.all("set-cookie").len(), 0, "{answer:?}");
    }
    // A browser that does not say where the form came from.
    let answer = server.post(SIGN_OUT).form(&[("csrf", "x")]).send();
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/sign-in")));
    assert_eq!(answer.all("set-cookie").len(), 0, "{answer:?}");
}

/// Login CSRF: otherwise the victim would work in the attacker's account.
#[test]
fn a_form_of_another_site_cannot_sign_the_user_in() {
    let server = Server::demo();
    let mut attacker = Browser::new(&server);
    let csrf = hidden_field(&attacker.get("/account/sign-in"), "csrf");
    let mut victim = Browser::new(&server);
    let fields = [("csrf", csrf.as_str()), ("login", JACK.0), ("password", JACK.1)];
    // First without a cookie, then with one of its own.
    for _ in 0..2 {
        let answer = victim.post("/account/sign-in", &fields);
        assert_page(&answer, 403, "Sign in");
        assert!(answer.body.contains("This form has expired"), "{answer:?}");
        victim.assert_signed_out();
    }
    // The form in the refusal works.
    let answer = victim.post("/account/sign-in", &fields);
    let csrf = hidden_field(&answer, "csrf");
    assert_eq!(
        victim.post("/account/sign-in", &[("csrf", &csrf), ("login", JOHN.0), ("password", JOHN.1)]).status,
        303
    );
    victim.assert_signed_in_as("john_smith");
}

#[test]
fn a_refused_form_keeps_its_fields_except_the_password() {
    let server = Server::demo();
    let fields = [
        ("csrf", "old"),
        ("login", "john_smith"),
        ("password", "john-password"),
        ("return_to", "/oauth/authorize?x=y"),
    ];
    let answer = Browser::new(&server).post("/account/sign-in", &fields);
    assert_page(&answer, 403, "Sign in");
    assert!(answer.body.contains("name=\"login\" value=\"john_smith\""), "{answer:?}");
    assert_eq!(hidden_field(&answer, "return_to"), "/oauth/authorize?x=y");
    assert!(!answer.body.contains("john-password"), "{answer:?}");
}

/// A refusal logs one short line, however long the origin is.
#[test]
fn a_long_origin_is_truncated_in_the_log() {
    let server = Server::demo();
    let origin = format!("https://evil.example/{}", "x".repeat(30_000));
    let head = "POST /account/sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let refused = server.raw(format!("{head}Origin: {origin}\r\n\r\n").as_bytes());
    assert!(refused.starts_with(b"HTTP/1.1 403 "), "{}", String::from_utf8_lossy(&refused));
    let line = wait_for(|| server.log().lines().find(|line| line.contains("evil.example")).map(str::to_owned));
    assert!(line.contains("xxx") && line.len() < 1000, "{} bytes", line.len());
}
