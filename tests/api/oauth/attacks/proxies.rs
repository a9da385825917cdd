//! Section 4.13, TLS-terminating reverse proxies: what only a proxy may say is not believed of anybody else.

use crate::oauth::{Back, DOCKER, EXAMPLE, WIKI, in_memory, refused, start};

const CLAIMS: [(&str, &str); 10] = [
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
fn a_forged_address_of_the_server() {
    for base in [None, Some("https://accounts.example.com")] {
        let base_url = base.map_or(vec![], |base| vec!["--base-url", base]);
        let server = start(true, &[&["--auto-approve", "janedoe"][..], &base_url].concat());
        let issuer = base.map_or(server.url(), str::to_owned);
        for (name, value) in CLAIMS {
            let call = server.get(DOCKER.authorize).with_query(&format!("?{}", EXAMPLE.query(""))).header(name, value);
            let back = Back::of(&call.send(), 302);
            assert_eq!((back.at.as_str(), back.get("iss")), (EXAMPLE.uri, issuer.as_str()), "{name}");
            let call = server.get("/.well-known/oauth-authorization-server").header(name, value);
            assert_eq!(call.send().expect(200)["issuer"], issuer, "{name}");
        }
    }
}

/// A client certificate or a user that a proxy vouches for is nothing here.
#[test]
fn a_forged_authentication() {
    let server = in_memory();
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
        refused(&server.post(DOCKER.token).header(name, value).form(&fields).send(), 401, "invalid_client");
    }
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
}
