//! Changes of the user.

use super::Access;
use crate::cli::Commands;
use crate::harness::{ROOT, run_with_stdin};
use crate::oauth::{
    DOCKER, EXAMPLE, PHONE, Redirect, WIKI, auto_approving, auto_approving_on_file, count, send_authorization,
};
use serde_json::json;

#[test]
fn blocking_a_user_suspends_all_access() {
    let server = auto_approving();
    let mut all = [EXAMPLE, WIKI, PHONE].map(|app| Access::obtain(&server, app));
    server.put("/api/v3/users/2/block").private_token(ROOT).send().expect(200);
    all.iter_mut().for_each(|access| access.assert_ended(&server));
    // Unblocking restores the access. The refused requests have not used it up.
    server.put("/api/v3/users/2/unblock").private_token(ROOT).send().expect(200);
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
    server.delete("/api/v3/users/2").private_token(ROOT).send().expect(200);
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
    server.put("/api/v3/users/2").private_token(ROOT).json(json!({"password": "another-password"})).send().expect(200);
    access.assert_valid(&server);
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let args = ["user", "password", "janedoe", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(run_with_stdin(&args, "another-password\n").status.success());
    access.assert_valid(&server);
}
