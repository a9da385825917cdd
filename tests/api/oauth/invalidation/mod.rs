//! What ends the access of an application, also on open connections (SPEC 3).

use super::{
    Application, DOCKER, EXAMPLE, GITLAB, PHONE, Redirect, Tokens, VERIFIER, WIKI, assert_error, assert_error_page,
    auto_approving, auto_approving_on_file, count, profile_status, send_authorization, start,
};
use crate::attacks::KeepAlive;
use crate::cli::{Commands, ok};
use crate::harness::{Call, ROOT, Server, run, run_with_stdin};
use crate::serving::admin::admin_address;
use crate::serving::wait_for;
use serde_json::json;

const DOCKER_PATH: &str = "/api/v1.1/users/janedoe/";

/// All access of an application to a user: open connections, tokens and an unused code.
struct Access {
    app: Application,
    tokens: Tokens,
    code: String,
    open: Vec<(KeepAlive, String, &'static str)>,
}

impl Access {
    #[track_caller]
    fn obtain(server: &Server, app: Application) -> Self {
        let scope = if app.id == WIKI.id { "api" } else { "profile_read" };
        let tokens = app.tokens(server, scope);
        let code = app.code(server, "");
        let bearer = format!("Authorization: Bearer {}", tokens.access);
        let private = format!("PRIVATE-TOKEN: {}", tokens.access);
        let mut requests = vec![(bearer.clone(), DOCKER_PATH)];
        if scope == "api" {
            requests.extend([(bearer, "/api/v4/user"), (private.clone(), "/api/v3/user"), (private, "/api/v4/user")]);
        }
        let open = requests.into_iter().map(|(header, path)| {
            let mut connection = KeepAlive::to(server);
            for _ in 0..2 {
                assert_eq!(connection.get(path, &header).0, 200, "{path} {header}");
            }
            (connection, header, path)
        });
        Self { app, tokens, code, open: open.collect() }
    }

    /// Checks the status of a request on each open connection.
    #[track_caller]
    fn assert_statuses(&mut self, status: u16) {
        for (connection, header, path) in &mut self.open {
            let (found, body) = connection.get(path, header);
            assert_eq!(found, status, "{path} {header}: {body}");
        }
    }

    /// Checks that neither token nor the code works.
    #[track_caller]
    fn assert_ended(&mut self, server: &Server) {
        self.assert_statuses(401);
        let proof: &[_] = if self.app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        assert_error(&self.app.refresh(server, &self.tokens.refresh, &[]), 400, "invalid_grant");
        assert_error(&self.app.exchange(server, &self.code, proof), 400, "invalid_grant");
    }

    /// Checks that both tokens and the code work.
    #[track_caller]
    fn assert_valid(&mut self, server: &Server) {
        self.assert_statuses(200);
        let proof: &[_] = if self.app.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        let fresh = Tokens::of(self.app.exchange(server, &self.code, proof));
        assert_eq!(profile_status(server, &fresh.access), 200);
        let next = Tokens::of(self.app.refresh(server, &self.tokens.refresh, &[]));
        assert_eq!(profile_status(server, &next.access), 200);
    }
}

#[test]
fn blocking_a_user_suspends_all_access() {
    let server = auto_approving();
    let mut all = [EXAMPLE, WIKI, PHONE].map(|app| Access::obtain(&server, app));
    server.put("/api/v3/users/2/block").private(ROOT).send().expect(200);
    all.iter_mut().for_each(|access| access.assert_ended(&server));
    // Unblocking restores the access. The refused requests have not used it up.
    server.put("/api/v3/users/2/unblock").private(ROOT).send().expect(200);
    all.iter_mut().for_each(|access| access.assert_valid(&server));
}

#[test]
fn a_user_blocked_by_a_command_loses_all_access() {
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    server.ok(&["user", "block", "janedoe"]);
    access.assert_ended(&server);
    server.ok(&["user", "unblock", "janedoe"]);
    access.assert_valid(&server);
}

#[test]
fn deleting_a_user_ends_all_access() {
    let server = auto_approving();
    let mut all = [EXAMPLE, WIKI, PHONE].map(|app| Access::obtain(&server, app));
    server.delete("/api/v3/users/2").private(ROOT).send().expect(200);
    all.iter_mut().for_each(|access| access.assert_ended(&server));
    let redirect = Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query("&state=s")), 302);
    assert_eq!(
        (redirect.uri.as_str(), redirect.get("error"), redirect.get("state")),
        (EXAMPLE.uri, "access_denied", "s")
    );
}

#[test]
fn a_user_deleted_by_a_command_loses_all_access() {
    let server = auto_approving_on_file();
    let mut all = [EXAMPLE, WIKI, PHONE].map(|app| Access::obtain(&server, app));
    server.ok(&["user", "delete", "janedoe"]);
    all.iter_mut().for_each(|access| access.assert_ended(&server));
    assert_eq!((count(&server, "authorizations"), count(&server, "tokens WHERE user_id = 2")), (0, 0));
}

/// SPEC 3: "A new password ends the user's sessions; personal and OAuth tokens stay."
#[test]
fn a_new_password_keeps_all_access() {
    let server = auto_approving();
    let mut access = Access::obtain(&server, WIKI);
    server.put("/api/v3/users/2").private(ROOT).json(json!({"password": "another-password"})).send().expect(200);
    access.assert_valid(&server);
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let args = ["user", "password", "janedoe", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(run_with_stdin(&args, "another-password\n").status.success());
    access.assert_valid(&server);
}

#[test]
fn deleting_an_application_ends_its_access() {
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let mut other = Access::obtain(&server, EXAMPLE);
    server.ok(&["app", "delete", WIKI.id]);
    access.assert_statuses(401);
    let answers = [
        WIKI.refresh(&server, &access.tokens.refresh, &[]),
        WIKI.exchange(&server, &access.code, &[]),
        WIKI.introspect(&server, &access.tokens.access),
        WIKI.revoke(&server, &access.tokens.access),
    ];
    answers.iter().for_each(|answer| drop(assert_error(answer, 401, "invalid_client")));
    for paths in [DOCKER, GITLAB] {
        assert_error_page(&send_authorization(&server, paths, &WIKI.query("")), &[]);
    }
    assert_eq!(EXAMPLE.introspect(&server, &access.tokens.access).expect(200), json!({"active": false}));
    other.assert_valid(&server);
}

#[test]
fn a_rotated_secret_replaces_the_old_one_immediately() {
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let rotated = server.json(&["app", "rotate-secret", WIKI.id]);
    let new: &'static str = String::leak(rotated["client_secret"].as_str().unwrap().to_owned());
    // The authorizations of the users are kept.
    assert_error(&WIKI.refresh(&server, &access.tokens.refresh, &[]), 401, "invalid_client");
    assert_error(&WIKI.exchange(&server, &access.code, &[]), 401, "invalid_client");
    access.app = Application { secret: Some(new), ..WIKI };
    access.assert_valid(&server);
}

/// The client is authenticated again inside the write, so that the old secret does not work after the rotation.
#[test]
fn requests_that_wait_while_the_secret_is_rotated_are_refused() {
    let server = start(false, &["--auto-approve", "janedoe", "--admin-listen", "127.0.0.1:0"]);
    let admin = wait_for(|| admin_address(&server.log()));
    let access = Access::obtain(&server, WIKI);
    let other = rusqlite::Connection::open(&server.db).unwrap();
    let rotated =
        "BEGIN IMMEDIATE; UPDATE applications SET secret_hash = zeroblob(32) WHERE client_id = 'WikiClientID'";
    std::thread::scope(|scope| {
        other.execute_batch(rotated).unwrap();
        let waiting = [
            scope.spawn(|| WIKI.exchange(&server, &access.code, &[])),
            scope.spawn(|| WIKI.refresh(&server, &access.tokens.refresh, &[])),
            scope.spawn(|| WIKI.revoke(&server, &access.tokens.refresh)),
            scope.spawn(|| WIKI.revoke(&server, &access.tokens.access)),
        ];
        // The writer has taken the fourth request from the queue.
        let waits = |page: &str| page.lines().any(|line| line == "accountd_db_write_queue_length 3");
        let metrics = || Call::to("GET", &format!("http://{admin}/metrics")).send().body;
        wait_for(|| waits(&metrics()).then_some(()));
        other.execute_batch("COMMIT").unwrap();
        for answer in waiting.map(|thread| thread.join().unwrap()) {
            assert_error(&answer, 401, "invalid_client");
        }
    });
    assert_eq!(profile_status(&server, &access.tokens.access), 200, "nothing was revoked");
    assert_eq!(
        (count(&server, "tokens WHERE kind = 'oauth'"), count(&server, "authorizations")),
        (1, 2),
        "nothing was used up"
    );
}

/// RFC 6749 section 4.1.2.1: the browser is not redirected to an application that is not registered.
#[test]
fn requests_that_wait_while_the_application_is_deleted_get_a_page() {
    let server = start(false, &["--auto-approve", "janedoe", "--admin-listen", "127.0.0.1:0"]);
    let admin = wait_for(|| admin_address(&server.log()));
    let other = rusqlite::Connection::open(&server.db).unwrap();
    std::thread::scope(|scope| {
        other.execute_batch("BEGIN IMMEDIATE; DELETE FROM applications WHERE client_id = 'WikiClientID'").unwrap();
        let waiting = [(); 2].map(|()| scope.spawn(|| send_authorization(&server, DOCKER, &WIKI.query(""))));
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
fn revoking_an_authorization_by_a_command_ends_all_access() {
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let mut other = Access::obtain(&server, EXAMPLE);
    server.ok(&["app", "revoke", WIKI.id, "janedoe"]);
    access.assert_ended(&server);
    other.assert_valid(&server);
}

#[test]
fn revoking_an_access_token_by_a_command_ends_its_refresh_token() {
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let id: i64 = server.sql("SELECT id FROM tokens WHERE kind = 'oauth'");
    server.ok(&["token", "revoke", &id.to_string()]);
    access.assert_statuses(401);
    // The refresh token could get another access token.
    assert_error(&WIKI.refresh(&server, &access.tokens.refresh, &[]), 400, "invalid_grant");
}

#[test]
fn an_access_token_can_revoke_itself() {
    let server = auto_approving();
    let mut access = Access::obtain(&server, WIKI);
    let path = "/api/v4/personal_access_tokens/self";
    assert_eq!(server.delete(path).bearer(&access.tokens.access).send().status, 204);
    access.assert_statuses(401);
    assert_error(&WIKI.refresh(&server, &access.tokens.refresh, &[]), 400, "invalid_grant");
}

/// A backup contains authorizations and tokens. An export contains only the applications.
#[test]
fn a_backup_keeps_authorizations_and_an_export_does_not() {
    let server = auto_approving_on_file();
    let access = Access::obtain(&server, WIKI);
    let export = server.ok(&["export"]);
    for secret in [&access.tokens.access, &access.tokens.refresh, &access.code, WIKI.secret.unwrap()] {
        assert!(!export.contains(secret), "{secret}");
    }
    let file = super::write_file(&server, "export.json", &export);
    let backup = super::write_file(&server, "unused", "").replace("unused", "backup.db");
    server.ok(&["backup", &backup]);
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let from_export = folder.path().join("test.db");
    ok(run(&["import", &file, "--db", from_export.to_str().unwrap()]));
    let imported = Server::start_in(folder, &["--db", from_export.to_str().unwrap(), "--auto-approve", "janedoe"]);
    assert_eq!(profile_status(&imported, &access.tokens.access), 401);
    // The secrets of the applications are unchanged.
    for app in [EXAMPLE, WIKI, PHONE] {
        assert_eq!(profile_status(&imported, &app.tokens(&imported, "profile_read").access), 200);
    }
    let from_backup = other.path().join("test.db");
    std::fs::copy(&backup, &from_backup).unwrap();
    let restored = Server::start_in(other, &["--db", from_backup.to_str().unwrap()]);
    assert_eq!(profile_status(&restored, &access.tokens.access), 200);
    assert_eq!(WIKI.refresh(&restored, &access.tokens.refresh, &[]).status, 200);
}

#[test]
fn tokens_survive_sigkill() {
    let server = auto_approving_on_file();
    let access = Access::obtain(&server, WIKI);
    let used = EXAMPLE.code(&server, "");
    let gone = Tokens::of(EXAMPLE.exchange(&server, &used, &[]));
    assert_error(&EXAMPLE.exchange(&server, &used, &[]), 400, "invalid_grant");
    server.signal("KILL");
    let server = crate::cli::reopen(server, &["--auto-approve", "janedoe"]);
    assert_eq!([&access.tokens, &gone].map(|tokens| profile_status(&server, &tokens.access)), [200, 401]);
    assert_eq!(WIKI.exchange(&server, &access.code, &[]).status, 200);
    assert_eq!(WIKI.refresh(&server, &access.tokens.refresh, &[]).status, 200);
    assert_error(&EXAMPLE.exchange(&server, &used, &[]), 400, "invalid_grant");
}
