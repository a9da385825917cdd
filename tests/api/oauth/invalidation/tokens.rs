//! Revocation of authorizations and tokens, and what survives a backup, an export and SIGKILL.

use super::Access;
use crate::cli::{Commands, ok};
use crate::harness::{Server, run};
use crate::oauth::{
    EXAMPLE, PHONE, Tokens, WIKI, assert_error, auto_approving, auto_approving_on_file, profile_status,
};

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
    let file = crate::oauth::write_file(&server, "export.json", &export);
    let backup = crate::oauth::write_file(&server, "unused", "").replace("unused", "backup.db");
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
