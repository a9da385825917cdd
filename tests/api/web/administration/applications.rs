//! The pages of registered applications.

use super::{
    BOSS, Browser, assert_message, assert_page, assert_redirected, execute, grant, problem, server, submit, unescaped,
};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

const LIST: &str = "/admin/applications";

/// The application as the command line shows it.
fn shown(server: &Server, client_id: &str) -> Value {
    let output = server.cli(&["app", "show", client_id, "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The secret on a page that shows a new one.
#[track_caller]
fn secret_on(page: &Response) -> String {
    assert_eq!(page.status, 200, "{page:?}");
    let (_, rest) = page.body.split_once("<code class=\"copy\" aria-labelledby=\"secret-label\">").unwrap();
    unescaped(rest.split_once("</code>").unwrap().0)
}

/// Whether the application can authenticate: a code that is unknown is another error than a wrong secret.
fn authenticates(server: &Server, client_id: &str, secret: &str) -> bool {
    let form =
        [("grant_type", "authorization_code"), ("code", "x"), ("client_id", client_id), ("client_secret", secret)];
    let answer = server.post("/oauth/token").form(&form).send();
    match answer.json()["error"].as_str().unwrap() {
        "invalid_grant" => true,
        "invalid_client" => false,
        other => panic!("{other}: {answer:?}"),
    }
}

#[test]
fn a_new_application_gets_a_secret_that_is_shown_once() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let form = boss.get("/admin/applications/new");
    for scope in ["profile_read", "email_read", "read_user"] {
        assert!(form.body.contains(&format!("name=\"{scope}\" value=\"1\" checked>")), "{scope}: {form:?}");
    }
    assert!(form.body.contains("name=\"api\" value=\"1\">"), "{form:?}");
    let fields = [
        ("name", "Chat"),
        ("redirect_uris", " https://chat.example/cb \r\n\r\nhttp://127.0.0.1/cb\r\n"),
        ("read_user", "1"),
        ("email_read", "1"),
        ("client_id", "mine"),
        ("client_secret", "mine"),
        ("trusted", "1"),
    ];
    let page = submit(&mut boss, "/admin/applications/new", &fields);
    assert_page(&page, 200, "The secret of Chat");
    let secret = secret_on(&page);
    let id: String = server.sql("SELECT client_id FROM applications WHERE name = 'Chat'");
    assert!(id != "mine" && page.body.contains(&id), "{page:?}");
    let application = shown(&server, &id);
    assert_eq!(application["redirect_uris"], json!(["https://chat.example/cb", "http://127.0.0.1/cb"]));
    assert_eq!((&application["scopes"], &application["public"]), (&json!(["email_read", "read_user"]), &json!(false)));
    assert!(authenticates(&server, &id, &secret) && !authenticates(&server, &id, "mine"));
    for path in [LIST.to_owned(), format!("{LIST}/{id}"), format!("{LIST}/{id}/edit")] {
        let page = boss.get(&path);
        assert!(page.status == 200 && !page.body.contains(&secret) && page.body.contains("Chat"), "{page:?}");
    }
    let public = [("name", "Phone"), ("redirect_uris", "com.example.phone:/cb"), ("read_user", "1"), ("public", "1")];
    let answer = submit(&mut boss, "/admin/applications/new", &public);
    let id: String = server.sql("SELECT client_id FROM applications WHERE name = 'Phone'");
    assert_redirected(&answer, &format!("{LIST}/{id}"));
    let page = boss.get(&format!("{LIST}/{id}"));
    assert_message(&page, "The application was added.");
    assert!(page.body.contains("Public: it has no secret") && !page.body.contains("rotate-secret"), "{page:?}");
    assert_page(&boss.get(&format!("{LIST}/{id}/rotate-secret")), 409, "The application has no secret");
}

#[test]
fn refused_fields_are_explained_and_kept() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let fields = [("name", " "), ("redirect_uris", "http://evil.example/"), ("api", "1")];
    let page = submit(&mut boss, "/admin/applications/new", &fields);
    assert_page(&page, 422, "Add an application");
    assert_eq!(problem(&page, "name"), "Name can't be blank.");
    assert!(problem(&page, "redirect_uris").starts_with("Redirect URIs "), "{page:?}");
    assert!(page.body.contains(">http://evil.example/</textarea>"), "{page:?}");
    assert!(page.body.contains("name=\"api\" value=\"1\" checked>"), "{page:?}");
    let fields = [("name", "x"), ("redirect_uris", "https://a.example/\nhttps://a.example/")];
    let page = submit(&mut boss, "/admin/applications/new", &fields);
    assert!(
        page.body.contains("id=\"scopes-problem\">Scopes can't be blank.")
            || page.body.contains("Scopes can&#39;t be blank."),
        "{page:?}"
    );
    let page = submit(&mut boss, "/admin/applications/new", &[fields[0], fields[1], ("api", "1")]);
    assert_eq!(problem(&page, "redirect_uris"), "Redirect URIs has already been taken.");
    let page = submit(&mut boss, "/admin/applications/new", &[fields[0], ("api", "1")]);
    assert_eq!(problem(&page, "redirect_uris"), "Redirect URIs can't be blank.");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM applications"), 1);
}

#[test]
fn an_application_is_changed_gets_another_secret_and_is_deleted() {
    let server = server();
    let token = grant(&server);
    let works = || server.get("/api/v3/user").bearer(token).send().status == 200;
    let mut boss = Browser::signed_in(&server, BOSS);
    let path = format!("{LIST}/wiki");
    let page = boss.get(&path);
    assert_page(&page, 200, "Wiki");
    assert!(page.body.contains("<a href=\"/admin/users/2\">jane</a>"), "{page:?}");
    let fields =
        [("name", "New wiki"), ("redirect_uris", "https://new.example/"), ("profile_read", "1"), ("public", "1")];
    assert_redirected(&submit(&mut boss, &format!("{path}/edit"), &fields), &path);
    assert_message(&boss.get(&path), "The changes were saved.");
    let changed = shown(&server, "wiki");
    assert_eq!((&changed["name"], &changed["public"]), (&json!("New wiki"), &json!(false)));
    assert_eq!(
        (&changed["redirect_uris"], &changed["scopes"]),
        (&json!(["https://new.example/"]), &json!(["profile_read"]))
    );
    // What users allowed stays.
    assert!(works() && authenticates(&server, "wiki", "secret-of-wiki"));

    assert_page(&boss.get(&format!("{path}/rotate-secret")), 200, "Replace the secret of New wiki?");
    assert!(authenticates(&server, "wiki", "secret-of-wiki"));
    let secret = secret_on(&submit(&mut boss, &format!("{path}/rotate-secret"), &[]));
    assert!(authenticates(&server, "wiki", &secret) && !authenticates(&server, "wiki", "secret-of-wiki") && works());

    let question = boss.get(&format!("{path}/delete"));
    assert_page(&question, 200, "Delete the application New wiki?");
    assert!(question.body.contains("It loses its access to the account of 1 user."), "{question:?}");
    assert_redirected(&submit(&mut boss, &format!("{path}/delete"), &[]), LIST);
    let list = boss.get(LIST);
    assert_message(&list, "The application was deleted.");
    assert!(list.body.contains("No application is registered.") && !works(), "{list:?}");
    assert_page(&boss.get(&path), 404, "Not found");
    let log = server.rows("SELECT event, actor FROM audit_log WHERE event LIKE 'application.%' ORDER BY id");
    let log: Vec<_> = log.as_array().unwrap().iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let by_boss = |event: &str| (json!(event), json!("boss"));
    assert_eq!(log, ["application.updated", "application.secret_rotated", "application.deleted"].map(by_boss));
}

#[test]
fn the_users_of_an_application_have_pages() {
    let server = server();
    execute(
        &server,
        "BEGIN; WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 144)
         INSERT INTO users (id, username, primary_email_id, created_at, updated_at) SELECT i, 'user' || i, i, i, i FROM n;
         INSERT INTO emails (id, user_id, address) SELECT id, id, username || '@many.example' FROM users WHERE id >= 100;
         COMMIT;
         WITH twice(n) AS (VALUES (1), (2))
         INSERT INTO authorizations (user_id, application_id, scopes, created_at, expires_at, code_hash, code_used_at)
         SELECT users.id, applications.id, 'read_user', n, (unixepoch() + 1000) * 1000000, randomblob(32), 1
         FROM users, applications, twice WHERE users.id >= 100;
         UPDATE authorizations SET code_used_at = NULL WHERE user_id = 143;
         UPDATE authorizations SET expires_at = 1 WHERE user_id = 144;",
    );
    let mut boss = Browser::signed_in(&server, BOSS);
    let (mut address, mut found) = (String::new(), Vec::new());
    loop {
        let page = boss.get(&format!("{LIST}/wiki{address}"));
        let rows: Vec<_> = page.body.split("<th scope=\"row\"><a href=\"/admin/users/").skip(1).collect();
        found.push(rows.len());
        let Some((_, next)) = page.body.split_once("<a rel=\"next\" href=\"") else { break };
        address = next.split_once('"').unwrap().0.to_owned();
    }
    assert_eq!(found, [20, 20, 3]);
    assert!(boss.get(&format!("{LIST}/wiki/delete")).body.contains("the accounts of 43 users."));
}

#[test]
fn client_ids_of_any_text_are_links() {
    let server = server();
    execute(&server, "UPDATE applications SET client_id = 'a/b ?\"#%é'");
    let mut boss = Browser::signed_in(&server, BOSS);
    let path = format!("{LIST}/a%2Fb%20%3F%22%23%25%C3%A9");
    assert!(boss.get(LIST).body.contains(&format!("href=\"{path}\"")));
    assert_page(&boss.get(&path), 200, "Wiki");
    assert_redirected(&submit(&mut boss, &format!("{path}/delete"), &[]), LIST);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM applications"), 0);
}

#[test]
fn the_command_line_changes_an_application() {
    let server = server();
    let args = ["app", "update", "wiki", "--name", "Docs", "--redirect-uri", "https://b.example/", "--scope", "api"];
    let output = server.cli(&args);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "application wiki changed\n");
    let changed = shown(&server, "wiki");
    assert_eq!((&changed["name"], &changed["redirect_uris"]), (&json!("Docs"), &json!(["https://b.example/"])));
    assert_eq!(changed["scopes"], json!(["api"]));
    assert!(server.cli(&["app", "update", "wiki", "--name", "Wiki"]).status.success());
    assert_eq!(shown(&server, "wiki")["scopes"], json!(["api"]));
    assert_eq!(server.cli(&["app", "update", "wiki"]).status.code(), Some(2));
    assert_eq!(server.cli(&["app", "update", "unknown", "--name", "x"]).status.code(), Some(1));
}
