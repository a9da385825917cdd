//! After a reset, everything in the process works with the new accounts: health checks, metrics and background jobs.

use super::{reset, stand_in, users};
use crate::harness::{ROOT, Request, Server};
use crate::serving::admin::admin_address;
use crate::serving::wait_for;
use serde_json::{Value, json};

/// A stand-in and the URL of its admin listener.
fn with_admin_listener() -> (Server, String) {
    let server = Server::demo_with(&["--control", "--admin-listen", "127.0.0.1:0"]);
    let admin = wait_for(|| admin_address(&server.log()));
    (server, format!("http://{admin}"))
}

fn metric(admin: &str, name: &str) -> u64 {
    let page = Request::to("GET", &format!("{admin}/metrics")).send().body;
    let line = page.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {page}"));
    line.trim().parse().unwrap()
}

#[test]
fn the_database_is_ready() {
    let (server, admin) = with_admin_listener();
    reset(&server, "seed");
    let ready = Request::to("GET", &format!("{admin}/readyz")).send();
    assert_eq!((ready.status, ready.body.as_str()), (200, "ok"));
}

#[test]
fn metrics_count_the_uses_of_the_new_accounts() {
    let (server, admin) = with_admin_listener();
    reset(&server, "seed");
    let before = metric(&admin, "accountd_db_writes_total ");
    super::create_user(&server.url(), "ada");
    assert!(metric(&admin, "accountd_db_writes_total ") > before);
}

/// The deletion itself removes 500 rows, and leaves the others to the background job.
#[test]
fn rows_of_deleted_users_are_deleted_in_the_background() {
    let (server, admin) = with_admin_listener();
    reset(&server, "seed");
    let tokens: Vec<_> = (0..600).map(|n| json!({"token": format!("token-number-{n}"), "scopes": ["api"]})).collect();
    let fixture = json!({"users": [{"username": "ada", "emails": [{"email": "ada@example.com"}], "tokens": tokens}]});
    let imported = server.post("/_accountd/import").json(fixture).send().expect(200);
    let before = metric(&admin, "accountd_db_writes_total ");
    server.delete(&format!("/api/v4/users/{}", imported["users"][0]["id"])).private_token(ROOT).send();
    assert!(!users(&server.url()).contains(&"ada".to_owned()));
    wait_for(|| (metric(&admin, "accountd_db_writes_total ") >= before + 2).then_some(()));
}

/// Times of last use are written once a minute; a snapshot does not lose those of the last one.
#[test]
fn a_snapshot_has_the_latest_times_of_last_use() {
    let server = stand_in();
    let own = |url: &str| -> Value {
        let token = Request::to("GET", &format!("{url}/api/v4/personal_access_tokens/self")).private_token(ROOT);
        token.send().expect(200)
    };
    assert_eq!(own(&server.url())["last_used_at"], Value::Null);
    server.put("/_accountd/snapshots/used").send().expect(200);
    assert!(own(&server.url())["last_used_at"].is_string());
    reset(&server, "seed");
    assert_eq!(own(&server.url())["last_used_at"], Value::Null);
    reset(&server, "snapshot:used");
    assert!(own(&server.url())["last_used_at"].is_string());
    let sandbox = server.post("/_accountd/sandboxes").json(json!({"name": "t1", "from": "snapshot:used"}));
    let sandbox = sandbox.send().expect(201)["url"].as_str().unwrap().to_owned();
    assert!(own(&sandbox)["last_used_at"].is_string());
}
