//! The page about the server.

use super::{BOSS, Browser, assert_page, execute, seeded, server};
use serde_json::json;

#[test]
fn the_page_counts_users_and_knows_the_last_backup() {
    let server = server();
    execute(&server, "UPDATE users SET state = 'banned' WHERE id = 2");
    let mut boss = Browser::signed_in(&server, BOSS);
    let page = boss.get("/admin");
    assert_page(&page, 200, "Server");
    for part in [
        "<a href=\"/admin/users\">3</a>, of whom 2 are active",
        "<dt>Banned</dt>\n<dd><a href=\"/admin/users?state=banned\">1</a></dd>",
        "<strong class=\"bad\">Never</strong>",
        "KiB</dd>",
        "Not counted: <code>--admin-listen</code>",
        concat!("accountd ", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(page.body.contains(part), "{part}: {page:?}");
    }
    let copy = server.db.with_file_name("copy.db");
    assert!(server.cli(&["backup", copy.to_str().unwrap()]).status.success());
    let page = boss.get("/admin");
    assert!(!page.body.contains("Never") && page.body.contains(" UTC</dd>"), "{page:?}");
}

#[test]
fn a_server_with_metrics_shows_its_requests() {
    let user =
        json!({"username": "boss", "password": "boss-password", "admin": true, "emails": [{"email": "b@example.com"}]});
    let server = seeded(&json!({ "users": [user] }), &["--admin-listen", "127.0.0.1:0"]);
    let mut boss = Browser::signed_in(&server, BOSS);
    for _ in 0..3 {
        assert_eq!(boss.get("/account/nothing").status, 404);
    }
    let page = boss.get("/admin");
    // The last ones may not be counted yet.
    let (_, rest) = page.body.split_once("<dt>Refused requests (4xx)</dt>\n<dd>").unwrap();
    let refused: u64 = rest.split_once('<').unwrap().0.parse().unwrap();
    assert!((2..=3).contains(&refused) && page.body.contains("<dt>Requests that succeeded</dt>"), "{page:?}");
}
