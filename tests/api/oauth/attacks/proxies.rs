//! Section 4.13, TLS-terminating reverse proxies: headers that only a proxy may set are ignored from other clients.

use crate::oauth::{DOCKER, EXAMPLE, Redirect, WIKI, assert_error, auto_approving, start};

const FORGED_HEADERS: [(&str, &str); 10] = [
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Server", "evil.example"),
    ("X-Forwarded-Port", "443"),
    ("X-Forwarded-Prefix", "/evil"),
    ("X-Original-URL", "/evil"),
    ("X-Rewrite-URL", "/evil"),
    ("Forwarded", "for=127.0.0.1;host=evil.example;proto=https"),
    ("X-Forwarded-User", "root"),
    ("X-Remote-User", "root"),
];

#[test]
fn forged_forwarding_headers_do_not_change_the_issuer() {
    for base in [None, Some("https://accounts.example.com")] {
        let base_url = base.map_or(vec![], |base| vec!["--base-url", base]);
        let server = start(true, &[&["--auto-approve", "janedoe"][..], &base_url].concat());
        let issuer = base.map_or(server.url(), str::to_owned);
        for (name, value) in FORGED_HEADERS {
            let call = server.get(DOCKER.authorize).with_query(&format!("?{}", EXAMPLE.query(""))).header(name, value);
            let redirect = Redirect::of(&call.send(), 302);
            assert_eq!((redirect.uri.as_str(), redirect.get("iss")), (EXAMPLE.uri, issuer.as_str()), "{name}");
            let call = server.get("/.well-known/oauth-authorization-server").header(name, value);
            assert_eq!(call.send().expect(200)["issuer"], issuer, "{name}");
        }
    }
}

/// There is no authentication by a proxy.
#[test]
fn forged_authentication_headers_are_ignored() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read");
    for (name, value) in [
        ("X-SSL-Client-Verify", "SUCCESS"),
        ("X-SSL-Client-S-DN", "CN=WikiClientID"),
        ("Client-Cert", ":MIIB:"),
        ("X-Client-ID", "WikiClientID"),
        ("X-Forwarded-User", "WikiClientID"),
        ("X-Forwarded-For", "127.0.0.1"),
    ] {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str()), ("client_id", WIKI.id)];
        assert_error(&server.post(DOCKER.token).header(name, value).form(&fields).send(), 401, "invalid_client");
    }
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
}
