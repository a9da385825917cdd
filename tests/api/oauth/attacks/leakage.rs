//! Sections 4.2 and 4.3, credential leakage via Referer headers and via the browser's history.

use crate::harness::Answer;
use crate::oauth::browser::Browser;
use crate::oauth::{BOTH, Back, DOCKER, EXAMPLE, PHONE, PKCE, WIKI, ask, in_memory, with_pages};

/// Every address that a page has in itself.
fn addresses(page: &Answer) -> Vec<String> {
    let after =
        |mark: &'static str| page.body.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    ["href=\"", "src=\"", "action=\"", "srcset=\"", "url("].into_iter().flat_map(after).collect()
}

#[test]
fn by_the_referer_of_a_page() {
    let server = with_pages();
    let mut browser = Browser::new(&server);
    let to_sign_in = browser.get(&format!("{}?{}", DOCKER.authorize, WIKI.query("&state=secret-state")));
    let sign_in = browser.get(to_sign_in.header("location").unwrap());
    let mut signed_in = Browser::of(&server, "janedoe", "password");
    let consent = signed_in.asked(DOCKER, &WIKI.query("&state=secret-state"));
    let problem = ask(&server, DOCKER, "client_id=nobody&state=secret-state");
    for page in [&sign_in, &consent, &problem] {
        // The request, and with it the state, goes to no other site.
        assert_eq!(page.all("referrer-policy"), ["same-origin"], "{page:?}");
        let addresses = addresses(page);
        assert!(!addresses.is_empty());
        for address in addresses {
            assert!(address.starts_with('/') && !address.starts_with("//"), "{address}: nothing of another site");
        }
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; "), "{policy}");
        assert!(!page.body.contains("<script") && !page.body.contains("<img"), "{}", page.body);
    }
    assert_eq!(to_sign_in.all("referrer-policy"), ["same-origin"]);
}

/// `Back::of` holds every redirect to `Referrer-Policy: no-referrer` and `Cache-Control: no-store`.
#[test]
fn by_the_referer_of_a_redirect() {
    let server = in_memory();
    for names in BOTH {
        for query in [WIKI.query(""), WIKI.query("&scope=sudo"), WIKI.query("&state=s&state=s")] {
            Back::of(&ask(&server, names, &query), 302);
        }
    }
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    for decision in ["allow", "deny"] {
        Back::of(&browser.decided(&WIKI.query(""), decision), 303);
    }
}

#[test]
fn by_the_history() {
    let server = in_memory();
    // Of all that an address holds only the code is worth something, once and for a minute.
    for (app, more) in [(EXAMPLE, ""), (PHONE, PKCE)] {
        for wanted in ["token", "id_token", "code token"] {
            let query = format!("client_id={}&response_type={}{more}", app.id, crate::oauth::encoded(wanted));
            let answer = ask(&server, DOCKER, &query);
            assert_eq!(Back::of(&answer, 302).get("error"), "unsupported_response_type");
            assert!(!answer.header("location").unwrap().contains("acd_"));
        }
        let location = ask(&server, DOCKER, &app.query(more)).header("location").unwrap().to_owned();
        assert!(location.contains("acc_") && !location.contains("acd_") && !location.contains("acr_"), "{location}");
    }
}

/// A cache between the browser and here keeps nothing.
#[test]
fn by_a_cache() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    for answer in [
        browser.get("/account/sign-in"),
        browser.asked(DOCKER, &WIKI.query("")),
        browser.get("/account/applications"),
        ask(&server, DOCKER, "client_id=nobody"),
        ask(&server, DOCKER, &WIKI.query("")),
    ] {
        assert_eq!(answer.all("cache-control"), ["no-store"], "{answer:?}");
    }
}

/// RFC 9700 section 2.6: "the authorization endpoint MUST NOT support CORS"; nor has any other page of it use for that.
#[test]
fn by_a_script_of_another_site() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query(""));
    let mut answers = vec![page];
    for names in BOTH {
        for path in [names.authorize, names.token, names.revoke, names.introspect] {
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
