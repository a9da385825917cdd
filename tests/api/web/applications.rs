//! The list of applications that the user has authorized.

use super::{APPLICATIONS, Browser, JANE, assert_page, execute, hidden_field, on_file, unescaped};
use crate::harness::{Response, Server, run_with_stdin};

const REVOKE: &str = "/account/applications/revoke";

/// 5 March 2014 and 6 July 2014, in microseconds.
const MARCH: i64 = 1_394_020_800_000_000;
const JULY: i64 = 1_404_648_000_000_000;

/// Stores an authorization of an application by a user, and returns an access token that it issued.
fn authorize(server: &Server, user: u32, application: &str, scopes: &str, created_at: i64) -> String {
    use sha2::{Digest, Sha256};
    let token =
        format!("acd_token_{user}_{application}_{created_at}").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let hash = hex(&Sha256::digest(&token));
    let application = application.replace('\'', "''");
    execute(
        server,
        &format!(
            "INSERT INTO authorizations
               (user_id, application_id, scopes, created_at, expires_at, code_hash, code_used_at)
             SELECT {user}, id, '{scopes}', {created_at}, (unixepoch() + 1000) * 1000000, randomblob(32), {created_at}
             FROM applications WHERE client_id = '{application}';
             INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at, authorization_id)
             VALUES ({user}, 'oauth', 'x', x'{hash}', '{scopes}', {created_at}, last_insert_rowid());"
        ),
    );
    token
}

/// The entries of the list.
fn entries(page: &Response) -> Vec<&str> {
    page.body.split("<th scope=\"row\">").skip(1).map(|entry| entry.split("</tr>").next().unwrap()).collect()
}

#[test]
fn a_new_user_has_authorized_no_application() {
    let server = on_file(&[]);
    let page = Browser::signed_in(&server, JANE).get(APPLICATIONS);
    assert_page(&page, 200, "Applications");
    assert!(page.body.contains("You have not allowed any application to use your account."), "{page:?}");
    assert_eq!(page.body.matches("<form ").count(), 1, "{page:?}");
}

#[test]
fn each_application_is_listed_once_with_host_scopes_and_dates() {
    let server = on_file(&[]);
    authorize(&server, 1, "one", "profile_read", JULY);
    authorize(&server, 1, "one", "profile_read email_read", MARCH);
    authorize(&server, 2, "\"><script>", "api", MARCH);
    let page = Browser::signed_in(&server, JANE).get(APPLICATIONS);
    let entries = entries(&page);
    assert_eq!(entries.len(), 1, "{page:?}");
    for part in [
        "Example<span",
        ">my.app</span>",
        ">5 March 2014</td>",
        "See your profile",
        "See your email addresses",
        ">Never</td>",
    ] {
        assert!(entries[0].contains(part), "{part}: {page:?}");
    }
    // A scope authorized twice is shown once. Other users' applications and internal details are not shown.
    assert_eq!(entries[0].matches("class=\"detail\"").count(), 3, "{page:?}");
    for absent in ["auth_complete", "secret", "other.app", "Do everything", "July"] {
        assert!(!page.body.contains(absent), "{absent}: {page:?}");
    }
    assert!(entries[0].contains("revoke?client_id=one\">Revoke<span class=\"unseen\"> the access of Example</span>"));
    execute(&server, &format!("UPDATE tokens SET last_used_at = {JULY} WHERE user_id = 1"));
    let page = Browser::signed_in(&server, JANE).get(APPLICATIONS);
    assert!(page.body.contains("<td data-label=\"Last used\">6 July 2014</td>"), "{page:?}");
}

#[test]
fn expired_and_unused_authorizations_are_not_listed() {
    let server = on_file(&[]);
    authorize(&server, 1, "one", "profile_read", MARCH);
    let mut jane = Browser::signed_in(&server, JANE);
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 1);
    execute(&server, "UPDATE authorizations SET expires_at = 1");
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 0);
    // A code that was not exchanged gives no access.
    execute(&server, "UPDATE authorizations SET expires_at = (unixepoch() + 60) * 1000000, code_used_at = NULL");
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 0);
}

#[test]
fn revoking_ends_every_authorization_of_one_application_only() {
    let server = on_file(&[]);
    let own = [authorize(&server, 1, "one", "read_user", MARCH), authorize(&server, 1, "one", "read_user", JULY)];
    let other = authorize(&server, 1, "\"><script>", "api", MARCH);
    let admins = authorize(&server, 2, "one", "read_user", MARCH);
    let works = |token: &String| server.get("/api/v3/user").bearer(token).send().status == 200;
    assert!(own.iter().all(works) && works(&other) && works(&admins));
    let mut jane = Browser::signed_in(&server, JANE);
    let question = jane.get("/account/applications/revoke?client_id=one");
    assert_page(&question, 200, "Revoke the access of Example?");
    assert!(question.body.contains("<form method=\"post\" action=\"/account/applications/revoke?client_id=one\""));
    assert!(own.iter().all(works));
    let csrf = hidden_field(&question, "csrf");
    let answer = jane.post("/account/applications/revoke?client_id=one", &[("csrf", &csrf)]);
    let fields = [("csrf", &*csrf), ("client_id", "one")];
    assert_eq!((answer.status, answer.header("location")), (303, Some(APPLICATIONS)));
    assert!(!own.iter().any(works) && works(&other) && works(&admins));
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 1);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM authorizations"), 2);
    // A second click changes nothing.
    let answer = jane.post(REVOKE, &fields);
    assert_eq!((answer.status, answer.header("location")), (303, Some(APPLICATIONS)));
    for client_id in ["", "none", "ONE", "TestClientID", "1"] {
        let answer = jane.post(REVOKE, &[fields[0], ("client_id", client_id)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some(APPLICATIONS)), "{client_id}");
    }
    let answer = jane.post(REVOKE, &[fields[0]]);
    assert_eq!(answer.status, 404, "{answer:?}");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM authorizations"), 2);
}

#[test]
fn application_names_are_escaped() {
    let server = on_file(&[]);
    authorize(&server, 1, "\"><script>", "api", MARCH);
    let mut jane = Browser::signed_in(&server, JANE);
    let page = jane.get(APPLICATIONS);
    let entry = entries(&page)[0];
    assert_eq!(unescaped(entry.split_once("<span").unwrap().0), "<script>alert('&')</script>");
    assert!(!page.body.contains("<script"), "{page:?}");
    assert!(entry.contains(">127.0.0.1:5000</span>"), "{page:?}");
    assert!(entry.contains("<span class=\"detail warning\">Do everything that you can do</span>"), "{page:?}");
    let link = unescaped(entry.split_once("<a href=\"").unwrap().1.split_once('"').unwrap().0);
    let question = jane.get(&link);
    assert_page(&question, 200, "Revoke the access of &#60;script&#62;alert(&#39;&#38;&#39;)&#60;/script&#62;?");
    assert_eq!(jane.post(&link, &[("csrf", &hidden_field(&question, "csrf"))]).status, 303);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM authorizations"), 0);
}

#[test]
fn a_deleted_application_is_not_listed() {
    let server = on_file(&[]);
    let token = authorize(&server, 1, "one", "read_user", MARCH);
    let mut jane = Browser::signed_in(&server, JANE);
    execute(&server, "PRAGMA foreign_keys = on; DELETE FROM applications WHERE client_id = 'one'");
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 0);
    assert_eq!(server.get("/api/v3/user").bearer(&token).send().status, 401);
}

/// The session is checked again inside the write, so a request with a session that has ended meanwhile changes nothing.
#[test]
fn revoking_with_an_ended_session_changes_nothing() {
    let server = on_file(&[]);
    let token = authorize(&server, 1, "one", "read_user", MARCH);
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = jane.csrf();
    let args = ["user", "password", "jane", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(run_with_stdin(&args, "another-password\n").status.success());
    assert_eq!(jane.post(REVOKE, &[("csrf", &csrf), ("client_id", "one")]).status, 303);
    jane.assert_signed_out();
    assert_eq!(server.get("/api/v3/user").bearer(&token).send().status, 200);
}
