//! `server_error` and `temporarily_unavailable` (RFC 6749 section 4.1.2.1): what is not the application's fault.

use super::{BOTH, Back, DOCKER, EXAMPLE, ask, change, on_file, refused};
use rusqlite::Connection;

#[test]
fn server_error() {
    let server = on_file();
    let code = EXAMPLE.code(&server, "");
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    change(&server, "ALTER TABLE authorizations RENAME TO lost");
    for names in BOTH {
        let back = Back::of(&ask(&server, names, &EXAMPLE.query("&scope=profile_read&state=st4te")), 302);
        assert_eq!((back.at.as_str(), back.get("error")), (EXAMPLE.uri, "server_error"));
        assert_eq!((back.get("state"), back.get("iss")), ("st4te", server.url().as_str()));
        for fields in [
            [("grant_type", "authorization_code"), ("code", code.as_str())],
            [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)],
        ] {
            let description = refused(&EXAMPLE.call(&server, names.token, &fields).send(), 500, "server_error");
            assert_eq!(description, "internal error", "nothing of the inside is told");
        }
        for path in [names.revoke, names.introspect] {
            refused(&EXAMPLE.call(&server, path, &[("token", &tokens.refresh)]).send(), 500, "server_error");
        }
    }
    change(&server, "ALTER TABLE lost RENAME TO authorizations");
    assert_eq!(EXAMPLE.redeem(&server, &code, &[]).status, 200);
    assert_eq!(EXAMPLE.refresh(&server, &tokens.refresh, &[]).status, 200);
}

#[test]
fn temporarily_unavailable() {
    let server = on_file();
    let code = EXAMPLE.code(&server, "");
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    let other = Connection::open(&server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| ask(&server, DOCKER, &EXAMPLE.query("&state=st4te")));
        let redeemed = scope.spawn(|| EXAMPLE.redeem(&server, &code, &[]));
        let refreshed = scope.spawn(|| EXAMPLE.refresh(&server, &tokens.refresh, &[]));
        let revoked = scope.spawn(|| EXAMPLE.revoke(&server, &tokens.refresh));
        let back = Back::of(&asked.join().unwrap(), 302);
        assert_eq!((back.at.as_str(), back.get("error")), (EXAMPLE.uri, "temporarily_unavailable"));
        assert_eq!((back.get("state"), back.get("iss")), ("st4te", server.url().as_str()));
        for answer in [redeemed, refreshed, revoked].map(|thread| thread.join().unwrap()) {
            refused(&answer, 503, "temporarily_unavailable");
            let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&seconds));
        }
    });
    // What only reads goes on meanwhile, and nothing was spent.
    assert_eq!(EXAMPLE.introspect(&server, &tokens.refresh).expect(200)["active"], true);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(EXAMPLE.redeem(&server, &code, &[]).status, 200);
    assert_eq!(EXAMPLE.refresh(&server, &tokens.refresh, &[]).status, 200);
}
