//! Sections 4.2 and 4.3, credential leakage through Referer headers and the browser's history.

use crate::harness::Response;
use crate::oauth::browser::Browser;
use crate::oauth::{
    BOTH_PATHS, DOCKER, EXAMPLE, PHONE, PKCE, Redirect, WIKI, auto_approving, send_authorization, server_with_consent,
};

/// All URLs in the HTML of a page.
fn urls(page: &Response) -> Vec<String> {
    let after =
        |mark: &'static str| page.body.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    ["href=\"", "src=\"", "action=\"", "srcset=\"", "url("].into_iter().flat_map(after).collect()
}

#[test]
fn pages_link_to_no_other_site_and_send_no_referrer_there() {
    let server = server_with_consent();
    let mut browser = Browser::new(&server);
    let to_sign_in = browser.get(&format!("{}?{}", DOCKER.authorize, WIKI.query("&state=secret-state")));
    let sign_in = browser.get(to_sign_in.header("location").unwrap());
    let mut signed_in = Browser::signed_in(&server, "janedoe", "password");
    let consent = signed_in.consent_page(DOCKER, &WIKI.query("&state=secret-state"));
    let problem = send_authorization(&server, DOCKER, "client_id=nobody&state=secret-state");
    for page in [&sign_in, &consent, &problem] {
        // The URL of the page, which contains the state, is not sent to other sites.
        assert_eq!(page.all("referrer-policy"), ["same-origin"], "{page:?}");
        let urls = urls(page);
        assert!(!urls.is_empty());
        for url in urls {
            let is_ours = url.starts_with('/') && !url.starts_with("//");
            assert!(is_ours || url.starts_with('#'), "{url} is on another site");
        }
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; "), "{policy}");
        assert!(!page.body.contains("<script") && !page.body.contains("<img"), "{}", page.body);
    }
    assert_eq!(to_sign_in.all("referrer-policy"), ["same-origin"]);
}

/// `Redirect::of` checks `Referrer-Policy: no-referrer` and `Cache-Control: no-store`.
#[test]
fn redirects_send_no_referrer() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        for query in [WIKI.query(""), WIKI.query("&scope=sudo"), WIKI.query("&state=s&state=s")] {
            Redirect::of(&send_authorization(&server, paths, &query), 302);
        }
    }
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    for decision in ["allow", "deny"] {
        Redirect::of(&browser.consent(&WIKI.query(""), decision), 303);
    }
}

#[test]
fn urls_in_the_history_contain_no_tokens() {
    let server = auto_approving();
    // Of a URL, only the code is worth stealing. It works once and for a minute.
    for (app, more) in [(EXAMPLE, ""), (PHONE, PKCE)] {
        for wanted in ["token", "id_token", "code token"] {
            let query = format!("client_id={}&response_type={}{more}", app.id, crate::oauth::percent_encoded(wanted));
            let answer = send_authorization(&server, DOCKER, &query);
            assert_eq!(Redirect::of(&answer, 302).get("error"), "unsupported_response_type");
            assert!(!answer.header("location").unwrap().contains("acd_"));
        }
        let location = send_authorization(&server, DOCKER, &app.query(more)).header("location").unwrap().to_owned();
        assert!(location.contains("acc_") && !location.contains("acd_") && !location.contains("acr_"), "{location}");
    }
}

#[test]
fn pages_are_not_cached() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    for answer in [
        browser.get("/account/sign-in"),
        browser.consent_page(DOCKER, &WIKI.query("")),
        browser.get("/account/applications"),
        send_authorization(&server, DOCKER, "client_id=nobody"),
        send_authorization(&server, DOCKER, &WIKI.query("")),
    ] {
        assert_eq!(answer.all("cache-control"), ["no-store"], "{answer:?}");
    }
}

/// RFC 9700 section 2.6: "the authorization endpoint MUST NOT support CORS". The other endpoints do not need it.
#[test]
fn no_endpoint_allows_cross_origin_requests() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    let mut answers = vec![page];
    for paths in BOTH_PATHS {
        for path in [paths.authorize, paths.token, paths.revoke, paths.introspect] {
            for method in ["GET", "POST", "OPTIONS"] {
                let call = server.call(method, path).with_query(&format!("?{}", WIKI.query("")));
                let call = call.header("Origin", "https://evil.example");
                answers.push(call.header("Access-Control-Request-Method", "POST").send());
            }
        }
    }
    for answer in answers {
        let cors = answer.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
        assert_eq!(cors, None, "{answer:?}");
    }
}
