//! The page of the audit log.

use super::{BOSS, Browser, HOSTILE, assert_page, execute, server, submit, unescaped};
use crate::harness::Response;

const LOG: &str = "/admin/log";

fn events(page: &Response) -> Vec<&str> {
    assert_eq!(page.status, 200, "{page:?}");
    page.body.split("<th scope=\"row\">").skip(1).map(|row| row.split_once('<').unwrap().0).collect()
}

#[test]
fn the_log_shows_what_was_done_by_whom_and_about_whom() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    submit(&mut boss, "/admin/users/2/block", &[]);
    let page = boss.get(LOG);
    assert_page(&page, 200, "Audit log");
    assert_eq!(events(&page), ["user.blocked", "session.started", "accounts.imported"]);
    for part in ["<a href=\"/admin/users/2\">jane</a>", "browser session", "127.0.0.1", "boss<span class=\"detail\">"] {
        assert!(page.body.contains(part), "{part}: {page:?}");
    }
    assert_eq!(events(&boss.get("/admin/log?user=JANE")), ["user.blocked"]);
    assert_eq!(events(&boss.get("/admin/log?user=2")), ["user.blocked"]);
    assert_eq!(events(&boss.get("/admin/log?user=boss")), ["user.blocked", "session.started"]);
    assert_eq!(events(&boss.get("/admin/log?user=deputy")), [""; 0]);
    assert!(boss.get("/admin/log?user=nobody").body.contains("There is no such user."));
    let mut deputy = Browser::signed_in(&server, ("deputy", "deputy-password"));
    assert_eq!(deputy.get(LOG).status, 200);
    execute(&server, "UPDATE users SET admin = 0 WHERE id = 3");
    assert_page(&deputy.get(LOG), 403, "You are not allowed to do this");
}

#[test]
fn a_long_log_has_pages_and_hostile_text_stays_text() {
    let server = server();
    let hostile = HOSTILE.replace('\'', "''");
    execute(
        &server,
        &format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45)
             INSERT INTO audit_log (at, event, actor_id, actor, via, address, subject_id, subject, details)
             SELECT unixepoch() * 1000000 + i, 'key.added', 2, '{hostile}', '{hostile}', '{hostile}', 2, '{hostile}',
                    json_object('title', '{hostile}') FROM n"
        ),
    );
    let mut boss = Browser::signed_in(&server, BOSS);
    let sheet = server.get("/account/style.css").send().body.len();
    let (mut address, mut found) = ("?user=jane".to_owned(), Vec::new());
    loop {
        let page = boss.get(&format!("{LOG}{address}"));
        assert!(!page.body.contains("<script") && unescaped(&page.body).contains(HOSTILE), "{page:?}");
        assert!(page.body.len() + sheet <= 30 * 1024, "{} and {sheet}", page.body.len());
        found.push(events(&page).len());
        let Some((_, next)) = page.body.split_once("<a rel=\"next\" href=\"") else { break };
        address = unescaped(next.split_once('"').unwrap().0);
    }
    assert_eq!(found, [20, 20, 5]);
    for query in ["before=x", "before=-1", "before=99999999999999999999", "user=%00", "user=-1"] {
        assert_eq!(boss.get(&format!("{LOG}?{query}")).status, 200, "{query}");
    }
}
