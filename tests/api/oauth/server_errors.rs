//! The errors `server_error` and `temporarily_unavailable` (RFC 6749 section 4.1.2.1).

use super::{BOTH_PATHS, DOCKER, EXAMPLE, Redirect, assert_error, auto_approving_on_file, execute, send_authorization};
use rusqlite::Connection;

#[test]
fn a_failing_database_is_answered_server_error() {
    let server = auto_approving_on_file();
    let code = EXAMPLE.code(&server, "");
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    execute(&server, "ALTER TABLE authorizations RENAME TO lost");
    for paths in BOTH_PATHS {
        let redirect =
            Redirect::of(&send_authorization(&server, paths, &EXAMPLE.query("&scope=profile_read&state=st4te")), 302);
        assert_eq!((redirect.uri.as_str(), redirect.get("error")), (EXAMPLE.uri, "server_error"));
        assert_eq!((redirect.get("state"), redirect.get("iss")), ("st4te", server.url().as_str()));
        for fields in [
            [("grant_type", "authorization_code"), ("code", code.as_str())],
            [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)],
        ] {
            let description = assert_error(&EXAMPLE.call(&server, paths.token, &fields).send(), 500, "server_error");
            assert_eq!(description, "internal error", "the cause is not revealed");
        }
        for path in [paths.revoke, paths.introspect] {
            assert_error(&EXAMPLE.call(&server, path, &[("token", &tokens.refresh)]).send(), 500, "server_error");
        }
    }
    execute(&server, "ALTER TABLE lost RENAME TO authorizations");
    assert_eq!(EXAMPLE.exchange(&server, &code, &[]).status, 200);
    assert_eq!(EXAMPLE.refresh(&server, &tokens.refresh, &[]).status, 200);
}

#[test]
fn a_busy_database_is_answered_temporarily_unavailable() {
    let server = auto_approving_on_file();
    let code = EXAMPLE.code(&server, "");
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    let other = Connection::open(&server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let authorized = scope.spawn(|| send_authorization(&server, DOCKER, &EXAMPLE.query("&state=st4te")));
        let exchanged = scope.spawn(|| EXAMPLE.exchange(&server, &code, &[]));
        let refreshed = scope.spawn(|| EXAMPLE.refresh(&server, &tokens.refresh, &[]));
        let revoked = scope.spawn(|| EXAMPLE.revoke(&server, &tokens.refresh));
        let redirect = Redirect::of(&authorized.join().unwrap(), 302);
        assert_eq!((redirect.uri.as_str(), redirect.get("error")), (EXAMPLE.uri, "temporarily_unavailable"));
        assert_eq!((redirect.get("state"), redirect.get("iss")), ("st4te", server.url().as_str()));
        for answer in [exchanged, refreshed, revoked].map(|thread| thread.join().unwrap()) {
            assert_error(&answer, 503, "temporarily_unavailable");
            let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&seconds));
        }
    });
    // Reads still work meanwhile, and no code or token is used up.
    assert_eq!(EXAMPLE.introspect(&server, &tokens.refresh).expect(200)["active"], true);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(EXAMPLE.exchange(&server, &code, &[]).status, 200);
    assert_eq!(EXAMPLE.refresh(&server, &tokens.refresh, &[]).status, 200);
}
