//! The consent page (RFC 6749 sections 4.1.1 and 10.2): the user signs in, sees which application requests which
//! scopes, and allows or denies it.

use super::browser::{Browser, form_action, hidden_field};
use super::{
    BOTH_PATHS, DOCKER, EXAMPLE, GITLAB, PHONE, PHONE_SECOND, PKCE, Redirect, Tokens, VERIFIER, WIKI, assert_error,
    percent_encoded, profile_status, server_with_consent,
};
use crate::harness::{ROOT, Response, Server};
use serde_json::json;

const STATE: &str = "&state=a%26b%3Dc%23%25%20%C3%A9";

#[test]
fn a_user_signs_in_and_allows_access_and_the_application_reads_the_profile() {
    let server = server_with_consent();
    for paths in BOTH_PATHS {
        for (app, proof) in [(WIKI, &[][..]), (PHONE, &[("code_verifier", VERIFIER)])] {
            let mut browser = Browser::new(&server);
            let more = if app.secret.is_none() { PKCE } else { "" };
            let more = format!("{more}&scope=profile_read&prompt=consent{STATE}");
            let request = format!("{}?{}", paths.authorize, app.query(&more));
            let sent = browser.get(&request);
            assert_eq!((sent.status, sent.body.as_str()), (303, ""));
            let sign_in = browser.get(sent.header("location").unwrap());
            let redirect = browser.sign_in(&sign_in, "janedoe", "password");
            // Signing in returns to the authorization request with all its parameters.
            assert_eq!((redirect.status, redirect.header("location")), (303, Some(request.as_str())));
            let page = browser.get(&request);
            let answer = browser.decide(&page, "allow");
            let redirect = Redirect::of(&answer, 303);
            assert_eq!((redirect.uri.as_str(), redirect.names()), (app.uri, vec!["code", "state", "iss"]));
            assert_eq!((redirect.get("state"), redirect.get("iss")), ("a&b=c#% é", server.url().as_str()));
            let body = app.exchange(&server, redirect.get("code"), proof);
            assert_eq!(body.json()["username"], "janedoe");
            assert_eq!(profile_status(&server, &Tokens::of(body).access), 200);
        }
    }
}

#[test]
fn the_page_shows_the_application_its_host_and_each_scope_in_words() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query("&scope=profile_read+email_write"));
    for text in
        ["Wiki", "<strong>wiki.example</strong>", "See your profile", "add and remove your email addresses", "janedoe"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    for other in ["SSH keys", "Do everything", "WikiClientID</", "profile_read<"] {
        assert!(!page.body.contains(other), "{other}: {}", page.body);
    }
    assert_eq!(page.body.matches("</li>").count(), 2);
    let all = browser.consent_page(GITLAB, &WIKI.query(""));
    assert!(all.body.contains("Do everything that you can do") && all.body.matches("</li>").count() == 1);
    let second = format!("&redirect_uri={}{PKCE}", percent_encoded("http://127.0.0.1:51004/callback"));
    let phone = browser.consent_page(DOCKER, &PHONE.query(&second));
    assert!(phone.body.contains("127.0.0.1:51004"), "{}", phone.body);
    let scheme = browser.consent_page(DOCKER, &PHONE.query(PKCE));
    assert!(scheme.body.contains("com.example.phone:"), "{}", scheme.body);
    assert_eq!(PHONE_SECOND, "http://127.0.0.1/callback");
}

#[test]
fn denying_is_answered_access_denied_and_not_remembered() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    for paths in BOTH_PATHS {
        let page = browser.consent_page(paths, &WIKI.query(STATE));
        let redirect = Redirect::of(&browser.decide(&page, "deny"), 303);
        assert_eq!((redirect.uri.as_str(), redirect.get("error")), (WIKI.uri, "access_denied"));
        assert_eq!(redirect.names(), ["error", "error_description", "state", "iss"]);
        assert_eq!((redirect.get("state"), redirect.get("iss")), ("a&b=c#% é", server.url().as_str()));
        // The next request shows the page again.
        let page = browser.consent_page(paths, &WIKI.query("&prompt=consent"));
        assert_eq!(Redirect::of(&browser.decide(&page, "allow"), 303).names(), ["code", "iss"]);
    }
}

#[test]
fn an_invalid_decision_allows_nothing() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    let csrf = hidden_field(&page, "csrf");
    for fields in [
        &[][..],
        &[("decision", "")],
        &[("decision", "Allow")],
        &[("decision", "yes")],
        &[("decision", "allow"), ("decision", "allow")],
        &[("decision", "deny"), ("decision", "allow")],
        &[("allow", "1")],
    ] {
        let answer = browser.post(&form_action(&page), &[&[("csrf", csrf.as_str())], fields].concat());
        assert_eq!((answer.status, answer.header("location")), (400, None), "{fields:?}");
    }
    assert_eq!(Redirect::of(&browser.decide(&page, "allow"), 303).names(), ["code", "iss"]);
}

/// The request is parsed again from the URL, and not from the body of the form.
#[test]
fn parameters_in_the_body_of_the_form_are_ignored() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &EXAMPLE.query("&scope=profile_read&state=s"));
    let csrf = hidden_field(&page, "csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("decision", "allow"),
        ("client_id", WIKI.id),
        ("redirect_uri", "https://evil.example/"),
        ("scope", "api"),
        ("state", "evil"),
        ("user", "root"),
    ];
    let redirect = Redirect::of(&browser.post(&form_action(&page), &fields), 303);
    assert_eq!((redirect.uri.as_str(), redirect.get("state")), (EXAMPLE.uri, "s"));
    let token = EXAMPLE.exchange(&server, redirect.get("code"), &[]).expect(200);
    assert_eq!((&token["scope"], &token["username"]), (&json!("profile_read"), &json!("janedoe")));
    // It is validated again, too.
    let wrong = format!("{}?{}", DOCKER.authorize, EXAMPLE.query("&scope=api"));
    let redirect = Redirect::of(&browser.post(&wrong, &[("csrf", &csrf), ("decision", "allow")]), 303);
    assert_eq!((redirect.uri.as_str(), redirect.get("error")), (EXAMPLE.uri, "invalid_scope"));
    let evil = format!("{}?{}", DOCKER.authorize, EXAMPLE.query("&redirect_uri=https%3A%2F%2Fevil.example%2F"));
    super::assert_error_page(&browser.post(&evil, &[("csrf", &csrf), ("decision", "allow")]), &["evil"]);
}

/// A session can end while the page is open.
#[test]
fn an_ended_session_allows_nothing() {
    let server = server_with_consent();
    let ends: [fn(&Server); 3] = [
        |server| drop(server.put("/api/v3/users/2/block").private_token(ROOT).send().expect(200)),
        |server| {
            server.put("/api/v3/users/2/unblock").private_token(ROOT).send().expect(200);
        },
        |server| {
            let change = json!({"password": "another-password"});
            server.put("/api/v3/users/2").private_token(ROOT).json(change).send().expect(200);
        },
    ];
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    ends[0](&server);
    let to_sign_in = |answer: Response| {
        assert_eq!(answer.status, 303, "{answer:?}");
        let location = answer.header("location").unwrap();
        assert!(location.starts_with("/account/sign-in?return_to="), "{location}");
        assert!(!location.contains("code=acc_"), "{location}");
    };
    to_sign_in(browser.decide(&page, "allow"));
    ends[1](&server);
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    ends[2](&server);
    to_sign_in(browser.decide(&page, "allow"));
    to_sign_in(browser.get(&format!("{}?{}", DOCKER.authorize, WIKI.query(""))));
}

#[test]
fn the_user_can_list_and_revoke_authorizations() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let mut root = Browser::signed_in(&server, "root", "root-password");
    let tokens = |browser: &mut Browser<'_>, app: super::Application| {
        let answer = browser.consent(&app.query("&scope=profile_read"), "allow");
        Tokens::of(app.exchange(&server, Redirect::of(&answer, 303).get("code"), &[]))
    };
    let (wiki, again) = (tokens(&mut browser, WIKI), tokens(&mut browser, WIKI));
    let example = tokens(&mut browser, EXAMPLE);
    let roots = tokens(&mut root, WIKI);
    let page = browser.get("/account/applications");
    assert!(page.body.contains("Wiki") && page.body.contains("Example"), "{}", page.body);
    let fields = [("csrf", &*hidden_field(&page, "csrf")), ("client_id", WIKI.id)];
    let answer = browser.post("/account/applications/revoke", &fields);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account/applications")));
    for tokens in [&wiki, &again] {
        assert_eq!(profile_status(&server, &tokens.access), 401);
        assert_error(&WIKI.refresh(&server, &tokens.refresh, &[]), 400, "invalid_grant");
    }
    assert_eq!(profile_status(&server, &example.access), 200);
    // The authorization by root is not revoked.
    assert_eq!(WIKI.refresh(&server, &roots.refresh, &[]).status, 200);
    let page = browser.get("/account/applications");
    assert!(!page.body.contains("Wiki") && page.body.contains("Example"), "{}", page.body);
}

/// Only a session of the pages identifies the user here.
#[test]
fn api_credentials_do_not_allow_access() {
    let server = server_with_consent();
    for paths in BOTH_PATHS {
        let path = format!("{}?{}", paths.authorize, WIKI.query(""));
        for call in [
            server.get(&path).basic("janedoe", "password"),
            server.get(&path).bearer(ROOT),
            server.get(&path).private_token(ROOT),
            server.get(&format!("{path}&private_token={ROOT}&access_token={ROOT}")),
            server.post(&path).basic("janedoe", "password").form(&[("decision", "allow")]),
            server.post(&path).private_token(ROOT).form(&[("decision", "allow")]),
        ] {
            let answer = call.send();
            assert_eq!(answer.status, 303, "{answer:?}");
            assert!(answer.header("location").unwrap().starts_with("/account/sign-in?"), "{answer:?}");
        }
    }
}
