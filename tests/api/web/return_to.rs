//! Where the browser is sent after signing in and out.

use super::sign_in::{PATH, submit};
use super::{Browser, JOHN, hidden_field};
use crate::harness::Server;

#[test]
fn signing_in_redirects_to_the_requested_path() {
    let server = Server::demo();
    for (path, to) in [
        ("/account/applications", "/account/applications"),
        ("/api/v1.1/o/authorize/?client_id=a&state=%22%26", "/api/v1.1/o/authorize/?client_id=a&state=%22%26"),
        ("/a?redirect_uri=https://my.app/cb#x", "/a?redirect_uri=https://my.app/cb#x"),
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path).finish();
        let mut browser = Browser::new(&server);
        let page = browser.get(&format!("{PATH}?{query}"));
        assert_eq!(hidden_field(&page, "return_to"), path);
        let fields =
            [("csrf", &*hidden_field(&page, "csrf")), ("return_to", path), ("login", JOHN.0), ("password", JOHN.1)];
        let answer = browser.post(PATH, &fields);
        assert_eq!((answer.status, answer.header("location")), (303, Some(to)));
    }
}

/// Open redirect: a link to the real sign-in page that leads to the attacker's site.
#[test]
fn signing_in_and_out_never_redirects_to_another_site() {
    let server = Server::demo();
    let mut john = Browser::signed_in(&server, JOHN);
    for bad in [
        "https://evil.example",
        "http:evil.example",
        "//evil.example",
        "///evil.example",
        "////evil.example/..",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\n/evil.example",
        " //evil.example",
        "\u{1}//evil.example",
        "/x\r\nLocation: https://evil.example",
        "/x\r\nSet-Cookie: accountd_session=x",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "evil.example",
        "@evil.example",
        "/x\\..\\evil",
        "／／evil.example",
        "",
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", bad).finish();
        let page = server.get(&format!("{PATH}?{query}")).send();
        assert_eq!(hidden_field(&page, "return_to"), "/account", "{bad:?}");
        assert!(!page.body.contains("evil"), "{bad:?}");
        // By submitting the form, by visiting it while signed in, and by signing out.
        let answer = submit(&server, &[("return_to", bad), ("login", JOHN.0), ("password", JOHN.1)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{bad:?}");
        let already = john.get(&format!("{PATH}?{query}"));
        assert_eq!((already.status, already.header("location")), (303, Some("/account")), "{bad:?}");
        let csrf = john.csrf();
        let out = john.post("/account/sign-out", &[("csrf", &csrf), ("return_to", bad)]);
        let to = "/account/sign-in?return_to=%2Faccount";
        assert_eq!((out.status, out.header("location")), (303, Some(to)), "{bad:?}");
        john = Browser::signed_in(&server, JOHN);
    }
    // Repeated, as a list, and not UTF-8.
    for query in ["return_to=/a&return_to=//evil.example", "return_to[]=//evil.example", "return_to=%ff"] {
        assert_eq!(hidden_field(&server.get(&format!("{PATH}?{query}")).send(), "return_to"), "/account", "{query}");
    }
}

#[test]
fn signing_out_remembers_the_page_for_the_next_sign_in() {
    let server = Server::demo();
    let mut john = Browser::signed_in(&server, JOHN);
    let csrf = john.csrf();
    let answer =
        john.post("/account/sign-out", &[("csrf", &csrf), ("return_to", "/oauth/authorize?client_id=a&b=%26")]);
    let to = "/account/sign-in?return_to=%2Foauth%2Fauthorize%3Fclient_id%3Da%26b%3D%2526";
    assert_eq!((answer.status, answer.header("location")), (303, Some(to)));
    assert_eq!(hidden_field(&john.get(to), "return_to"), "/oauth/authorize?client_id=a&b=%26");
}
