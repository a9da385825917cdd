//! Rules that hold for every page and form of an account.

use super::{Browser, JANE, assert_page, execute, on_file};
use crate::harness::Server;

/// Pages that are shown to every session.
const PAGES: [&str; 9] = [
    "/account",
    "/account/profile",
    "/account/emails",
    "/account/keys",
    "/account/tokens",
    "/account/tokens/2",
    "/account/applications",
    "/account/sessions",
    "/account/password",
];

/// Forms that need a recent sign-in, with fields that would change something.
const RECENT: [(&str, &[(&str, &str)]); 8] = [
    ("/account/emails/new", &[("email", "jane@new.example")]),
    ("/account/emails/3", &[("change", "verify")]),
    ("/account/emails/3/remove", &[]),
    ("/account/keys/new", &[("key", include_str!("../../../fixtures/keys/accepted/ed25519.pub"))]),
    ("/account/keys/1/remove", &[]),
    ("/account/tokens/new", &[("name", "new"), ("scopes[]", "api")]),
    ("/account/tokens/2/rotate", &[]),
    ("/account/tokens/3/revoke", &[]),
];

/// Other forms. `SESSION` stands for another session of the user.
const OTHERS: [(&str, &[(&str, &str)]); 4] = [
    ("/account/profile", &[("name", "New")]),
    ("/account/sessions/SESSION/end", &[]),
    ("/account/sessions/end-others", &[]),
    (
        "/account/password",
        &[
            ("current_password", "jane-password"),
            ("password", "a brand new password"),
            ("password_confirmation", "a brand new password"),
        ],
    ),
];

/// Jane with a second address, a key, a token and another session.
fn server() -> Server {
    let server = on_file(&[]);
    execute(
        &server,
        "INSERT INTO emails (user_id, address) VALUES (1, 'jane@work.example');
         INSERT INTO ssh_keys (user_id, title, key, fingerprint, md5, created_at)
         VALUES (1, 'x', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f', randomblob(32), randomblob(16), 0);
         INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at)
         VALUES (1, 'personal', 'x', randomblob(32), 'api', 0), (1, 'personal', 'y', randomblob(32), 'api', 0);",
    );
    server
}

/// Everything that the forms could change.
fn state(server: &Server) -> String {
    server.sql(
        "SELECT (SELECT group_concat(id || name || primary_email_id || password_hash) FROM users) ||
                (SELECT group_concat(id || address || verified) FROM emails) || (SELECT count(*) FROM ssh_keys) ||
                (SELECT group_concat(id || coalesce(revoked_at, '')) FROM tokens) || (SELECT count(*) FROM web_sessions)",
    )
}

fn forms(server: &Server) -> Vec<(String, &'static [(&'static str, &'static str)])> {
    let other = server.sql::<String>("SELECT lower(hex(hash)) FROM web_sessions ORDER BY created_at LIMIT 1");
    RECENT.iter().chain(&OTHERS).map(|(path, fields)| (path.replace("SESSION", &other), *fields)).collect()
}

#[test]
fn a_form_needs_the_token_of_its_session_and_comes_from_this_site() {
    let server = server();
    let mut other = Browser::signed_in(&server, JANE);
    Browser::signed_in(&server, JANE);
    let mut jane = Browser::signed_in(&server, JANE);
    let (csrf, foreign) = (jane.csrf(), other.csrf());
    let before = state(&server);
    for (path, fields) in forms(&server) {
        for wrong in [vec![], vec![("csrf", "")], vec![("csrf", &*foreign)]] {
            let page = jane.post(&path, &[&wrong[..], fields].concat());
            assert_page(&page, 403, "This form has expired");
        }
        let form = [&[("csrf", csrf.as_str())][..], fields].concat();
        for header in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-site")] {
            let page = jane.request("POST", &path).header(header.0, header.1).form(&form).send();
            assert_page(&page, 403, "This request came from another site");
        }
        let answer = Browser::new(&server).post(&path, &form);
        assert!(
            answer.status == 303 && answer.header("location").unwrap().starts_with("/account/sign-in"),
            "{answer:?}"
        );
        assert_eq!(state(&server), before, "{path}");
    }
    // The same forms do change something with the token.
    for (path, fields) in forms(&server) {
        let before = state(&server);
        let answer = jane.post(&path, &[&[("csrf", csrf.as_str())][..], fields].concat());
        assert!(answer.status == 303 || answer.status == 200, "{path}: {answer:?}");
        assert_ne!(state(&server), before, "{path}");
    }
}

#[test]
fn an_old_sign_in_is_asked_for_the_password_before_a_change() {
    let server = server();
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = jane.csrf();
    execute(&server, "UPDATE web_sessions SET authenticated_at = (unixepoch() - 601) * 1000000");
    let before = state(&server);
    for (path, fields) in RECENT {
        let to = format!("/account/confirm-password?return_to={}", path.replace('/', "%2F"));
        for answer in [jane.get(path), jane.post(path, &[&[("csrf", csrf.as_str())][..], fields].concat())] {
            assert_eq!((answer.status, answer.header("location")), (303, Some(&*to)), "{answer:?}");
        }
    }
    assert_eq!(state(&server), before);
    for path in PAGES {
        assert_eq!(jane.get(path).status, 200, "{path}");
    }
}

#[test]
fn no_page_is_stored_framed_or_shown_after_signing_out() {
    let server = server();
    let mut jane = Browser::signed_in(&server, JANE);
    let cookies = jane.cookies.clone();
    let sheet = server.get("/account/style.css").send().body.len();
    let paths: Vec<_> = PAGES.into_iter().chain(RECENT.map(|(path, _)| path)).collect();
    for path in &paths {
        let page = jane.get(path);
        assert_eq!((page.status, page.all("cache-control")), (200, vec!["no-store"]), "{path}");
        assert_eq!(page.all("x-frame-options"), ["DENY"], "{path}");
        assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "{path}");
        assert!(page.body.len() + sheet <= 30 * 1024, "{path}: {} and {sheet}", page.body.len());
        // Nothing comes from another host, and nothing is a script.
        for part in ["src=\"http", "<script", "<link rel=\"stylesheet\" href=\"http"] {
            assert!(!page.body.contains(part), "{path}: {part}");
        }
    }
    let csrf = jane.csrf();
    jane.post("/account/sign-out", &[("csrf", &csrf)]);
    let mut old = Browser { server: &server, cookies };
    for path in paths {
        let answer = old.get(path);
        assert!(
            answer.status == 303 && answer.header("location").unwrap().starts_with("/account/sign-in"),
            "{answer:?}"
        );
    }
}
