//! The pages of one's email addresses.

use super::keys::{assert_redirected, problem};
use super::{ADMIN, Browser, JANE, assert_page, execute, hidden_field, on_file, unescaped};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

const LIST: &str = "/account/emails";
const NEW: &str = "/account/emails/new";

fn add(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Response {
    let csrf = hidden_field(&browser.get(NEW), "csrf");
    browser.post(NEW, &[&[("csrf", csrf.as_str())], fields].concat())
}

fn change(browser: &mut Browser<'_>, id: u32, change: &str) -> Response {
    let path = format!("{LIST}/{id}");
    let csrf = hidden_field(&browser.get(&path), "csrf");
    browser.post(&path, &[("csrf", &csrf), ("change", change)])
}

/// Jane with an address that is not verified.
fn server(args: &[&str]) -> Server {
    let server = on_file(args);
    execute(&server, "UPDATE emails SET confirmed_at = NULL, verified_by = NULL WHERE user_id = 1");
    server
}

/// The addresses as docker's API shows them.
fn addresses(server: &Server) -> Value {
    server.get("/api/v1.1/users/jane/emails/").basic(JANE.0, JANE.1).send().expect(200)
}

#[test]
fn an_address_is_added_confirmed_made_primary_and_removed() {
    let server = server(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let list = jane.get(LIST);
    assert_page(&list, 200, "Email addresses");
    assert!(list.body.contains("jane@example.com</a> <span class=\"badge\">Primary</span>"), "{list:?}");
    assert_redirected(&add(&mut jane, &[("email", " jane@work.example ")]), LIST);
    assert!(jane.get(LIST).body.contains("The address was added."));
    let page = jane.get("/account/emails/3");
    assert_page(&page, 200, "jane@work.example");
    assert!(page.body.contains("Not verified"), "{page:?}");
    assert_redirected(&change(&mut jane, 3, "verify"), LIST);
    assert!(jane.get("/account/emails/3").body.contains("It counts as verified in the docker.io API only"));
    assert_redirected(&change(&mut jane, 3, "primary"), LIST);
    let primary = json!({"email": "jane@work.example", "verified": true, "primary": true});
    let old = json!({"email": "jane@example.com", "verified": false, "primary": false});
    assert_eq!(addresses(&server), json!([primary, old]));
    // The user's own word does not count elsewhere.
    let user = server.get("/api/v4/users/1").private_token(ADMIN).send().expect(200);
    assert_eq!((&user["email"], &user["confirmed_at"]), (&json!("jane@work.example"), &Value::Null));
    let question = jane.get("/account/emails/1/remove");
    assert_page(&question, 200, "Remove the address jane@example.com?");
    let form = [("csrf", &*hidden_field(&question, "csrf"))];
    assert_redirected(&jane.post("/account/emails/1/remove", &form), LIST);
    assert_eq!(addresses(&server), json!([primary]));
    assert_page(&jane.post("/account/emails/1/remove", &form), 404, "Not found");
    // The primary address stays.
    assert_eq!(jane.post("/account/emails/3/remove", &form).status, 400);
    assert_eq!(addresses(&server), json!([primary]));
}

#[test]
fn with_trust_in_users_their_word_verifies() {
    let server = server(&["--trust-self-verified"]);
    let mut jane = Browser::signed_in(&server, JANE);
    assert_redirected(&change(&mut jane, 1, "verify"), LIST);
    let page = jane.get(LIST);
    assert!(page.body.contains("data-label=\"Status\">Verified</td>"), "{page:?}");
}

#[test]
fn a_refused_address_is_explained_and_kept() {
    let server = on_file(&["--max-addresses", "2"]);
    let mut jane = Browser::signed_in(&server, JANE);
    for (text, words) in [
        ("", "Email can't be blank."),
        ("BOSS@example.com", "Email has already been taken."),
        ("jane@example.com", "Email has already been taken."),
    ] {
        let page = add(&mut jane, &[("email", text)]);
        assert_page(&page, 422, "Add an email address");
        assert_eq!(problem(&page, "email"), words);
        assert!(page.body.contains(&format!("type=\"email\" value=\"{text}\"")), "{page:?}");
    }
    let hostile = "\"><script>alert('&')</script>";
    let page = add(&mut jane, &[("email", hostile)]);
    assert!(problem(&page, "email").starts_with("Email ") && !page.body.contains("<script"), "{page:?}");
    assert_redirected(&add(&mut jane, &[("email", "a@x.example")]), LIST);
    let page = add(&mut jane, &[("email", "b@x.example")]);
    assert_eq!(problem(&page, "email"), "Email is one too many: a user can have 2 addresses.");
}

#[test]
fn the_addresses_of_another_user_are_unknown_and_nothing_else_can_be_set() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = jane.csrf();
    for id in ["2", "99", "x", "-1"] {
        for path in [format!("{LIST}/{id}"), format!("{LIST}/{id}/remove")] {
            let page = jane.get(&path);
            assert_page(&page, 404, "Not found");
            assert!(!page.body.contains("boss"), "{page:?}");
            let form = [("csrf", &*csrf), ("change", "primary"), ("user_id", "2")];
            assert_page(&jane.post(&path, &form), 404, "Not found");
        }
    }
    let fields = [
        ("email", "own@x.example"),
        ("user_id", "2"),
        ("verified", "true"),
        ("primary", "true"),
        ("confirmed_at", "1"),
    ];
    assert_redirected(&add(&mut jane, &fields), LIST);
    let stored = "SELECT user_id || ' ' || verified FROM emails WHERE address = 'own@x.example'";
    assert_eq!(server.sql::<String>(stored), "1 0");
    for other in ["", "delete", "admin"] {
        assert_eq!(change(&mut jane, 3, other).status, 400, "{other}");
    }
    assert_eq!(addresses(&server)[0]["email"], "jane@example.com");
}

#[test]
fn addresses_with_special_characters_are_escaped_also_for_shells() {
    let server = on_file(&[]);
    execute(&server, "INSERT INTO emails (user_id, address) VALUES (1, 'o''neill&$(id)@x.example')");
    let mut jane = Browser::signed_in(&server, JANE);
    let page = jane.get("/account/emails/3");
    let text = unescaped(&page.body);
    assert!(text.contains("accountd email primary jane 'o'\\''neill&$(id)@x.example'"), "{page:?}");
    assert!(page.body.contains("o&#39;neill&#38;$(id)@x.example"), "{page:?}");
}
