//! The pages of one's access tokens.

use super::keys::{assert_redirected, problem};
use super::{ADMIN, Browser, JANE, assert_page, execute, hidden_field, on_file, unescaped};
use crate::harness::{Response, Server};

const LIST: &str = "/account/tokens";
const NEW: &str = "/account/tokens/new";

fn create(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Response {
    let csrf = hidden_field(&browser.get(NEW), "csrf");
    browser.post(NEW, &[&[("csrf", csrf.as_str())], fields].concat())
}

/// The secret in its box, which one click selects.
#[track_caller]
fn secret(page: &Response) -> String {
    let start = "<code class=\"copy\" aria-labelledby=\"secret-label\">";
    let (_, rest) = page.body.split_once(start).unwrap_or_else(|| panic!("no secret: {page:?}"));
    assert!(page.all("cache-control") == ["no-store"], "{page:?}");
    rest.split_once("</code>").unwrap().0.to_owned()
}

/// The status of a read and of a write with the token.
fn status(server: &Server, token: &str) -> (u16, u16) {
    let address = [("email", "jane@new.example")];
    let read = server.get("/api/v4/user").private_token(token).send().status;
    (read, server.post("/api/v4/user/emails").private_token(token).form(&address).send().status)
}

#[test]
fn a_token_is_shown_once_and_does_what_its_scopes_say() {
    let server = on_file(&["--log", "debug"]);
    let mut jane = Browser::signed_in(&server, JANE);
    let empty = jane.get(LIST);
    assert_page(&empty, 200, "Access tokens");
    assert!(empty.body.contains("You have no access token."), "{empty:?}");
    let fields =
        [("name", "Backup"), ("scopes[]", "read_user"), ("scopes[]", "email_read"), ("expires_at", "2099-01-02")];
    let page = create(&mut jane, &fields);
    assert_page(&page, 200, "Token created");
    let token = secret(&page);
    assert_eq!(status(&server, &token), (200, 403));
    assert_eq!(server.get("/api/v1.1/users/jane/emails/").bearer(&token).send().status, 200);
    assert!(!server.log().contains(&token));
    for path in [LIST, "/account/tokens/2", NEW] {
        assert!(!jane.get(path).body.contains(&token), "{path}");
    }
    let list = jane.get(LIST);
    for part in ["<a href=\"/account/tokens/2\">Backup</a>", "email_read read_user", "2 January 2099", "Never"] {
        assert!(list.body.contains(part), "{part}: {list:?}");
    }
    let stored = "SELECT kind || ' ' || user_id || ' ' || expires_at FROM tokens WHERE id = 2";
    assert_eq!(server.sql::<String>(stored), "personal 1 4070995200000000");
    // Without a date, it outlives the browser's session.
    let page = create(&mut jane, &[("name", "Forever"), ("scopes[]", "api"), ("expires_at", "")]);
    assert_eq!(status(&server, &secret(&page)), (200, 201));
    assert_eq!(server.sql::<Option<i64>>("SELECT expires_at FROM tokens WHERE id = 3"), None);
}

#[test]
fn the_form_suggests_an_expiry_of_ninety_days() {
    let server = on_file(&[]);
    let page = Browser::signed_in(&server, JANE).get(NEW);
    assert_page(&page, 200, "Create an access token");
    let suggested = page.body.split_once("type=\"date\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let days = server.sql::<i64>(&format!("SELECT CAST(julianday('{suggested}') - julianday(date('now')) AS INTEGER)"));
    assert!((89..=90).contains(&days), "{suggested}");
    assert_eq!(page.body.matches("type=\"checkbox\"").count(), 7, "{page:?}");
    assert!(!page.body.contains(" checked"), "{page:?}");
}

#[test]
fn a_refused_token_is_explained_beside_its_field_and_the_rest_is_kept() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let page = create(&mut jane, &[("name", " "), ("expires_at", "1999-01-01")]);
    assert_page(&page, 422, "Create an access token");
    assert_eq!(problem(&page, "name"), "Name can't be blank.");
    assert_eq!(problem(&page, "scopes"), "Scopes can't be blank.");
    assert_eq!(problem(&page, "expires_at"), "Expiry date must be in the future.");
    let page = create(&mut jane, &[("name", "\"ci\""), ("scopes[]", "sudo"), ("scopes[]", "read_user")]);
    assert!(problem(&page, "scopes").starts_with("Scopes must be of profile_read, "), "{page:?}");
    assert!(page.body.contains("value=\"read_user\" checked") && page.body.contains("&#34;ci&#34;"), "{page:?}");
    execute(
        &server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at)
         SELECT 1, 'personal', 'x', randomblob(32), 'api', 0 FROM n",
    );
    let page = create(&mut jane, &[("name", "one more"), ("scopes[]", "api")]);
    assert!(problem(&page, "name").contains("a user can have 1000 active tokens"), "{page:?}");
}

#[test]
fn a_rotated_token_is_replaced_by_one_that_lives_as_long() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let old = secret(&create(&mut jane, &[("name", "ci"), ("scopes[]", "read_user"), ("expires_at", "2099-01-02")]));
    execute(
        &server,
        "UPDATE tokens SET created_at = created_at - 1000000000, expires_at = expires_at - 1000000000 WHERE id = 2",
    );
    let path = "/account/tokens/2/rotate";
    let question = jane.get(path);
    assert_page(&question, 200, "Rotate the token ci?");
    let form = [("csrf", &*hidden_field(&question, "csrf"))];
    let page = jane.post(path, &form);
    assert_page(&page, 200, "Token rotated");
    let new = secret(&page);
    assert!(new != old);
    let lifetime =
        |id| server.sql::<i64>(&format!("SELECT (expires_at - created_at) / 1000000 FROM tokens WHERE id = {id}"));
    assert_eq!(
        (lifetime(2), server.sql::<String>("SELECT name || scopes FROM tokens WHERE id = 3")),
        (lifetime(3), "ciread_user".into())
    );
    assert_eq!(status(&server, &new).0, 200);
    // A form that is sent twice is no reuse of the old token, which would revoke the new one.
    assert_page(&jane.post(path, &form), 404, "Not found");
    assert_eq!(status(&server, &new).0, 200);
    assert_eq!(status(&server, &old).0, 401);
}

#[test]
fn a_token_is_revoked_after_a_question() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let token = secret(&create(&mut jane, &[("name", "ci"), ("scopes[]", "read_user")]));
    let question = jane.get("/account/tokens/2/revoke");
    assert_page(&question, 200, "Revoke the token ci?");
    assert_eq!(status(&server, &token).0, 200);
    assert_redirected(&jane.post("/account/tokens/2/revoke", &[("csrf", &hidden_field(&question, "csrf"))]), LIST);
    assert_eq!(status(&server, &token).0, 401);
    let list = jane.get(LIST);
    assert!(
        list.body.contains("The token was revoked.") && list.body.contains("You have no access token."),
        "{list:?}"
    );
    assert_page(&jane.get("/account/tokens/2"), 404, "Not found");
}

#[test]
fn only_ones_own_personal_tokens_are_known() {
    let server = on_file(&[]);
    execute(
        &server,
        "INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at)
         VALUES (1, 'session', 'session', randomblob(32), 'api', 0),
                (1, 'impersonation', 'of the boss', randomblob(32), 'api', 0)",
    );
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = jane.csrf();
    for id in ["1", "2", "3", "99", "-1", "x"] {
        for action in ["", "/rotate", "/revoke"] {
            let path = format!("{LIST}/{id}{action}");
            assert_page(&jane.get(&path), 404, "Not found");
            if !action.is_empty() {
                assert_page(&jane.post(&path, &[("csrf", &csrf), ("user_id", "2")]), 404, "Not found");
            }
        }
    }
    assert_eq!(server.get("/api/v4/user").private_token(ADMIN).send().status, 200);
    // Mass assignment: the form takes no owner, kind or secret.
    let fields = [
        ("name", "own"),
        ("scopes[]", "read_user"),
        ("user_id", "2"),
        ("kind", "impersonation"),
        ("id", "77"),
        ("token", "chosen-by-jane"),
        ("created_at", "1"),
        ("description", "x"),
    ];
    let token = secret(&create(&mut jane, &fields));
    assert!(token.starts_with("acd_"), "{token}");
    let stored = "SELECT id || ' ' || user_id || ' ' || kind || ' ' || description FROM tokens WHERE name = 'own'";
    assert_eq!(server.sql::<String>(stored), "4 1 personal ");
}

#[test]
fn hostile_names_are_escaped_and_long_lists_have_pages() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let hostile = "\"><script>alert('&')</script>";
    secret(&create(&mut jane, &[("name", hostile), ("scopes[]", "read_user")]));
    for path in [LIST, "/account/tokens/2", "/account/tokens/2/rotate", "/account/tokens/2/revoke"] {
        let page = jane.get(path);
        assert!(page.status == 200 && !page.body.contains("<script"), "{page:?}");
        assert!(unescaped(&page.body).contains(hostile), "{page:?}");
    }
    let page = create(&mut jane, &[("name", hostile), ("scopes[]", hostile), ("expires_at", hostile)]);
    assert!(page.status == 422 && !page.body.contains("<script"), "{page:?}");
    execute(
        &server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
         INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at)
         SELECT 1, 'personal', printf('%.*c', 200, 'W'), randomblob(32), 'read_api read_user email_read', 0 FROM n",
    );
    let sheet = server.get("/account/style.css").send().body.len();
    let page = jane.get(&format!("{LIST}?page=2"));
    assert!(page.body.contains("Page 2 of 3") && page.body.matches("<th scope=\"row\">").count() == 20, "{page:?}");
    assert!(page.body.len() + sheet <= 30 * 1024, "{} and {sheet}", page.body.len());
}
