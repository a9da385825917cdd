//! The user is asked (RFC 6749 sections 4.1.1 and 10.2): signs in, sees who wants what, and says yes or no.

use super::browser::{Browser, action, hidden};
use super::{
    BOTH, Back, DOCKER, EXAMPLE, GITLAB, PHONE, PHONE_SECOND, PKCE, Tokens, VERIFIER, WIKI, encoded, profile, refused,
    with_pages,
};
use crate::harness::{Answer, ROOT, Server};
use serde_json::json;

const STATE: &str = "&state=a%26b%3Dc%23%25%20%C3%A9";

#[test]
fn from_nothing_to_a_profile() {
    let server = with_pages();
    for names in BOTH {
        for (app, proof) in [(WIKI, &[][..]), (PHONE, &[("code_verifier", VERIFIER)])] {
            let mut browser = Browser::new(&server);
            let more = if app.secret.is_none() { PKCE } else { "" };
            let request = format!("{}?{}", names.authorize, app.query(&format!("{more}&scope=profile_read{STATE}")));
            let sent = browser.get(&request);
            assert_eq!((sent.status, sent.body.as_str()), (303, ""));
            let sign_in = browser.get(sent.header("location").unwrap());
            let back = browser.sign_in(&sign_in, "janedoe", "password");
            // Back to where the application sent the user, with every parameter.
            assert_eq!((back.status, back.header("location")), (303, Some(request.as_str())));
            let page = browser.get(&request);
            let answer = browser.decide(&page, "allow");
            let back = Back::of(&answer, 303);
            assert_eq!((back.at.as_str(), back.names()), (app.uri, vec!["code", "state", "iss"]));
            assert_eq!((back.get("state"), back.get("iss")), ("a&b=c#% é", server.url().as_str()));
            let body = app.redeem(&server, back.get("code"), proof);
            assert_eq!(body.json()["username"], "janedoe");
            assert_eq!(profile(&server, &Tokens::of(body).access), 200);
        }
    }
}

#[test]
fn the_page_names_the_application_the_host_and_each_scope_in_words() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query("&scope=profile_read+email_write"));
    for text in
        ["Wiki", "<strong>wiki.example</strong>", "See your profile", "add and remove your email addresses", "janedoe"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    for other in ["SSH keys", "Do everything", "WikiClientID</", "profile_read<"] {
        assert!(!page.body.contains(other), "{other}: {}", page.body);
    }
    assert_eq!(page.body.matches("</li>").count(), 2);
    let all = browser.asked(GITLAB, &WIKI.query(""));
    assert!(all.body.contains("Do everything that you can do") && all.body.matches("</li>").count() == 1);
    let second = format!("&redirect_uri={}{PKCE}", encoded("http://127.0.0.1:51004/callback"));
    let phone = browser.asked(DOCKER, &PHONE.query(&second));
    assert!(phone.body.contains("127.0.0.1:51004"), "{}", phone.body);
    let scheme = browser.asked(DOCKER, &PHONE.query(PKCE));
    assert!(scheme.body.contains("com.example.phone:"), "{}", scheme.body);
    assert_eq!(PHONE_SECOND, "http://127.0.0.1/callback");
}

#[test]
fn access_denied() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    for names in BOTH {
        let page = browser.asked(names, &WIKI.query(STATE));
        let back = Back::of(&browser.decide(&page, "deny"), 303);
        assert_eq!((back.at.as_str(), back.get("error")), (WIKI.uri, "access_denied"));
        assert_eq!(back.names(), ["error", "error_description", "state", "iss"]);
        assert_eq!((back.get("state"), back.get("iss")), ("a&b=c#% é", server.url().as_str()));
        // Saying no is not remembered either.
        let page = browser.asked(names, &WIKI.query(""));
        assert_eq!(Back::of(&browser.decide(&page, "allow"), 303).names(), ["code", "iss"]);
    }
}

/// Nothing is allowed that was not asked: an application that the user allowed before asks again.
#[test]
fn each_request_is_asked() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    for _ in 0..2 {
        let answer = browser.decided(&EXAMPLE.query(""), "allow");
        Tokens::of(EXAMPLE.redeem(&server, Back::of(&answer, 303).get("code"), &[]));
    }
    browser.asked(DOCKER, &EXAMPLE.query("&prompt=none"));
}

#[test]
fn a_decision_that_is_none_allows_nothing() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query(""));
    let csrf = hidden(&page, "csrf");
    for fields in [
        &[][..],
        &[("decision", "")],
        &[("decision", "Allow")],
        &[("decision", "yes")],
        &[("decision", "allow"), ("decision", "allow")],
        &[("decision", "deny"), ("decision", "allow")],
        &[("allow", "1")],
    ] {
        let answer = browser.post(&action(&page), &[&[("csrf", csrf.as_str())], fields].concat());
        assert_eq!((answer.status, answer.header("location")), (400, None), "{fields:?}");
    }
    assert_eq!(Back::of(&browser.decide(&page, "allow"), 303).names(), ["code", "iss"]);
}

/// The request is read anew from the address: what the form's body says of it is not believed.
#[test]
fn the_answer_is_to_the_request_and_not_to_its_repetition() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &EXAMPLE.query("&scope=profile_read&state=s"));
    let csrf = hidden(&page, "csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("decision", "allow"),
        ("client_id", WIKI.id),
        ("redirect_uri", "https://evil.example/"),
        ("scope", "api"),
        ("state", "evil"),
        ("user", "root"),
    ];
    let back = Back::of(&browser.post(&action(&page), &fields), 303);
    assert_eq!((back.at.as_str(), back.get("state")), (EXAMPLE.uri, "s"));
    let token = EXAMPLE.redeem(&server, back.get("code"), &[]).expect(200);
    assert_eq!((&token["scope"], &token["username"]), (&json!("profile_read"), &json!("janedoe")));
    // And what is wrong with it is still wrong.
    let wrong = format!("{}?{}", DOCKER.authorize, EXAMPLE.query("&scope=api"));
    let back = Back::of(&browser.post(&wrong, &[("csrf", &csrf), ("decision", "allow")]), 303);
    assert_eq!((back.at.as_str(), back.get("error")), (EXAMPLE.uri, "invalid_scope"));
    let evil = format!("{}?{}", DOCKER.authorize, EXAMPLE.query("&redirect_uri=https%3A%2F%2Fevil.example%2F"));
    super::shown_as_page(&browser.post(&evil, &[("csrf", &csrf), ("decision", "allow")]), &["evil"]);
}

/// The session may end while the page is open.
#[test]
fn a_session_that_has_ended_allows_nothing() {
    let server = with_pages();
    let ends: [fn(&Server); 3] = [
        |server| drop(server.put("/api/v3/users/2/block").private(ROOT).send().expect(200)),
        |server| {
            server.put("/api/v3/users/2/unblock").private(ROOT).send().expect(200);
        },
        |server| {
            let change = json!({"password": "another-password"});
            server.put("/api/v3/users/2").private(ROOT).json(change).send().expect(200);
        },
    ];
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query(""));
    ends[0](&server);
    let to_sign_in = |answer: Answer| {
        assert_eq!(answer.status, 303, "{answer:?}");
        let location = answer.header("location").unwrap();
        assert!(location.starts_with("/account/sign-in?return_to="), "{location}");
        assert!(!location.contains("code=acc_"), "{location}");
    };
    to_sign_in(browser.decide(&page, "allow"));
    ends[1](&server);
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, &WIKI.query(""));
    ends[2](&server);
    to_sign_in(browser.decide(&page, "allow"));
    to_sign_in(browser.get(&format!("{}?{}", DOCKER.authorize, WIKI.query(""))));
}

#[test]
fn the_user_sees_and_ends_what_was_allowed() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    let mut root = Browser::of(&server, "root", "root-password");
    let tokens = |browser: &mut Browser<'_>, app: super::App| {
        let answer = browser.decided(&app.query("&scope=profile_read"), "allow");
        Tokens::of(app.redeem(&server, Back::of(&answer, 303).get("code"), &[]))
    };
    let (wiki, again) = (tokens(&mut browser, WIKI), tokens(&mut browser, WIKI));
    let example = tokens(&mut browser, EXAMPLE);
    let roots = tokens(&mut root, WIKI);
    let page = browser.get("/account/applications");
    assert!(page.body.contains("Wiki") && page.body.contains("Example"), "{}", page.body);
    let fields = [("csrf", &*hidden(&page, "csrf")), ("client_id", WIKI.id)];
    let answer = browser.post("/account/applications/revoke", &fields);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/applications")));
    for tokens in [&wiki, &again] {
        assert_eq!(profile(&server, &tokens.access), 401);
        refused(&WIKI.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
    }
    assert_eq!(profile(&server, &example.access), 200);
    // Root's is root's own.
    assert_eq!(WIKI.refresh(&server, &roots.refresh, &[]).status, 200);
    let page = browser.get("/account/applications");
    assert!(!page.body.contains("Wiki") && page.body.contains("Example"), "{}", page.body);
}

/// Only a browser that signed in is somebody here: what opens the API does not allow applications anything.
#[test]
fn no_credential_of_the_api_stands_for_the_user() {
    let server = with_pages();
    for names in BOTH {
        let path = format!("{}?{}", names.authorize, WIKI.query(""));
        for call in [
            server.get(&path).basic("janedoe", "password"),
            server.get(&path).bearer(ROOT),
            server.get(&path).private(ROOT),
            server.get(&format!("{path}&private_token={ROOT}&access_token={ROOT}")),
            server.post(&path).basic("janedoe", "password").form(&[("decision", "allow")]),
            server.post(&path).private(ROOT).form(&[("decision", "allow")]),
        ] {
            let answer = call.send();
            assert_eq!(answer.status, 303, "{answer:?}");
            assert!(answer.header("location").unwrap().starts_with("/account/sign-in?"), "{answer:?}");
        }
    }
}
