//! Section 4.11, open redirection: an attacker must not choose where the browser is redirected.

use crate::oauth::browser::Browser;
use crate::oauth::{
    Application, BOTH_PATHS, DOCKER, EXAMPLE, IDLE, WIKI, assert_error_page, auto_approving, auto_approving_on_file,
    count, execute, percent_encoded, send_authorization, server_with_consent,
};

const EVIL: &str = "https://evil.example/";

#[test]
fn no_error_redirects_to_an_unregistered_uri() {
    let server = auto_approving();
    let evil = format!("&redirect_uri={}", percent_encoded(EVIL));
    for app in [EXAMPLE, WIKI, IDLE, Application { id: "NobodysClientID", ..EXAMPLE }] {
        for paths in BOTH_PATHS {
            for query in [
                app.query(&evil),
                format!("client_id={}{evil}", app.id),
                format!("client_id={}&response_type=token{evil}", app.id),
                app.query(&format!("{evil}&scope=sudo")),
                app.query(&format!("{evil}&code_challenge=x")),
                app.query(&format!("{evil}&state=s&state=s")),
                format!("response_type=code{evil}"),
            ] {
                let answer = send_authorization(&server, paths, &query);
                assert_eq!((answer.status, answer.header("location")), (400, None), "{query}");
                assert!(!answer.body.contains("evil") && !answer.body.contains("http-equiv"), "{}", answer.body);
            }
        }
    }
}

/// An old version accepted every absolute URI. No code is sent to one that would be invalid now, whether the request
/// names it or not.
#[test]
fn invalid_uris_registered_by_an_old_version_are_refused() {
    let server = auto_approving_on_file();
    for invalid in
        ["javascript:alert(1)", "data:text/html,x", "http://evil.example/", "https://u:p@evil.example/", "myapp:/cb"]
    {
        execute(
            &server,
            &format!(
                "UPDATE application_redirect_uris SET uri = '{invalid}'
                 WHERE application_id = (SELECT id FROM applications WHERE client_id = '{}')",
                EXAMPLE.id
            ),
        );
        for paths in BOTH_PATHS {
            for more in [String::new(), format!("&redirect_uri={}", percent_encoded(invalid)), "&scope=sudo".into()] {
                assert_error_page(&send_authorization(&server, paths, &EXAMPLE.query(&more)), &[invalid]);
            }
        }
    }
    assert_eq!(count(&server, "authorizations"), 0);
}

#[test]
fn signing_in_returns_to_this_server() {
    let server = server_with_consent();
    for path in
        ["//evil.example/oauth/authorize", "/\\evil.example/oauth/authorize", "/oauth/authorize/..//evil.example"]
    {
        let answer = server.get(path).with_query(&format!("?{}", WIKI.query(""))).send();
        assert!(answer.header("location").is_none_or(|to| to.starts_with("/account/")), "{path}: {answer:?}");
    }
    for (method, paths) in [("GET", DOCKER), ("POST", DOCKER), ("GET", BOTH_PATHS[1])] {
        let query = WIKI.query(&format!("&state={0}&x={0}&return_to={0}&y=/\\\\evil.example", percent_encoded(EVIL)));
        let answer = server.call(method, paths.authorize).with_query(&format!("?{query}")).send();
        let location = answer.header("location").unwrap().to_owned();
        assert!(answer.status == 303 && location.starts_with("/account/sign-in?return_to=%2F"), "{answer:?}");
        let mut browser = Browser::new(&server);
        let page = browser.get(&location);
        let redirect = browser.sign_in(&page, "janedoe", "password");
        assert_eq!(redirect.header("location"), Some(format!("{}?{query}", paths.authorize).as_str()));
    }
}

#[test]
fn the_host_of_the_request_is_not_used() {
    let server = server_with_consent();
    let request = format!("{}?{}", DOCKER.authorize, WIKI.query(""));
    for (name, value) in
        [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")]
    {
        let answer = server.get(&request).header(name, value).send();
        assert!(answer.header("location").unwrap().starts_with("/account/sign-in?"), "{answer:?}");
    }
}
