//! What ends with what, at once and on connections that are already open (SPEC 3).

use super::{
    App, Back, DOCKER, EXAMPLE, GITLAB, PHONE, Tokens, VERIFIER, WIKI, ask, count, in_memory, on_file, profile,
    refused, shown_as_page, start,
};
use crate::attacks::Open;
use crate::cli::{Commands, ok};
use crate::harness::{Call, ROOT, Server, run, run_with_stdin};
use crate::serving::admin::admin_address;
use crate::serving::wait_for;
use serde_json::json;

const DOCKER_PATH: &str = "/api/v1.1/users/janedoe/";

/// Everything that an application has of a user: open connections, a pair, and a code.
struct Held {
    app: App,
    tokens: Tokens,
    code: String,
    open: Vec<(Open, String, &'static str)>,
}

impl Held {
    #[track_caller]
    fn by(server: &Server, app: App) -> Self {
        let scope = if app.id == WIKI.id { "api" } else { "profile_read" };
        let tokens = app.tokens(server, scope);
        let code = app.code(server, "");
        let bearer = format!("Authorization: Bearer {}", tokens.access);
        let private = format!("PRIVATE-TOKEN: {}", tokens.access);
        let mut ways = vec![(bearer.clone(), DOCKER_PATH)];
        if scope == "api" {
            ways.extend([(bearer, "/api/v4/user"), (private.clone(), "/api/v3/user"), (private, "/api/v4/user")]);
        }
        let open = ways.into_iter().map(|(header, path)| {
            let mut connection = Open::to(server);
            for _ in 0..2 {
                assert_eq!(connection.get(path, &header).0, 200, "{path} {header}");
            }
            (connection, header, path)
        });
        Self { app, tokens, code, open: open.collect() }
    }

    #[track_caller]
    fn answers(&mut self, status: u16) {
        for (connection, header, path) in &mut self.open {
            let (found, body) = connection.get(path, header);
            assert_eq!(found, status, "{path} {header}: {body}");
        }
    }

    /// Nothing of it is good for anything.
    #[track_caller]
    fn is_gone(&mut self, server: &Server) {
        self.answers(401);
        let proof: &[_] = if self.app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        refused(&self.app.refresh(server, &self.tokens.refresh, &[]), 400, "invalid_grant");
        refused(&self.app.redeem(server, &self.code, proof), 400, "invalid_grant");
    }

    /// All of it is as good as it was.
    #[track_caller]
    fn is_good(&mut self, server: &Server) {
        self.answers(200);
        let proof: &[_] = if self.app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        let fresh = Tokens::of(self.app.redeem(server, &self.code, proof));
        assert_eq!(profile(server, &fresh.access), 200);
        let next = Tokens::of(self.app.refresh(server, &self.tokens.refresh, &[]));
        assert_eq!(profile(server, &next.access), 200);
    }
}

#[test]
fn a_blocked_user() {
    let server = in_memory();
    let mut all = [EXAMPLE, WIKI, PHONE].map(|app| Held::by(&server, app));
    server.put("/api/v3/users/2/block").private(ROOT).send().expect(200);
    all.iter_mut().for_each(|held| held.is_gone(&server));
    // Blocking ends no consent: what was allowed is so again, and none of it was spent.
    server.put("/api/v3/users/2/unblock").private(ROOT).send().expect(200);
    all.iter_mut().for_each(|held| held.is_good(&server));
}

#[test]
fn a_user_blocked_by_another_process() {
    let server = on_file();
    let mut held = Held::by(&server, WIKI);
    server.ok(&["user", "block", "janedoe"]);
    held.is_gone(&server);
    server.ok(&["user", "unblock", "janedoe"]);
    held.is_good(&server);
}

#[test]
fn a_deleted_user() {
    let server = in_memory();
    let mut all = [EXAMPLE, WIKI, PHONE].map(|app| Held::by(&server, app));
    server.delete("/api/v3/users/2").private(ROOT).send().expect(200);
    all.iter_mut().for_each(|held| held.is_gone(&server));
    let back = Back::of(&ask(&server, DOCKER, &EXAMPLE.query("&state=s")), 302);
    assert_eq!((back.at.as_str(), back.get("error"), back.get("state")), (EXAMPLE.uri, "access_denied", "s"));
}

#[test]
fn a_user_deleted_by_another_process() {
    let server = on_file();
    let mut all = [EXAMPLE, WIKI, PHONE].map(|app| Held::by(&server, app));
    server.ok(&["user", "delete", "janedoe"]);
    all.iter_mut().for_each(|held| held.is_gone(&server));
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE user_id = 2")), (0, 0));
}

/// SPEC 3: "A new password ends the user's sessions; personal and OAuth tokens stay."
#[test]
fn a_new_password() {
    let server = in_memory();
    let mut held = Held::by(&server, WIKI);
    server.put("/api/v3/users/2").private(ROOT).json(json!({"password": "another-password"})).send().expect(200);
    held.is_good(&server);
    let server = on_file();
    let mut held = Held::by(&server, WIKI);
    let args = ["user", "password", "janedoe", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(run_with_stdin(&args, "another-password\n").status.success());
    held.is_good(&server);
}

#[test]
fn a_deleted_application() {
    let server = on_file();
    let mut held = Held::by(&server, WIKI);
    let mut other = Held::by(&server, EXAMPLE);
    server.ok(&["app", "delete", WIKI.id]);
    held.answers(401);
    let answers = [
        WIKI.refresh(&server, &held.tokens.refresh, &[]),
        WIKI.redeem(&server, &held.code, &[]),
        WIKI.introspect(&server, &held.tokens.access),
        WIKI.revoke(&server, &held.tokens.access),
    ];
    answers.iter().for_each(|answer| drop(refused(answer, 401, "invalid_client")));
    for names in [DOCKER, GITLAB] {
        shown_as_page(&ask(&server, names, &WIKI.query("")), &[]);
    }
    assert_eq!(EXAMPLE.introspect(&server, &held.tokens.access).expect(200), json!({"active": false}));
    other.is_good(&server);
}

#[test]
fn a_rotated_secret() {
    let server = on_file();
    let mut held = Held::by(&server, WIKI);
    let rotated = server.json(&["app", "rotate-secret", WIKI.id]);
    let new: &'static str = String::leak(rotated["client_secret"].as_str().unwrap().to_owned());
    // The old one ends at once; what users allowed stays, for who knows the new one.
    refused(&WIKI.refresh(&server, &held.tokens.refresh, &[]), 401, "invalid_client");
    refused(&WIKI.redeem(&server, &held.code, &[]), 401, "invalid_client");
    held.app = App { secret: Some(new), ..WIKI };
    held.is_good(&server);
}

/// Whoever was let in with the old secret and waits for the writer is looked at again there.
#[test]
fn a_secret_that_is_rotated_while_its_requests_wait() {
    let server = start(false, &["--auto-approve", "janedoe", "--admin-listen", "127.0.0.1:0"]);
    let admin = wait_for(|| admin_address(&server.log()));
    let held = Held::by(&server, WIKI);
    let other = rusqlite::Connection::open(&server.db).unwrap();
    let rotated =
        "BEGIN IMMEDIATE; UPDATE applications SET secret_hash = zeroblob(32) WHERE client_id = 'WikiClientID'";
    std::thread::scope(|scope| {
        other.execute_batch(rotated).unwrap();
        let waiting = [
            scope.spawn(|| WIKI.redeem(&server, &held.code, &[])),
            scope.spawn(|| WIKI.refresh(&server, &held.tokens.refresh, &[])),
            scope.spawn(|| WIKI.revoke(&server, &held.tokens.refresh)),
            scope.spawn(|| WIKI.revoke(&server, &held.tokens.access)),
        ];
        // Beside the one that the writer has in its hands.
        let waits = |page: &str| page.lines().any(|line| line == "accountd_db_write_queue_length 3");
        let metrics = || Call::to("GET", &format!("http://{admin}/metrics")).send().body;
        wait_for(|| waits(&metrics()).then_some(()));
        other.execute_batch("COMMIT").unwrap();
        for answer in waiting.map(|thread| thread.join().unwrap()) {
            refused(&answer, 401, "invalid_client");
        }
    });
    assert_eq!(profile(&server, &held.tokens.access), 200, "nothing was ended");
    assert_eq!((count(&server, "tokens WHERE kind = 'oauth'"), count(&server, "authorizations")), (1, 2), "nor spent");
}

/// RFC 6749 section 4.1.2.1: nobody is sent to where no application is registered.
#[test]
fn an_application_that_is_deleted_while_its_users_wait() {
    let server = start(false, &["--auto-approve", "janedoe", "--admin-listen", "127.0.0.1:0"]);
    let admin = wait_for(|| admin_address(&server.log()));
    let other = rusqlite::Connection::open(&server.db).unwrap();
    std::thread::scope(|scope| {
        other.execute_batch("BEGIN IMMEDIATE; DELETE FROM applications WHERE client_id = 'WikiClientID'").unwrap();
        let waiting = [(); 2].map(|()| scope.spawn(|| ask(&server, DOCKER, &WIKI.query(""))));
        let waits = |page: &str| page.lines().any(|line| line == "accountd_db_write_queue_length 1");
        wait_for(|| waits(&Call::to("GET", &format!("http://{admin}/metrics")).send().body).then_some(()));
        other.execute_batch("COMMIT").unwrap();
        for page in waiting.map(|thread| thread.join().unwrap()) {
            assert_eq!((page.status, page.header("location")), (400, None), "{page:?}");
            assert!(page.body.contains("The application is no longer registered here."), "{page:?}");
        }
    });
}

#[test]
fn a_consent_that_the_operator_ended() {
    let server = on_file();
    let mut held = Held::by(&server, WIKI);
    let mut other = Held::by(&server, EXAMPLE);
    server.ok(&["app", "revoke", WIKI.id, "janedoe"]);
    held.is_gone(&server);
    other.is_good(&server);
}

#[test]
fn an_access_token_that_the_operator_ended() {
    let server = on_file();
    let mut held = Held::by(&server, WIKI);
    let id: i64 = server.sql("SELECT id FROM tokens WHERE kind = 'oauth'");
    server.ok(&["token", "revoke", &id.to_string()]);
    held.answers(401);
    // Its refresh token would bring another.
    refused(&WIKI.refresh(&server, &held.tokens.refresh, &[]), 400, "invalid_grant");
}

#[test]
fn an_application_whose_owner_signs_out_of_it_itself() {
    let server = in_memory();
    let mut held = Held::by(&server, WIKI);
    let path = "/api/v4/personal_access_tokens/self";
    assert_eq!(server.delete(path).bearer(&held.tokens.access).send().status, 204);
    held.answers(401);
    refused(&WIKI.refresh(&server, &held.tokens.refresh, &[]), 400, "invalid_grant");
}

/// A backup holds what was allowed; an export holds the applications, without what users allowed them.
#[test]
fn a_backup_and_an_export() {
    let server = on_file();
    let held = Held::by(&server, WIKI);
    let export = server.ok(&["export"]);
    for secret in [&held.tokens.access, &held.tokens.refresh, &held.code, WIKI.secret.unwrap()] {
        assert!(!export.contains(secret), "{secret}");
    }
    let file = super::beside(&server, "export.json", &export);
    let backup = super::beside(&server, "unused", "").replace("unused", "backup.db");
    server.ok(&["backup", &backup]);
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from_export = folder.path().join("test.db");
    ok(run(&["import", &file, "--db", from_export.to_str().unwrap()]));
    let imported = Server::start_in(folder, &["--db", from_export.to_str().unwrap(), "--auto-approve", "janedoe"]);
    assert_eq!(profile(&imported, &held.tokens.access), 401);
    // The secrets of the applications are as they were.
    for app in [EXAMPLE, WIKI, PHONE] {
        assert_eq!(profile(&imported, &app.tokens(&imported, "profile_read").access), 200);
    }
    let from_backup = other.path().join("test.db");
    std::fs::copy(&backup, &from_backup).unwrap();
    let restored = Server::start_in(other, &["--db", from_backup.to_str().unwrap()]);
    assert_eq!(profile(&restored, &held.tokens.access), 200);
    assert_eq!(WIKI.refresh(&restored, &held.tokens.refresh, &[]).status, 200);
}

/// An answered grant survives the end of the process.
#[test]
fn a_restart() {
    let server = on_file();
    let held = Held::by(&server, WIKI);
    let used = EXAMPLE.code(&server, "");
    let gone = Tokens::of(EXAMPLE.redeem(&server, &used, &[]));
    refused(&EXAMPLE.redeem(&server, &used, &[]), 400, "invalid_grant");
    server.signal("KILL");
    let server = crate::cli::reopen(server, &["--auto-approve", "janedoe"]);
    assert_eq!([&held.tokens, &gone].map(|tokens| profile(&server, &tokens.access)), [200, 401]);
    assert_eq!(WIKI.redeem(&server, &held.code, &[]).status, 200);
    assert_eq!(WIKI.refresh(&server, &held.tokens.refresh, &[]).status, 200);
    refused(&EXAMPLE.redeem(&server, &used, &[]), 400, "invalid_grant");
}
