//! What the user allowed applications.

use super::super::harness::{Answer, Server, run_with_stdin};
use super::{APPLICATIONS, Browser, JANE, execute, hidden, is_page, on_file, unescaped};

const REVOKE: &str = "/account/applications/revoke";

/// Times are microseconds: 5 March and 6 July 2014, and one that is to come.
const MARCH: i64 = 1_394_020_800_000_000;
const JULY: i64 = 1_404_648_000_000_000;

/// Writes down that a user allowed an application something, and gives a token that came of it.
fn allow(server: &Server, user: u32, application: &str, scopes: &str, created_at: i64) -> String {
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
fn entries(page: &Answer) -> Vec<&str> {
    page.body.split("<h2>").skip(1).map(|entry| entry.split("</form>").next().unwrap()).collect()
}

#[test]
fn nothing_was_allowed_at_first() {
    let server = on_file(&[]);
    let page = Browser::of(&server, JANE).get(APPLICATIONS);
    is_page(&page, 200, "Applications");
    assert!(page.body.contains("You have not allowed any application to use your account."), "{page:?}");
    assert_eq!(page.body.matches("<form ").count(), 1, "{page:?}");
}

#[test]
fn each_is_named_with_its_host_and_what_it_can_do() {
    let server = on_file(&[]);
    allow(&server, 1, "one", "profile_read", JULY);
    allow(&server, 1, "one", "profile_read email_read", MARCH);
    allow(&server, 2, "\"><script>", "api", MARCH);
    let page = Browser::of(&server, JANE).get(APPLICATIONS);
    let entries = entries(&page);
    assert_eq!(entries.len(), 1, "{page:?}");
    for part in
        ["Example</h2>", "my.app<br>Since 5 March 2014</p>", "See your profile", "See all of your email addresses"]
    {
        assert!(entries[0].contains(part), "{part}: {page:?}");
    }
    // Asked for twice, said once; and of the others not a word.
    assert_eq!(entries[0].matches("<li").count(), 2, "{page:?}");
    for absent in ["auth_complete", "secret", "other.app", "Do everything", "last used", "July"] {
        assert!(!page.body.contains(absent), "{absent}: {page:?}");
    }
    assert!(entries[0].contains("<button class=\"second\">Revoke<span class=\"unseen\"> the access of Example</span>"));
    execute(&server, &format!("UPDATE tokens SET last_used_at = {JULY} WHERE user_id = 1"));
    let page = Browser::of(&server, JANE).get(APPLICATIONS);
    assert!(page.body.contains("Since 5 March 2014, last used 6 July 2014"), "{page:?}");
}

#[test]
fn what_has_ended_is_not_listed() {
    let server = on_file(&[]);
    allow(&server, 1, "one", "profile_read", MARCH);
    let mut jane = Browser::of(&server, JANE);
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 1);
    execute(&server, "UPDATE authorizations SET expires_at = 1");
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 0);
    // A code that nobody has used yet is no access.
    execute(&server, "UPDATE authorizations SET expires_at = (unixepoch() + 60) * 1000000, code_used_at = NULL");
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 0);
}

#[test]
fn revoking_ends_all_of_one_application_and_nothing_else() {
    let server = on_file(&[]);
    let ones = [allow(&server, 1, "one", "read_user", MARCH), allow(&server, 1, "one", "read_user", JULY)];
    let other = allow(&server, 1, "\"><script>", "api", MARCH);
    let bosss = allow(&server, 2, "one", "read_user", MARCH);
    let works = |token: &String| server.get("/api/v3/user").bearer(token).send().status == 200;
    assert!(ones.iter().all(works) && works(&other) && works(&bosss));
    let mut jane = Browser::of(&server, JANE);
    let page = jane.get(APPLICATIONS);
    let form = format!("<h2>{}", entries(&page)[0]);
    let form = Answer { status: 200, headers: Vec::new(), body: form };
    let fields = [("csrf", &*hidden(&form, "csrf")), ("client_id", &*hidden(&form, "client_id"))];
    assert_eq!(fields[1].1, "one");
    let answer = jane.post(REVOKE, &fields);
    assert_eq!((answer.status, answer.header("location")), (303, Some(APPLICATIONS)));
    assert!(!ones.iter().any(works) && works(&other) && works(&bosss));
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 1);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM authorizations"), 2);
    // Once more, as with a second click.
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
fn names_are_text() {
    let server = on_file(&[]);
    allow(&server, 1, "\"><script>", "api", MARCH);
    let mut jane = Browser::of(&server, JANE);
    let page = jane.get(APPLICATIONS);
    let entry = entries(&page)[0];
    assert_eq!(unescaped(entry.split_once("</h2>").unwrap().0), "<script>alert('&')</script>");
    assert!(!page.body.contains("<script"), "{page:?}");
    assert!(entry.contains("127.0.0.1:5000<br>Since"), "{page:?}");
    assert!(entry.contains("<li class=\"grave\">Do everything that you can do: "), "{page:?}");
    let fields = [("csrf", &*hidden(&page, "csrf")), ("client_id", &*hidden(&page, "client_id"))];
    assert_eq!(fields[1].1, "\"><script>");
    assert_eq!(jane.post(REVOKE, &fields).status, 303);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM authorizations"), 0);
}

#[test]
fn a_deleted_application_is_gone_from_the_list() {
    let server = on_file(&[]);
    let token = allow(&server, 1, "one", "read_user", MARCH);
    let mut jane = Browser::of(&server, JANE);
    execute(&server, "PRAGMA foreign_keys = on; DELETE FROM applications WHERE client_id = 'one'");
    assert_eq!(entries(&jane.get(APPLICATIONS)).len(), 0);
    assert_eq!(server.get("/api/v3/user").bearer(&token).send().status, 401);
}

/// The write is confirmed once more: what came in with a session that has ended since is not done.
#[test]
fn a_revocation_needs_the_session_until_it_is_written() {
    let server = on_file(&[]);
    let token = allow(&server, 1, "one", "read_user", MARCH);
    let mut jane = Browser::of(&server, JANE);
    let csrf = jane.csrf();
    let args = ["user", "password", "jane", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(run_with_stdin(&args, "another-password\n").status.success());
    assert_eq!(jane.post(REVOKE, &[("csrf", &csrf), ("client_id", "one")]).status, 303);
    jane.is_signed_out();
    assert_eq!(server.get("/api/v3/user").bearer(&token).send().status, 200);
}
