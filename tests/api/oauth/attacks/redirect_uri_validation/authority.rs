//! URIs with another scheme, host, port or user information.

use super::assert_none_accepted;
use crate::oauth::{EXAMPLE, PHONE, READER, auto_approving_on_file};

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
