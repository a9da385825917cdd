//! The pages of one's SSH keys.

use super::{Browser, JANE, assert_page, execute, hidden_field, on_file, unescaped};
use crate::harness::{Response, Server};
use std::process::Command;

const LIST: &str = "/account/keys";
const NEW: &str = "/account/keys/new";

/// A new key pair of OpenSSH's: the private key, and the public one.
fn key_pair(options: &[&str], comment: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let args = ["-q", "-N", "", "-C", comment, "-f", file.to_str().unwrap()];
    assert!(Command::new("ssh-keygen").args(options).args(args).status().unwrap().success());
    let read = |path| std::fs::read_to_string(path).unwrap();
    (read(file.clone()), read(file.with_extension("pub")).trim().to_owned())
}

fn public_key(comment: &str) -> String {
    key_pair(&["-t", "ed25519"], comment).1
}

/// Opens the form and submits it.
fn add(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Response {
    let csrf = hidden_field(&browser.get(NEW), "csrf");
    browser.post(NEW, &[&[("csrf", csrf.as_str())], fields].concat())
}

#[track_caller]
pub fn assert_redirected(answer: &Response, to: &str) {
    assert_eq!((answer.status, answer.header("location"), &*answer.body), (303, Some(to), ""), "{answer:?}");
}

/// The problem beside a field.
#[track_caller]
pub fn problem(page: &Response, field: &str) -> String {
    let start = format!("<p class=\"field-problem\" id=\"{field}-problem\">");
    let (_, rest) = page.body.split_once(&start).unwrap_or_else(|| panic!("no problem of {field}: {page:?}"));
    assert!(page.body.contains(&format!("aria-invalid=\"true\" aria-describedby=\"{field}-problem")), "{page:?}");
    unescaped(rest.split_once("</p>").unwrap().0)
}

#[test]
fn a_key_is_added_shown_and_removed_after_a_question() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let empty = jane.get(LIST);
    assert_page(&empty, 200, "SSH keys");
    assert!(empty.body.contains("You have no SSH key yet.") && !empty.body.contains("<table"), "{empty:?}");
    assert!(empty.body.contains("<a class=\"button\" href=\"/account/keys/new\">Add a key</a>"));
    let key = public_key("jane@laptop");
    let fields = [("key", &*key), ("title", "Work"), ("expires_at", "2099-01-02"), ("usage_type", "signing")];
    assert_redirected(&add(&mut jane, &fields), LIST);
    // The message is shown once.
    let list = jane.get(LIST);
    assert!(list.body.contains("<p class=\"message\" role=\"status\">The key was added.</p>"), "{list:?}");
    assert!(!jane.get(LIST).body.contains("class=\"message\""));
    for part in ["<a href=\"/account/keys/1\">Work</a>", "ED25519 256", "2 January 2099", "/account/keys/1/remove"] {
        assert!(list.body.contains(part), "{part}: {list:?}");
    }
    let stored = server.sql::<String>("SELECT key || ' ' || usage_type FROM ssh_keys WHERE user_id = 1");
    assert_eq!(stored, format!("{key} signing"));
    let page = jane.get("/account/keys/1");
    assert_page(&page, 200, "Work");
    assert!(page.body.contains(&format!("<code class=\"copy\">{key}</code>")), "{page:?}");
    assert!(page.body.contains("Signing only") && page.body.contains("accountd key show 1"), "{page:?}");
    assert!(page.body.contains("/api/v4/user/keys/1</code>"), "{page:?}");
    let question = jane.get("/account/keys/1/remove");
    assert_page(&question, 200, "Remove the key Work?");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 1);
    let csrf = hidden_field(&question, "csrf");
    assert_redirected(&jane.post("/account/keys/1/remove", &[("csrf", &csrf)]), LIST);
    assert!(jane.get(LIST).body.contains("The key was removed."));
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 0);
    let again = jane.post("/account/keys/1/remove", &[("csrf", &csrf)]);
    assert_page(&again, 404, "Not found");
}

#[test]
fn an_uploaded_file_is_a_key_and_its_comment_the_title() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = hidden_field(&jane.get(NEW), "csrf");
    let key = public_key("jane@desk");
    let part = |head: &str, value: &str| format!("--X\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n");
    let body = part("name=\"csrf\"", &csrf)
        + &part("name=\"key\"", "")
        + &part("name=\"file\"; filename=\"id.pub\"\r\nContent-Type: application/x-mspublisher", &format!("{key}\n"))
        + &part("name=\"title\"", "")
        + &part("name=\"expires_at\"", "")
        + "--X--\r\n";
    let request = jane.request("POST", NEW).header("Content-Type", "multipart/form-data; boundary=X");
    assert_redirected(&request.body(body).send(), LIST);
    assert_eq!(server.sql::<String>("SELECT title || ' ' || key FROM ssh_keys"), format!("jane@desk {key}"));
}

#[test]
fn the_randomart_is_that_of_ssh_keygen() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let kinds: [&[&str]; 4] =
        [&["-t", "ed25519"], &["-t", "rsa", "-b", "1024"], &["-t", "ecdsa"], &["-t", "ecdsa", "-b", "521"]];
    for (at, options) in kinds.into_iter().enumerate() {
        let key = key_pair(options, "x").1;
        assert_redirected(&add(&mut jane, &[("key", &key)]), LIST);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key.pub");
        std::fs::write(&file, &key).unwrap();
        let printed = Command::new("ssh-keygen").args(["-lv", "-f", file.to_str().unwrap()]).output().unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        let expected = printed.split_once('\n').unwrap().1.trim_end();
        let page = jane.get(&format!("/account/keys/{}", at + 1));
        let art = page.body.split_once("class=\"randomart\"").unwrap().1.split_once('>').unwrap().1;
        assert_eq!(unescaped(art.split_once("</pre>").unwrap().0), expected);
        assert_eq!(expected.lines().count(), 11);
    }
}

/// In the words of `accountd key check` and of the APIs.
#[test]
fn a_refused_key_is_explained_beside_its_field_and_the_rest_is_kept() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let taken = public_key("x");
    assert_redirected(&add(&mut jane, &[("key", &taken)]), LIST);
    jane.get(LIST);
    let truncated = &taken[..40];
    for (key, reason) in [
        ("", "No key was given"),
        (truncated, "The key is cut short"),
        ("ssh-dss AAAA", "ssh-dss keys are not safe any more"),
        (&taken, "Key has already been taken."),
    ] {
        let page = add(&mut jane, &[("key", key), ("title", "My \"laptop\""), ("expires_at", "2099-01-02")]);
        assert_page(&page, 422, "Add an SSH key");
        let explained = problem(&page, "key");
        assert!(explained.contains(reason) && explained.ends_with('.'), "{explained}");
        assert!(page.body.contains("name=\"title\" type=\"text\" value=\"My &#34;laptop&#34;\""), "{page:?}");
        assert!(page.body.contains("type=\"date\" value=\"2099-01-02\""), "{page:?}");
        assert!(page.body.contains(&format!(">{key}</textarea>")), "{page:?}");
        assert!(page.body.contains("role=\"alert\">The key was not added.</p>"), "{page:?}");
    }
    let fresh = public_key("");
    let page = add(&mut jane, &[("key", &fresh), ("title", " "), ("expires_at", "1999-01-01"), ("usage_type", "all")]);
    assert_page(&page, 422, "Add an SSH key");
    assert_eq!(problem(&page, "title"), "Title can't be blank.");
    assert_eq!(problem(&page, "expires_at"), "Expiry date must be in the future.");
    assert!(problem(&page, "usage_type").starts_with("Use must be "), "{page:?}");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 1);
}

#[test]
fn a_private_key_is_neither_stored_nor_repeated_nor_logged() {
    let server = on_file(&["--log", "debug"]);
    let mut jane = Browser::signed_in(&server, JANE);
    let (private, _) = key_pair(&["-t", "ed25519"], "x");
    let body: String = private.lines().filter(|line| !line.starts_with('-')).collect();
    let second_line = private.lines().nth(2).unwrap();
    let one_line = private.replace('\n', " ");
    for (field, text) in
        [("key", &*private), ("key", &one_line), ("key", &body), ("key", second_line), ("file", &private)]
    {
        let page = add(&mut jane, &[(field, text), ("title", "x")]);
        assert_page(&page, 422, "Add an SSH key");
        assert!(page.body.contains("</textarea>") && !page.body.contains(&second_line[..20]), "{page:?}");
        problem(&page, "key");
    }
    // In a field where it does not belong.
    let page = add(&mut jane, &[("key", "x"), ("title", &private)]);
    assert!(page.status == 422 && !page.body.contains(&second_line[..20]), "{page:?}");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 0);
    assert!(!server.log().contains(&second_line[..20]));
}

#[test]
fn the_keys_of_another_user_are_unknown() {
    let server = on_file(&[]);
    let key = public_key("boss");
    let form = [("title", "of the boss"), ("key", &*key)];
    server.post("/api/v4/user/keys").private_token(super::ADMIN).form(&form).send().expect(201);
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = jane.csrf();
    for id in ["1", "99", "0", "-1", "x", "1%20", "9223372036854775808"] {
        for path in [format!("/account/keys/{id}"), format!("/account/keys/{id}/remove")] {
            let page = jane.get(&path);
            assert_page(&page, 404, "Not found");
            assert!(!page.body.contains("of the boss"), "{page:?}");
        }
        let answer = jane.post(&format!("/account/keys/{id}/remove"), &[("csrf", &csrf), ("user_id", "2")]);
        assert_page(&answer, 404, "Not found");
    }
    // Mass assignment: the page takes no owner.
    let own = public_key("jane");
    let fields = [("key", &*own), ("user_id", "2"), ("id", "7"), ("created_at", "1"), ("admin", "true")];
    assert_redirected(&add(&mut jane, &fields), LIST);
    assert_eq!(server.sql::<i64>("SELECT user_id FROM ssh_keys WHERE id = 2"), 1);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys WHERE user_id = 2"), 1);
}

#[test]
fn forms_need_the_token_of_the_session() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let key = public_key("x");
    assert_redirected(&add(&mut jane, &[("key", &key)]), LIST);
    let other = Browser::signed_in(&server, JANE).csrf();
    let another_key = public_key("y");
    for path in [NEW, "/account/keys/1/remove"] {
        for csrf in ["", "x", &other] {
            assert_page(&jane.post(path, &[("csrf", csrf), ("key", &another_key)]), 403, "This form has expired");
        }
        assert_page(&jane.post(path, &[("key", &another_key)]), 403, "This form has expired");
        let csrf = jane.csrf();
        let form = [("csrf", csrf.as_str()), ("key", &*another_key)];
        let foreign = jane.request("POST", path).header("Origin", "https://evil.example").form(&form).send();
        assert_page(&foreign, 403, "This request came from another site");
    }
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 1);
}

#[test]
fn hostile_text_is_escaped_on_every_page() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let hostile = "\"><script>alert('&')</script>";
    let key = public_key(hostile);
    assert_redirected(&add(&mut jane, &[("key", &key), ("title", hostile)]), LIST);
    for path in [LIST, "/account/keys/1", "/account/keys/1/remove"] {
        let page = jane.get(path);
        assert!(page.status == 200 && !page.body.contains("<script"), "{page:?}");
        assert!(unescaped(&page.body).contains(hostile), "{page:?}");
    }
    let fields = [("key", hostile), ("title", hostile), ("expires_at", hostile), ("usage_type", hostile)];
    let page = add(&mut jane, &fields);
    assert!(page.status == 422 && !page.body.contains("<script"), "{page:?}");
}

#[test]
fn a_long_list_has_pages() {
    let server = on_file(&["--max-key-bytes", "1000000"]);
    execute(
        &server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 41)
         INSERT INTO ssh_keys (user_id, title, key, fingerprint, md5, created_at)
         SELECT 1, 'key number ' || i || ' ' || printf('%.*c', 200, 'W'), 'ssh-ed25519 AAAA', randomblob(32),
                randomblob(16), 0 FROM n",
    );
    let mut jane = Browser::signed_in(&server, JANE);
    let sheet = server.get("/account/style.css").send().body.len();
    let titles = |page: &Response| page.body.matches("<th scope=\"row\">").count();
    for (query, rows, position, contains) in [
        ("", 20, "Page 1 of 3", "key number 1 "),
        ("?page=2", 20, "Page 2 of 3", "key number 21 "),
        ("?page=3", 1, "Page 3 of 3", "key number 41 "),
        ("?page=99", 1, "Page 3 of 3", "key number 41 "),
        ("?page=0", 20, "Page 1 of 3", "key number 1 "),
        ("?page=-1", 20, "Page 1 of 3", "key number 1 "),
        ("?page=x", 20, "Page 1 of 3", "key number 1 "),
    ] {
        let page = jane.get(&format!("{LIST}{query}"));
        assert_eq!(titles(&page), rows, "{query}");
        assert!(page.body.contains(position) && page.body.contains(contains), "{query}: {page:?}");
        assert!(page.body.len() + sheet <= 30 * 1024, "{} and {sheet}", page.body.len());
    }
}

#[test]
fn after_signing_out_no_page_is_shown_or_stored() {
    let server: Server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let cookies = jane.cookies.clone();
    for path in ["/account", LIST, NEW] {
        assert_eq!(jane.get(path).all("cache-control"), ["no-store"], "{path}");
    }
    let csrf = jane.csrf();
    assert_redirected(&jane.post("/account/sign-out", &[("csrf", &csrf)]), "/account/sign-in");
    let mut old = Browser { server: &server, cookies };
    for path in ["/account", LIST, NEW, "/account/keys/1/remove"] {
        let to = format!("/account/sign-in?return_to={}", path.replace('/', "%2F"));
        assert_redirected(&old.get(path), &to);
        if path != "/account" && path != LIST {
            assert_redirected(&old.post(path, &[("csrf", &csrf)]), &to);
        }
    }
}
