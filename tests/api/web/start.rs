//! The page at `/`, the overview, and the name of the site.

use super::{Browser, JANE, JOHN, assert_page, on_file};
use crate::harness::Server;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[test]
fn a_browser_sees_what_the_server_is() {
    let server = Server::demo_with(&["--dialects", "docker,gitlab-v4"]);
    let page = server.get("/").header("Accept", BROWSER).send();
    assert_page(&page, 200, "Welcome");
    assert!(page.body.contains("href=\"/account/sign-in\">Sign in</a>"), "{page:?}");
    assert!(page.body.contains("<code>/api/v4</code>") && page.body.contains("<code>/api/v1.1</code>"), "{page:?}");
    assert!(!page.body.contains("/api/v3") && !page.body.contains("to try"), "{page:?}");
    let john = Browser::signed_in(&server, JOHN);
    let page = john.request("GET", "/").header("Accept", "TEXT/HTML").send();
    assert!(page.body.contains("href=\"/account\">Go to your account</a>"), "{page:?}");
    assert!(page.body.contains("Signed in as <strong>john_smith</strong>"), "{page:?}");
    assert_page(&server.post("/").header("Accept", BROWSER).send(), 405, "This page does not support that request");
}

#[test]
fn other_clients_get_the_404_of_any_unknown_path() {
    let server = Server::demo();
    let unknown = server.get("/nothing").send();
    for accept in ["", "*/*", "application/json", "application/json, text/plain", "text/htm", "text/*"] {
        let answer = server.get("/").header("Accept", accept).send();
        assert_eq!((answer.status, &answer.body), (404, &unknown.body), "{accept}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
        assert_eq!(server.post("/").header("Accept", accept).send().body, unknown.body, "{accept}");
    }
    assert_eq!(server.get("/").send().body, unknown.body);
    // Browsers get no page for other unknown paths.
    assert_eq!(server.get("/nothing").header("Accept", BROWSER).send().body, unknown.body);
}

#[test]
fn the_site_name_is_in_the_title_and_the_header() {
    let server = Server::demo_with(&["--site-name", "Fish & <Chips>"]);
    let page = server.get("/account/sign-in").send();
    assert!(page.body.contains("<title>Sign in – Fish &#38; &#60;Chips&#62;</title>"), "{page:?}");
    assert!(page.body.contains("<a class=\"site\" href=\"/\">Fish &#38; &#60;Chips&#62;</a>"), "{page:?}");
    // The host is in the address bar.
    assert!(!page.body.contains(&server.address.to_string()), "{page:?}");
}

#[test]
fn the_overview_lists_what_is_missing() {
    let server = on_file(&[]);
    super::execute(&server, "UPDATE emails SET confirmed_at = NULL, verified_by = NULL WHERE user_id = 1");
    let mut jane = Browser::signed_in(&server, JANE);
    let page = jane.get("/account");
    assert_page(&page, 200, "Overview");
    assert!(page.body.contains("None of your email addresses is verified."), "{page:?}");
    assert!(page.body.contains("You have no SSH key") && page.body.contains("jane@example.com"), "{page:?}");
    assert!(page.body.contains("<a href=\"/account\" aria-current=\"page\">Overview</a>"), "{page:?}");
    assert!(!page.body.contains("href=\"/admin\""), "{page:?}");
    super::execute(&server, "UPDATE emails SET confirmed_at = 1, verified_by = 'self' WHERE user_id = 1");
    assert!(!jane.get("/account").body.contains("is verified."));
}

#[test]
fn only_administrators_see_the_pages_of_administration() {
    let server = Server::demo();
    let mut root = Browser::signed_in(&server, ("root", "root-password"));
    assert!(root.get("/account").body.contains("<a href=\"/admin\">Server</a>"));
    assert_page(&root.get("/admin"), 200, "Server");
    let mut john = Browser::signed_in(&server, JOHN);
    assert_page(&john.get("/admin"), 403, "You are not allowed to do this");
    let stranger = server.get("/admin").send();
    assert_eq!((stranger.status, stranger.header("location")), (303, Some("/account/sign-in?return_to=%2Fadmin")));
    assert_page(&root.get("/admin/nothing"), 404, "There is no such page");
    // At once, in a session that is open already.
    let token = crate::harness::ROOT;
    server.put("/api/v3/users/1").private_token(token).form(&[("admin", "true")]).send().expect(200);
    assert_eq!(john.get("/admin").status, 200);
    server.put("/api/v3/users/1").private_token(token).form(&[("admin", "false")]).send().expect(200);
    assert_eq!(john.get("/admin").status, 403);
}
