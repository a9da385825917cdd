//! The cookies: their attributes, and values that the server did not set.

use super::{APPLICATIONS, Browser, JANE, JOHN, execute, hidden_field, on_file};
use crate::harness::{JANE as JANES_TOKEN, ROOT, Server};
use sha2::{Digest, Sha256};

/// Checks that the value is this prefix and 256 bits.
fn assert_secret(value: &str, prefix: &str) {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let bits = value.strip_prefix(prefix).unwrap_or_else(|| panic!("{value}"));
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(bits).unwrap().len(), 32, "{value}");
}

#[test]
fn over_http_cookies_are_http_only_and_same_site() {
    let server = Server::demo();
    let mut browser = Browser::new(&server);
    let page = browser.get("/account/sign-in");
    let form = browser.cookie("accountd_form").to_owned();
    assert_secret(&form, "acf_");
    assert_eq!(page.all("set-cookie"), [format!("accountd_form={form}; Path=/; HttpOnly; SameSite=Lax")]);
    let answer = browser.sign_in(JOHN.0, JOHN.1);
    let session = browser.cookie("accountd_session").to_owned();
    assert_secret(&session, "acw_");
    assert_eq!(
        answer.all("set-cookie"),
        [
            format!("accountd_session={session}; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax"),
            "accountd_form=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax".into(),
        ]
    );
    let csrf = browser.csrf();
    let out = browser.post("/account/sign-out", &[("csrf", &csrf)]);
    assert_eq!(out.all("set-cookie"), ["accountd_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]);
}

#[test]
fn over_https_cookies_are_secure_and_have_the_host_prefix() {
    let server = Server::demo_with(&["--base-url", "https://x.example"]);
    let mut browser = Browser::new(&server);
    let page = browser.get("/account/sign-in");
    let form = browser.cookie("__Host-accountd_form").to_owned();
    assert_eq!(
        page.all("set-cookie"),
        [format!("__Host-accountd_form={form}; Path=/; HttpOnly; SameSite=Lax; Secure")]
    );
    let answer = browser.sign_in(JOHN.0, JOHN.1);
    let session = browser.cookie("__Host-accountd_session").to_owned();
    let expected =
        format!("__Host-accountd_session={session}; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure");
    assert!(answer.all("set-cookie").contains(&expected.as_str()), "{answer:?}");
    browser.assert_signed_in_as("john_smith");
    // Without the prefix, a network attacker or a sibling domain could have set it.
    let mut unprefixed = Browser { server: &server, cookies: vec![("accountd_session".into(), session)] };
    unprefixed.assert_signed_out();
}

#[test]
fn only_the_sign_in_form_sets_a_cookie_and_only_once() {
    let server = Server::demo();
    let mut john = Browser::signed_in(&server, JOHN);
    for path in [APPLICATIONS, "/account", "/account/nothing", "/account/style.css"] {
        assert_eq!(john.get(path).all("set-cookie").len(), 0, "{path}");
        assert_eq!(server.get(path).send().all("set-cookie").len(), 0, "{path}");
    }
    // A second tab must not invalidate the form in the first.
    let mut browser = Browser::new(&server);
    browser.get("/account/sign-in");
    assert_eq!(browser.get("/account/sign-in").all("set-cookie").len(), 0);
}

#[test]
fn the_database_holds_only_the_hash_of_a_session_cookie() {
    let server = on_file(&[]);
    let browser = Browser::signed_in(&server, JANE);
    let cookie = browser.cookie("accountd_session");
    let digest: String = Sha256::digest(cookie).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(server.sql::<String>("SELECT lower(hex(hash)) FROM web_sessions"), digest);
    assert_eq!(server.sql::<i64>("SELECT expires_at - created_at FROM web_sessions"), 14 * 24 * 3600 * 1_000_000);
    execute(&server, "PRAGMA wal_checkpoint(TRUNCATE)");
    let bytes = std::fs::read(&server.db).unwrap();
    let secret = cookie.strip_prefix("acw_").unwrap().as_bytes();
    assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    assert!(!server.log().contains(cookie) && !server.log().contains("jane-password"));
}

#[test]
fn a_session_cookie_is_not_a_token_and_a_token_is_not_a_session_cookie() {
    let server = Server::demo();
    let john = Browser::signed_in(&server, JOHN);
    let cookie = john.cookie("accountd_session");
    for call in [
        server.get("/api/v3/user").private_token(cookie),
        server.get("/api/v4/user").bearer(cookie),
        server.get("/api/v1.1/users/john_smith/").bearer(cookie),
        server.get("/api/v1.1/users/john_smith/").basic("john_smith", cookie),
        server.get("/api/v3/user").header("Cookie", &john.cookie_header()),
        server.get("/api/v1.1/users/john_smith/").header("Cookie", &john.cookie_header()),
    ] {
        assert_eq!(call.send().status, 401);
    }
    let session = server.post("/api/v3/session").form(&[("login", JOHN.0), ("password", JOHN.1)]).send().expect(201);
    let session = session["private_token"].as_str().unwrap();
    let prefixed = format!("acw_{}", session.strip_prefix("acd_").unwrap());
    for token in [ROOT, JANES_TOKEN, session, &prefixed] {
        Browser { server: &server, cookies: vec![("accountd_session".into(), token.into())] }.assert_signed_out();
        assert_eq!(server.get(APPLICATIONS).private_token(token).send().status, 303);
        assert_eq!(server.get(APPLICATIONS).bearer(token).send().status, 303);
    }
    assert_eq!(server.get(APPLICATIONS).basic(JOHN.0, JOHN.1).send().status, 303);
}

#[test]
fn a_malformed_session_cookie_is_ignored() {
    let server = Server::demo();
    let good = Browser::signed_in(&server, JOHN).cookie("accountd_session").to_owned();
    for header in [
        String::new(),
        ";".into(),
        "=".into(),
        "accountd_session".into(),
        "accountd_session=".into(),
        format!("accountd_session=={good}"),
        format!("accountd_session=\"{good}\""),
        format!("accountd_session={good}x"),
        format!("accountd_session={}", &good[..good.len() - 1]),
        format!("accountd_session={}", good.to_uppercase()),
        format!("ACCOUNTD_SESSION={good}"),
        format!("xaccountd_session={good}"),
        format!("accountd_session_={good}"),
        format!("$accountd_session={good}"),
        format!("accountd_form={good}"),
        format!("__Host-accountd_session={good}"),
        format!("accountd_session={good}, other=x"),
        format!("accountd_session=acw_%00{good}"),
        "accountd_session=acw_é".into(),
    ] {
        let answer = server.get(APPLICATIONS).header("Cookie", &header).send();
        assert_eq!(answer.status, 303, "{header}");
    }
}

#[test]
fn other_cookies_do_not_hide_the_session_cookie() {
    let server = Server::demo();
    let good = Browser::signed_in(&server, JOHN).cookie("accountd_session").to_owned();
    let many = (0..500).map(|n| format!("c{n}=v{n}; ")).collect::<String>();
    for header in [
        format!("a=b;accountd_session={good};c=d"),
        format!("  a=b ;   accountd_session={good}  "),
        format!(";;; =; a; accountd_session={good};"),
        format!("xaccountd_session=x; accountd_session={good}; accountd_session_=y"),
        format!("a=é; accountd_session={good}; b=\"x;y\""),
        format!("a={}; accountd_session={good}", "x".repeat(60_000)),
        format!("{many}accountd_session={good}"),
    ] {
        assert_eq!(server.get(APPLICATIONS).header("Cookie", &header).send().status, 200, "{header}");
    }
    // Two headers, one of which is not UTF-8.
    let mut request = format!("GET {APPLICATIONS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: a=").into_bytes();
    request.extend(b"\xff\xfe\r\nCookie: accountd_session=");
    request.extend(good.as_bytes());
    request.extend(b"\r\n\r\n");
    assert!(server.raw(&request).starts_with(b"HTTP/1.1 200 OK\r\n"));
}

/// Another host of the same domain, or another path of this host, can set a second cookie of the same name. The server
/// cannot tell which is its own.
#[test]
fn two_cookies_of_the_same_name_are_both_ignored() {
    let server = Server::demo();
    let (john, other) = (Browser::signed_in(&server, JOHN), Browser::signed_in(&server, super::JACK));
    let (good, planted) = (john.cookie("accountd_session"), other.cookie("accountd_session"));
    for header in [
        format!("accountd_session={good}; accountd_session={planted}"),
        format!("accountd_session={planted}; accountd_session={good}"),
        format!("accountd_session=x; accountd_session={good}"),
    ] {
        assert_eq!(server.get(APPLICATIONS).header("Cookie", &header).send().status, 303, "{header}");
    }
    let page = server.get("/account/sign-in").send();
    let form = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let fields = [("csrf", &*hidden_field(&page, "csrf")), ("login", JOHN.0), ("password", JOHN.1)];
    let twice = format!("{form}; accountd_form=acf_planted");
    assert_eq!(server.post("/account/sign-in").header("Cookie", &twice).form(&fields).send().status, 403);
    assert_eq!(server.post("/account/sign-in").header("Cookie", &form).form(&fields).send().status, 303);
}
