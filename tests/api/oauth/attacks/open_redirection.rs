//! Section 4.11, open redirection: this server sends nobody to where an attacker says.

use crate::oauth::browser::Browser;
use crate::oauth::{
    App, BOTH, DOCKER, EXAMPLE, IDLE, WIKI, ask, change, count, encoded, in_memory, on_file, shown_as_page, with_pages,
};

const EVIL: &str = "https://evil.example/";

#[test]
fn by_the_redirect_uri_of_every_error() {
    let server = in_memory();
    let evil = format!("&redirect_uri={}", encoded(EVIL));
    for app in [EXAMPLE, WIKI, IDLE, App { id: "NobodysClientID", ..EXAMPLE }] {
        for names in BOTH {
            for query in [
                app.query(&evil),
                format!("client_id={}{evil}", app.id),
                format!("client_id={}&response_type=token{evil}", app.id),
                app.query(&format!("{evil}&scope=sudo")),
                app.query(&format!("{evil}&code_challenge=x")),
                app.query(&format!("{evil}&state=s&state=s")),
                format!("response_type=code{evil}"),
            ] {
                let answer = ask(&server, names, &query);
                assert_eq!((answer.status, answer.header("location")), (400, None), "{query}");
                assert!(!answer.body.contains("evil") && !answer.body.contains("http-equiv"), "{}", answer.body);
            }
        }
    }
}

/// Databases of before OAuth took any absolute URI: none of those is a place for a code now, named in the request or not.
#[test]
fn by_what_was_registered_long_ago() {
    let server = on_file();
    for unfit in
        ["javascript:alert(1)", "data:text/html,x", "http://evil.example/", "https://u:p@evil.example/", "myapp:/cb"]
    {
        change(
            &server,
            &format!(
                "UPDATE application_redirect_uris SET uri = '{unfit}'
                 WHERE application_id = (SELECT id FROM applications WHERE client_id = '{}')",
                EXAMPLE.id
            ),
        );
        for names in BOTH {
            for more in [String::new(), format!("&redirect_uri={}", encoded(unfit)), "&scope=sudo".into()] {
                shown_as_page(&ask(&server, names, &EXAMPLE.query(&more)), &[unfit]);
            }
        }
    }
    assert_eq!(count(&server, "authorizations"), 0);
}

/// The way through signing in leads back to this server and to the request as it was.
#[test]
fn by_the_way_through_signing_in() {
    let server = with_pages();
    for path in
        ["//evil.example/oauth/authorize", "/\\evil.example/oauth/authorize", "/oauth/authorize/..//evil.example"]
    {
        let answer = server.get(path).with_query(&format!("?{}", WIKI.query(""))).send();
        assert!(answer.header("location").is_none_or(|to| to.starts_with("/account/")), "{path}: {answer:?}");
    }
    for (method, names) in [("GET", DOCKER), ("POST", DOCKER), ("GET", BOTH[1])] {
        let query = WIKI.query(&format!("&state={0}&x={0}&return_to={0}&y=/\\\\evil.example", encoded(EVIL)));
        let answer = server.call(method, names.authorize).with_query(&format!("?{query}")).send();
        let location = answer.header("location").unwrap().to_owned();
        assert!(answer.status == 303 && location.starts_with("/account/sign-in?return_to=%2F"), "{answer:?}");
        let mut browser = Browser::new(&server);
        let page = browser.get(&location);
        let back = browser.sign_in(&page, "janedoe", "password");
        assert_eq!(back.header("location"), Some(format!("{}?{query}", names.authorize).as_str()));
    }
}

/// The host that the caller names is not where the browser is sent.
#[test]
fn by_the_host_header() {
    let server = with_pages();
    let request = format!("{}?{}", DOCKER.authorize, WIKI.query(""));
    for (name, value) in
        [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")]
    {
        let answer = server.get(&request).header(name, value).send();
        assert!(answer.header("location").unwrap().starts_with("/account/sign-in?"), "{answer:?}");
    }
}
