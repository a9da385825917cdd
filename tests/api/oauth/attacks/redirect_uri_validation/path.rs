//! URIs with another path, query, fragment or encoding.

use super::assert_none_accepted;
use crate::oauth::{EXAMPLE, PHONE, READER, WIKI, auto_approving_on_file};

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
