//! Section 4.1, insufficient redirection URI validation: a code must only be sent to a registered URI.

use crate::harness::Server;
use crate::oauth::{
    Application, BOTH_PATHS, DOCKER, EXAMPLE, PHONE, PKCE, READER, Redirect, WIKI, assert_error_page,
    auto_approving_on_file, count, percent_encoded, send_authorization,
};

/// Checks that none of these URIs is accepted: there is no redirect and no code, and the page does not repeat the URI.
#[track_caller]
fn assert_none_accepted(server: &Server, app: Application, uris: &[&str]) {
    for uri in uris {
        let more = if app.secret.is_none() { PKCE } else { "" };
        for paths in BOTH_PATHS {
            let query = app.query(&format!("{more}&state=s&redirect_uri={}", percent_encoded(uri)));
            let answer = send_authorization(server, paths, &query);
            assert_eq!(answer.status, 400, "{uri}: {answer:?}");
            assert_error_page(&answer, &["evil"]);
        }
    }
    assert_eq!(count(server, "authorizations"), 0);
}

#[test]
fn another_host_is_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &hosts);
}

#[test]
fn a_prefix_or_an_extension_is_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
}

#[test]
fn another_case_is_refused() {
    let uris = [
        "HTTPS://my.app/auth_complete/",
        "Https://my.app/auth_complete/",
        "https://MY.APP/auth_complete/",
        "https://my.App/auth_complete/",
        "https://my.app/AUTH_COMPLETE/",
        "https://my.app/Auth_complete/",
    ];
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
    let uris = ["COM.EXAMPLE.PHONE:/callback", "com.example.phone:/Callback", "HTTP://127.0.0.1/callback"];
    assert_none_accepted(&auto_approving_on_file(), PHONE, &uris);
    assert_none_accepted(
        &auto_approving_on_file(),
        READER,
        &["http://LOCALHOST/callback", "http://localhost:80/Callback"],
    );
}

#[test]
fn another_encoding_is_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
}

#[test]
fn user_information_before_the_host_is_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
    let uris = [
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1:80@evil.example/callback",
        "http://127.0.0.1:80:80@evil.example/callback",
        "http://127.0.0.1:@evil.example/callback",
        "http://evil@127.0.0.1/callback",
        "http://@127.0.0.1:80/callback",
    ];
    assert_none_accepted(&auto_approving_on_file(), PHONE, &uris);
}

#[test]
fn another_port_is_refused() {
    let uris = [
        "https://my.app:443/auth_complete/",
        "https://my.app:8443/auth_complete/",
        "https://my.app:/auth_complete/",
        "https://my.app:0/auth_complete/",
    ];
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
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
    assert_none_accepted(&auto_approving_on_file(), PHONE, &uris);
}

/// RFC 8252 section 7.3 permits any port on loopback, and nothing else.
#[test]
fn another_loopback_host_or_path_is_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), PHONE, &uris);
    let uris = ["http://127.0.0.1/callback", "http://localhost.evil.example/callback", "http://localhost./callback"];
    assert_none_accepted(&auto_approving_on_file(), READER, &uris);
}

#[test]
fn dot_segments_are_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
    let uris = [
        "http://127.0.0.1:51004/x/../callback",
        "http://127.0.0.1:51004/callback/..",
        "com.example.phone:/x/../callback",
    ];
    assert_none_accepted(&auto_approving_on_file(), PHONE, &uris);
}

#[test]
fn another_query_is_refused() {
    let uris = [
        "https://my.app/auth_complete/?",
        "https://my.app/auth_complete/?evil",
        "https://my.app/auth_complete/?next=https://evil.example/",
        "https://my.app/auth_complete/?code=evil",
        "https://my.app/auth_complete/?state=evil&iss=evil",
        "https://my.app/auth_complete/&evil",
    ];
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
    let uris = [
        "https://wiki.example/second",
        "https://wiki.example/second?",
        "https://wiki.example/second?tenant=2",
        "https://wiki.example/second?tenant=1&evil",
        "https://wiki.example/second?evil&tenant=1",
        "https://wiki.example/second?tenant=1%26evil",
        "https://wiki.example/callback?tenant=1",
    ];
    assert_none_accepted(&auto_approving_on_file(), WIKI, &uris);
}

#[test]
fn a_fragment_is_refused() {
    let uris = [
        "https://my.app/auth_complete/#",
        "https://my.app/auth_complete/#evil",
        "https://my.app/auth_complete/#https://evil.example/",
        "https://my.app/#/auth_complete/",
    ];
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
}

#[test]
fn look_alike_letters_are_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
}

#[test]
fn another_scheme_is_refused() {
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
    assert_none_accepted(&auto_approving_on_file(), EXAMPLE, &uris);
    let uris = [
        "com.example.phone://callback",
        "com.example.phone:callback",
        "com.example.phone.evil:/callback",
        "evil.com.example.phone:/callback",
    ];
    assert_none_accepted(&auto_approving_on_file(), PHONE, &uris);
}

#[test]
fn the_uri_of_another_application_is_refused() {
    let server = auto_approving_on_file();
    assert_none_accepted(&server, EXAMPLE, &[WIKI.uri, PHONE.uri, READER.uri]);
    assert_none_accepted(&server, WIKI, &[EXAMPLE.uri]);
    assert_none_accepted(&server, PHONE, &[EXAMPLE.uri, READER.uri]);
}

/// The check and the redirect could use different ones of two parameters, so repeated ones are refused.
#[test]
fn repeated_and_misspelled_parameters_are_refused_or_ignored() {
    let server = auto_approving_on_file();
    let (good, evil) = (percent_encoded(EXAMPLE.uri), percent_encoded("https://evil.example/"));
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
        for paths in BOTH_PATHS {
            assert_error_page(&send_authorization(&server, paths, &EXAMPLE.query(&more)), &[repeats]);
        }
    }
    // Parameters with a similar name are unknown and are ignored.
    for more in [
        format!("&redirect_uri[]={evil}"),
        format!("&redirect_uri[0]={evil}"),
        format!("&Redirect_URI={evil}"),
        format!("&redirect_uri%00={evil}"),
        format!("&%20redirect_uri={evil}"),
        format!("&state=s;redirect_uri={evil}"),
        format!("#&redirect_uri={evil}"),
    ] {
        let redirect = Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query(&more)), 302);
        assert_eq!(redirect.uri, EXAMPLE.uri, "{more}");
    }
}
