//! When the user is not asked: the application was allowed as much before, or the keeper of the server trusts it.

use super::browser::Browser;
use super::{
    Application, BOTH_PATHS, DOCKER, EXAMPLE, PHONE, PKCE, READER, Redirect, Tokens, VERIFIER, WIKI, execute,
    server_with_consent,
};
use crate::cli::Commands;
use crate::harness::{Response, Server, run_with_stdin};

const JANE: (&str, &str) = ("janedoe", "password");

fn authorization(browser: &mut Browser<'_>, app: Application, more: &str) -> Response {
    browser.get(&format!("{}?{}", DOCKER.authorize, app.query(more)))
}

#[track_caller]
fn assert_asked(answer: &Response) {
    assert!(answer.status == 200 && answer.body.contains("value=\"allow\""), "{answer:?}");
}

/// The tokens for a code that was issued without asking.
#[track_caller]
fn tokens_unasked(server: &Server, browser: &mut Browser<'_>, app: Application, more: &str) -> Tokens {
    let answer = authorization(browser, app, more);
    Tokens::of(app.exchange(server, Redirect::of(&answer, 302).get("code"), &[]))
}

#[track_caller]
fn allow(server: &Server, browser: &mut Browser<'_>, app: Application, more: &str) -> Tokens {
    let answer = browser.consent(&app.query(more), "allow");
    Tokens::of(app.exchange(server, Redirect::of(&answer, 303).get("code"), &[]))
}

#[test]
fn the_same_or_fewer_scopes_are_not_asked_about_again() {
    let server = server_with_consent();
    let mut jane = Browser::signed_in(&server, JANE.0, JANE.1);
    allow(&server, &mut jane, WIKI, "&scope=profile_read%20email_write");
    for paths in BOTH_PATHS {
        let query = WIKI.query("&scope=email_write%20profile_read&state=x");
        let redirect = Redirect::of(&jane.get(&format!("{}?{query}", paths.authorize)), 302);
        assert_eq!(redirect.names(), ["code", "state", "iss"]);
    }
    // A write scope includes its read scope.
    tokens_unasked(&server, &mut jane, WIKI, "&scope=email_read");
    for more in ["&scope=profile_write", "&scope=profile_read%20email_write%20read_user", "&scope=api"] {
        assert_asked(&authorization(&mut jane, WIKI, more));
    }
    // What was allowed in parts was allowed.
    allow(&server, &mut jane, WIKI, "&scope=read_user");
    tokens_unasked(&server, &mut jane, WIKI, "&scope=profile_read%20email_write%20read_user");
    for prompt in ["consent", "login", "select_account", "login%20consent"] {
        assert_asked(&authorization(&mut jane, WIKI, &format!("&scope=profile_read&prompt={prompt}")));
    }
    // Another application and another user were not allowed anything.
    assert_asked(&authorization(&mut jane, EXAMPLE, "&scope=profile_read"));
    let mut john = Browser::signed_in(&server, "john_smith", "john-password");
    assert_asked(&authorization(&mut john, WIKI, "&scope=profile_read"));
}

#[test]
fn only_consent_that_holds_is_remembered() {
    let server = server_with_consent();
    let mut jane = Browser::signed_in(&server, JANE.0, JANE.1);
    // A code that was not redeemed.
    jane.consent(&WIKI.query("&scope=profile_read"), "allow");
    assert_asked(&authorization(&mut jane, WIKI, "&scope=profile_read"));
    let tokens = allow(&server, &mut jane, WIKI, "&scope=profile_read");
    tokens_unasked(&server, &mut jane, WIKI, "&scope=profile_read");
    let csrf = super::browser::hidden_field(&jane.get("/account/applications"), "csrf");
    let revoke = jane.post("/account/applications/revoke", &[("csrf", &csrf), ("client_id", WIKI.id)]);
    assert_eq!(revoke.status, 303);
    assert_asked(&authorization(&mut jane, WIKI, "&scope=profile_read"));
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 400);
}

/// RFC 8252, section 8.6: another program on the device can pretend to be such an application.
#[test]
fn the_user_of_an_application_that_others_can_pretend_to_be_is_always_asked() {
    let server = server_with_consent();
    let mut jane = Browser::signed_in(&server, JANE.0, JANE.1);
    for more in ["", "&redirect_uri=http://127.0.0.1:5000/callback"] {
        let query = format!("{PKCE}&scope=profile_read{more}");
        let answer = jane.consent(&PHONE.query(&query), "allow");
        let uri = more.strip_prefix("&redirect_uri=").map(|uri| ("redirect_uri", uri));
        let fields: Vec<_> = uri.into_iter().chain([("code_verifier", VERIFIER)]).collect();
        Tokens::of(PHONE.exchange(&server, Redirect::of(&answer, 303).get("code"), &fields));
        assert_asked(&authorization(&mut jane, PHONE, &query));
    }
    // A confidential one proves who it is with its secret.
    let answer = jane.consent(&READER.query("&scope=read_user"), "allow");
    Tokens::of(READER.exchange(&server, Redirect::of(&answer, 303).get("code"), &[]));
    tokens_unasked(&server, &mut jane, READER, "&scope=read_user");
}

#[test]
fn the_keepers_own_applications_are_never_asked_about() {
    let server = super::start(false, &[]);
    let password = ["user", "password", JANE.0, "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(run_with_stdin(&password, "a password of janes\n").status.success());
    let create = ["app", "create", "--name", "Intranet", "--redirect-uri", "https://intranet.example/", "--trusted"];
    let created = server.json(&create);
    assert_eq!(created["trusted"], true);
    assert_eq!(server.json(&["app", "show", created["client_id"].as_str().unwrap()])["trusted"], true);
    let query = format!("client_id={}&response_type=code&scope=read_user", created["client_id"].as_str().unwrap());
    let path = format!("{}?{query}", DOCKER.authorize);
    let mut jane = Browser::new(&server);
    let form = jane.get(&path);
    assert_eq!(form.status, 303, "{form:?}");
    let mut jane = Browser::signed_in(&server, JANE.0, "a password of janes");
    Redirect::of(&jane.get(&path), 302).get("code");
    assert_asked(&jane.get(&format!("{path}&prompt=consent")));
    let logged = "SELECT event || (details ->> 'asked') FROM audit_log WHERE event LIKE 'grant%'";
    assert_eq!(server.sql::<String>(logged), "grant.created0");
    // Scopes beyond the registration are refused as ever.
    let refused = jane.get(&path.replace("read_user", "api"));
    assert_eq!(Redirect::of(&refused, 302).get("error"), "invalid_scope");
    execute(&server, "UPDATE applications SET trusted = 0");
    assert_asked(&jane.get(&path));
}
