//! The list of users.

use super::{BOSS, Browser, HOSTILE, assert_page, execute, server, unescaped};
use crate::harness::{Response, Server};

const LIST: &str = "/admin/users";

/// The user names of a page, in its order.
fn names(page: &Response) -> Vec<&str> {
    assert_eq!(page.status, 200, "{page:?}");
    page.body
        .split("<th scope=\"row\">")
        .skip(1)
        .map(|row| row.split_once("</a>").unwrap().0.rsplit_once('>').unwrap().1)
        .collect()
}

/// The address of a link with this text.
fn link(page: &Response, text: &str) -> Option<String> {
    let (before, _) = page.body.split_once(&format!(">{text}</a>"))?;
    Some(unescaped(before.rsplit_once("href=\"").unwrap().1.split_once('"').unwrap().0))
}

/// Adds users number 100 to 149, of whom some are blocked or administrators.
fn add_many(server: &Server) {
    execute(
        server,
        "BEGIN; WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 149)
         INSERT INTO users (id, username, primary_email_id, name, created_at, updated_at, state, admin)
         SELECT i, 'user' || i, i, 'Name ' || (i * 7 % 50), i, i,
                CASE WHEN i < 125 THEN 'blocked' WHEN i = 130 THEN 'banned' ELSE 'active' END, i >= 140 FROM n;
         INSERT INTO emails (id, user_id, address) SELECT id, id, username || '@many.example' FROM users WHERE id >= 100;
         COMMIT;",
    );
}

#[test]
fn the_list_shows_who_and_in_which_state_and_links_to_each_user() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let page = boss.get(LIST);
    assert_page(&page, 200, "Users");
    assert_eq!(names(&page), ["boss", "deputy", "jane"]);
    for part in [
        "<a href=\"/admin/users/2\">jane</a><span class=\"detail\">jane@example.com</span>",
        "<td data-label=\"State\">Active<span class=\"detail\">Administrator</span></td>",
        "<a class=\"button\" href=\"/admin/users/new\">Add a user</a>",
        "<th scope=\"col\" aria-sort=\"ascending\">",
        "<a href=\"/admin/users\" aria-current=\"page\">Users</a>",
    ] {
        assert!(page.body.contains(part), "{part}: {page:?}");
    }
    assert_eq!(link(&page, "Next"), None);
    assert_eq!(names(&boss.get("/admin/users?search=WORK.example")), [""; 0]);
    assert_eq!(names(&boss.get("/admin/users?search=jane%40")), ["jane"]);
    assert_eq!(names(&boss.get("/admin/users?role=administrator&search=")), ["boss", "deputy"]);
    let none = boss.get("/admin/users?search=nobody");
    assert!(none.body.contains("No user matches. <a href=\"/admin/users\">Show all users</a>"), "{none:?}");
}

#[test]
fn filters_orders_and_pages_go_together() {
    let server = server();
    add_many(&server);
    let mut boss = Browser::signed_in(&server, BOSS);
    for (query, order, filter) in [
        ("", "username", "1"),
        ("sort=username-desc", "username DESC", "1"),
        ("sort=name&state=blocked", "name, id", "state = 'blocked'"),
        ("sort=name-desc&state=blocked", "name DESC, id DESC", "state = 'blocked'"),
        ("sort=newest", "created_at DESC, id DESC", "1"),
        ("sort=oldest&state=active", "created_at, id", "state = 'active'"),
        ("sort=oldest&search=many.example", "created_at, id", "id >= 100"),
        ("sort=name&search=user1&role=administrator", "name, id", "id >= 140"),
        ("state=banned", "username", "state = 'banned'"),
        ("sort=newest&state=deactivated", "username", "state = 'deactivated'"),
        ("sort=wrong&state=wrong&role=wrong", "username", "1"),
    ] {
        let expected = server.rows(&format!("SELECT username FROM users WHERE {filter} ORDER BY {order}"));
        let expected: Vec<String> =
            expected.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap().to_owned()).collect();
        let (mut found, mut address) = (Vec::new(), format!("?{query}"));
        loop {
            let page = boss.get(&format!("{LIST}{address}"));
            let rows = names(&page);
            assert!(rows.len() <= 20, "{query}");
            found.extend(rows.into_iter().map(str::to_owned));
            assert_eq!(link(&page, "First page").is_some(), address.contains("after_id="), "{query}: {page:?}");
            let Some(next) = link(&page, "Next") else { break };
            address = next;
        }
        assert_eq!(found, expected, "{query}");
    }
    // A heading sorts, and reverses at the second click, and keeps the filter.
    let page = boss.get(&format!("{LIST}?state=blocked"));
    let by_name = link(&page, "Name").unwrap();
    assert!(by_name.contains("state=blocked") && by_name.ends_with("sort=name"), "{by_name}");
    assert!(link(&page, "User").unwrap().ends_with("sort=username-desc"), "{page:?}");
    let page = boss.get(&format!("{LIST}{by_name}"));
    assert!(link(&page, "Name").unwrap().ends_with("sort=name-desc"), "{page:?}");
    assert!(page.body.contains("<option value=\"blocked\" selected>"), "{page:?}");
    for query in ["after_id=x", "after_id=-1&after=x", "after_id=5", "sort=newest&after_id=1&after=x", "search=%00"] {
        assert_eq!(boss.get(&format!("{LIST}?{query}")).status, 200, "{query}");
    }
}

#[test]
fn hostile_names_are_escaped_and_a_page_stays_small() {
    let server = server();
    add_many(&server);
    let hostile = HOSTILE.replace('\'', "''");
    execute(&server, &format!("UPDATE users SET name = '{hostile}' || printf('%.*c', 200, 'W')"));
    let mut boss = Browser::signed_in(&server, BOSS);
    let sheet = server.get("/account/style.css").send().body.len();
    for query in
        [String::new(), format!("?search={}", form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect::<String>())]
    {
        let page = boss.get(&format!("{LIST}{query}"));
        assert_eq!(names(&page).len(), 20);
        assert!(!page.body.contains("<script") && unescaped(&page.body).contains(HOSTILE), "{page:?}");
        assert!(page.body.len() + sheet <= 30 * 1024, "{} and {sheet}", page.body.len());
    }
    let long = "x".repeat(256);
    assert!(!boss.get(&format!("{LIST}?search={long}")).body.contains(&long));
}
