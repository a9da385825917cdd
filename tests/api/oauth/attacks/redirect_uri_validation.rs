//! Section 4.1, insufficient redirection URI validation: a code must go to no place that was not registered.

use crate::harness::Server;
use crate::oauth::{
    App, BOTH, Back, DOCKER, EXAMPLE, PHONE, PKCE, READER, WIKI, ask, count, encoded, on_file, shown_as_page,
};

/// None of these is taken for the application's own: no redirect, no code, and nothing of it on the page.
#[track_caller]
fn none_is_taken(server: &Server, app: App, uris: &[&str]) {
    for uri in uris {
        let more = if app.secret.is_none() { PKCE } else { "" };
        for names in BOTH {
            let query = app.query(&format!("{more}&state=s&redirect_uri={}", encoded(uri)));
            let answer = ask(server, names, &query);
            assert_eq!(answer.status, 400, "{uri}: {answer:?}");
            shown_as_page(&answer, &["evil"]);
        }
    }
    assert_eq!(count(server, "authorizations"), 0);
}

#[test]
fn another_host() {
    let hosts = [
        "https://evil.example/auth_complete/",
        "https://my.app.evil.example/auth_complete/",
        "https://evil-my.app/auth_complete/",
        "https://evilmy.app/auth_complete/",
        "https://sub.my.app/auth_complete/",
        "https://my.app./auth_complete/",
        "https://my/auth_complete/",
        "https://app/auth_complete/",
        "https://evil.example/https://my.app/auth_complete/",
        "https://evil.example/?https://my.app/auth_complete/",
        "https://evil.example/#https://my.app/auth_complete/",
        "https://evil.example?my.app/auth_complete/",
        "https://evil.example;my.app/auth_complete/",
        "https://evil.example\\my.app/auth_complete/",
        "https://my.app,evil.example/auth_complete/",
        "https://*.app/auth_complete/",
        "https://127.0.0.1/auth_complete/",
        "http://127.0.0.1/auth_complete/",
        "http://localhost/auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &hosts);
}

#[test]
fn a_prefix_or_a_suffix_of_the_uri() {
    let uris = [
        "https://my.app",
        "https://my.app/",
        "https://my.app/auth_complete",
        "https://my.app/auth_complete/x",
        "https://my.app/auth_complete//",
        "https://my.app//auth_complete/",
        "https://my.app/auth_complete/.evil.example",
        "https://my.app/auth_complete/;evil",
        "https://my.app/evil/auth_complete/",
        "ttps://my.app/auth_complete/",
        "my.app/auth_complete/",
        "//my.app/auth_complete/",
        "/auth_complete/",
        "https://my.app/auth_complete/ https://evil.example/",
        "https://my.app/auth_complete/,https://evil.example/",
        "https://evil.example/ https://my.app/auth_complete/",
        "https://my.app/auth_complete/https://my.app/auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
}

#[test]
fn another_case() {
    let uris = [
        "HTTPS://my.app/auth_complete/",
        "Https://my.app/auth_complete/",
        "https://MY.APP/auth_complete/",
        "https://my.App/auth_complete/",
        "https://my.app/AUTH_COMPLETE/",
        "https://my.app/Auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
    let uris = ["COM.EXAMPLE.PHONE:/callback", "com.example.phone:/Callback", "HTTP://127.0.0.1/callback"];
    none_is_taken(&on_file(), PHONE, &uris);
    none_is_taken(&on_file(), READER, &["http://LOCALHOST/callback", "http://localhost:80/Callback"]);
}

#[test]
fn another_encoding() {
    let uris = [
        "https://my.app/%61uth_complete/",
        "https://my.app/auth%5Fcomplete/",
        "https://my.app/auth%5fcomplete/",
        "https://my.app/auth_complete%2F",
        "https://my.app%2Fauth_complete/",
        "https://my%2Eapp/auth_complete/",
        "https%3A%2F%2Fmy.app%2Fauth_complete%2F",
        "https://my.app/auth_complete/%00",
        "https://my.app/auth_complete/%20",
        "https://my.app/auth_complete/%0d%0aLocation:%20https://evil.example/",
        "https://my.app/auth_complete/\0",
        "https://my.app/auth_complete/\r\nLocation: https://evil.example/",
        "https://my.app/auth_complete/\n",
        "https://my.app/auth_complete/ ",
        " https://my.app/auth_complete/",
        "\thttps://my.app/auth_complete/",
        "https://my.app/auth_\tcomplete/",
        "ht\ntps://my.app/auth_complete/",
        "\u{feff}https://my.app/auth_complete/",
        "https:\\\\my.app\\auth_complete\\",
        "https:/my.app/auth_complete/",
        "https:my.app/auth_complete/",
        "https:///my.app/auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
}

#[test]
fn a_user_name_before_the_host() {
    let uris = [
        "https://my.app@evil.example/auth_complete/",
        "https://my.app:443@evil.example/auth_complete/",
        "https://my.app%40evil.example/auth_complete/",
        "https://my.app\\@evil.example/auth_complete/",
        "https://my.app#@evil.example/auth_complete/",
        "https://evil@my.app/auth_complete/",
        "https://@my.app/auth_complete/",
        "https://:@my.app/auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
    let uris = [
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1:80@evil.example/callback",
        "http://127.0.0.1:80:80@evil.example/callback",
        "http://127.0.0.1:@evil.example/callback",
        "http://evil@127.0.0.1/callback",
        "http://@127.0.0.1:80/callback",
    ];
    none_is_taken(&on_file(), PHONE, &uris);
}

#[test]
fn another_port() {
    let uris = [
        "https://my.app:443/auth_complete/",
        "https://my.app:8443/auth_complete/",
        "https://my.app:/auth_complete/",
        "https://my.app:0/auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
    let uris = [
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:-1/callback",
        "http://127.0.0.1:+1/callback",
        "http://127.0.0.1:0x50/callback",
        "http://127.0.0.1:80:80/callback",
        "http://127.0.0.1:８０/callback",
        "http://127.0.0.1: 80/callback",
        "http://127.0.0.1:80callback",
        "https://127.0.0.1:51004/callback",
        "com.example.phone:80/callback",
    ];
    none_is_taken(&on_file(), PHONE, &uris);
}

/// RFC 8252 section 7.3 frees the port and nothing else.
#[test]
fn another_name_for_loopback() {
    let uris = [
        "http://localhost:51004/callback",
        "http://[::1]:51004/callback",
        "http://127.0.0.2:51004/callback",
        "http://127.1/callback",
        "http://127.0.0.1./callback",
        "http://0x7f000001/callback",
        "http://2130706433/callback",
        "http://0177.0.0.1/callback",
        "http://0.0.0.0/callback",
        "http://[::ffff:127.0.0.1]/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1.evil.example:51004/callback",
        "http://127.0.0.1:51004.evil.example/callback",
        "http://127.0.0.1:51004/callback2",
        "http://127.0.0.1:51004/",
        "http://127.0.0.1:51004",
        "http://127.0.0.1:51004//callback",
        "http://127.0.0.1:51004/callback?x",
        "http://127.0.0.1:51004/callback#",
        "http://127.0.0.1:51004?/callback",
        "http://127.0.0.1:51004\\callback",
    ];
    none_is_taken(&on_file(), PHONE, &uris);
    let uris = ["http://127.0.0.1/callback", "http://localhost.evil.example/callback", "http://localhost./callback"];
    none_is_taken(&on_file(), READER, &uris);
}

#[test]
fn a_path_that_climbs() {
    let uris = [
        "https://my.app/auth_complete/../evil",
        "https://my.app/auth_complete/../auth_complete/",
        "https://my.app/auth_complete/..",
        "https://my.app/auth_complete/./",
        "https://my.app/./auth_complete/",
        "https://my.app/x/../auth_complete/",
        "https://my.app/auth_complete/%2e%2e/evil",
        "https://my.app/auth_complete/..%2fevil",
        "https://my.app/auth_complete/..;/evil",
        "https://my.app/auth_complete/..\\evil",
        "https://my.app/../../auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
    let uris = [
        "http://127.0.0.1:51004/x/../callback",
        "http://127.0.0.1:51004/callback/..",
        "com.example.phone:/x/../callback",
    ];
    none_is_taken(&on_file(), PHONE, &uris);
}

#[test]
fn a_query_of_its_own() {
    let uris = [
        "https://my.app/auth_complete/?",
        "https://my.app/auth_complete/?evil",
        "https://my.app/auth_complete/?next=https://evil.example/",
        "https://my.app/auth_complete/?code=evil",
        "https://my.app/auth_complete/?state=evil&iss=evil",
        "https://my.app/auth_complete/&evil",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
    let uris = [
        "https://wiki.example/second",
        "https://wiki.example/second?",
        "https://wiki.example/second?tenant=2",
        "https://wiki.example/second?tenant=1&evil",
        "https://wiki.example/second?evil&tenant=1",
        "https://wiki.example/second?tenant=1%26evil",
        "https://wiki.example/callback?tenant=1",
    ];
    none_is_taken(&on_file(), WIKI, &uris);
}

#[test]
fn a_fragment() {
    let uris = [
        "https://my.app/auth_complete/#",
        "https://my.app/auth_complete/#evil",
        "https://my.app/auth_complete/#https://evil.example/",
        "https://my.app/#/auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
}

#[test]
fn letters_that_look_alike() {
    let uris = [
        "https://mу.app/auth_complete/",
        "https://my.аpp/auth_complete/",
        "https://my。app/auth_complete/",
        "https://my．app/auth_complete/",
        "https://ｍｙ.app/auth_complete/",
        "https://my.app／auth_complete/",
        "https://my.app/auth_complete/\u{200b}",
        "https://my\u{ad}.app/auth_complete/",
        "https://my.app/auth_complete/\u{202e}",
        "https：//my.app/auth_complete/",
        "https://xn--m-6tb.app/auth_complete/",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
}

#[test]
fn another_scheme() {
    let uris = [
        "http://my.app/auth_complete/",
        "javascript:alert(1)",
        "javascript://my.app/auth_complete/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://my.app/auth_complete/",
        "wss://my.app/auth_complete/",
        "about:blank",
        "blob:https://my.app/auth_complete/",
        "view-source:https://my.app/auth_complete/",
        "urn:ietf:wg:oauth:2.0:oob",
        "my.app:/auth_complete/",
        "intent://my.app/auth_complete/#Intent;end",
    ];
    none_is_taken(&on_file(), EXAMPLE, &uris);
    let uris = [
        "com.example.phone://callback",
        "com.example.phone:callback",
        "com.example.phone.evil:/callback",
        "evil.com.example.phone:/callback",
    ];
    none_is_taken(&on_file(), PHONE, &uris);
}

/// Another application's URI is not this one's.
#[test]
fn the_uri_of_another_application() {
    let server = on_file();
    none_is_taken(&server, EXAMPLE, &[WIKI.uri, PHONE.uri, READER.uri]);
    none_is_taken(&server, WIKI, &[EXAMPLE.uri]);
    none_is_taken(&server, PHONE, &[EXAMPLE.uri, READER.uri]);
}

/// One of two that a check and a redirect could read differently: neither is used.
#[test]
fn parameter_pollution() {
    let server = on_file();
    let (good, evil) = (encoded(EXAMPLE.uri), encoded("https://evil.example/"));
    for (more, repeats) in [
        (format!("&redirect_uri={good}&redirect_uri={evil}"), "evil"),
        (format!("&redirect_uri={evil}&redirect_uri={good}"), "evil"),
        (format!("&redirect_uri={good}&redirect_uri={good}"), "my.app"),
        (format!("&redirect_uri=&redirect_uri={evil}"), "evil"),
        (format!("&redirect_uri={good}&redirect%5Furi={evil}"), "evil"),
        (format!("&redirect%5furi={evil}"), "evil"),
        (format!("&client_id=WikiClientID&redirect_uri={good}"), "my.app"),
        (format!("&client%5Fid=WikiClientID&redirect_uri={good}"), "my.app"),
    ] {
        for names in BOTH {
            shown_as_page(&ask(&server, names, &EXAMPLE.query(&more)), &[repeats]);
        }
    }
    // Names that only resemble are unknown, and nothing of them is used.
    for more in [
        format!("&redirect_uri[]={evil}"),
        format!("&redirect_uri[0]={evil}"),
        format!("&Redirect_URI={evil}"),
        format!("&redirect_uri%00={evil}"),
        format!("&%20redirect_uri={evil}"),
        format!("&state=s;redirect_uri={evil}"),
        format!("#&redirect_uri={evil}"),
    ] {
        let back = Back::of(&ask(&server, DOCKER, &EXAMPLE.query(&more)), 302);
        assert_eq!(back.at, EXAMPLE.uri, "{more}");
    }
}
