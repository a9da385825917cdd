//! The errors of each dialect are as described.

use super::checker::Checker;
use crate::harness::{JACK, JOHN, ROOT, Server};
use serde_json::json;

#[test]
fn errors_are_as_described() {
    let server = Server::demo();
    let mut checker = Checker::new(&server);
    let profile = "/api/v1.1/users/janedoe";
    checker.call("docker.users.get", profile, 401, |request| request);
    checker.call("docker.users.get", profile, 403, |request| request.bearer(JOHN));
    checker.call("docker.users.get", "/api/v1.1/users/x", 404, |request| request.bearer(JOHN));
    checker.call("docker.users.update", "/api/v1.1/users/john_smith", 400, |request| {
        request.bearer(JOHN).json(json!({"profile_url": "x", "full_name": "x".repeat(256)}))
    });
    checker.call("docker.users.update", "/api/v1.1/users/john_smith", 415, |request| {
        request.bearer(JOHN).header("Content-Type", "text/plain").body("x")
    });
    checker.call("docker.users.update", "/api/v1.1/users/john_smith", 413, |request| {
        request.bearer(JOHN).body("x".repeat((1 << 20) + 1))
    });
    for (version, unknown, invalid, taken) in [("v3", 404, 404, 404), ("v4", 404, 400, 409)] {
        let id = |operation: &str| format!("gitlab.{version}.{operation}");
        let path = |rest: &str| format!("/api/{version}{rest}");
        checker.call(&id("users.current"), &path("/user"), 401, |request| request);
        checker.call(&id("keys.create_own"), &path("/user/keys"), 403, |request| request.private_token(JACK));
        checker.call(&id("users.create"), &path("/users"), 403, |request| request.private_token(JOHN));
        checker.call(&id("users.create"), &path("/users"), 400, |request| request.private_token(ROOT));
        checker.call(&id("users.get"), &path("/users/99"), unknown, |request| request.private_token(ROOT));
        let update = |name: &str| json!({ "username": name });
        checker.call(&id("users.update"), &path("/users/1"), invalid, |request| {
            request.private_token(ROOT).json(update("!"))
        });
        checker.call(&id("users.update"), &path("/users/1"), taken, |request| {
            request.private_token(ROOT).json(update("janedoe"))
        });
        checker.call(&id("users.update"), &path("/users/1"), 400, |request| {
            request.private_token(ROOT).json(json!({"admin": "maybe"}))
        });
    }
    checker.call("gitlab.v4.users.list", "/api/v4/users", 403, |request| request);
    checker.call("gitlab.v4.users.approve", "/api/v4/users/1/approve", 409, |request| request.private_token(ROOT));
    checker.call("gitlab.v3.session.create", "/api/v3/session", 401, |request| {
        request.json(json!({"login": "x", "password": "y"}))
    });
    checker.call("openssh.public_keys", "/x.keys", 404, |request| request);
    checker.call("openssh.allowed_signers", "/allowed_signers", 401, |request| request);
    let keys = "/api/accountd/authorized_keys";
    checker.call("openssh.authorized_keys", keys, 400, |request| request.private_token(ROOT));
    checker.call("openssh.authorized_keys", keys, 403, |request| request.private_token(JOHN));
    checker.call("oauth.gitlab.token", "/oauth/token", 400, |request| request);
    checker.call("oauth.gitlab.revoke", "/oauth/revoke", 401, |request| request);
    checker.call("oauth.gitlab.authorize", "/oauth/authorize", 400, |request| request);
    let other = "/.well-known/oauth-authorization-server/x";
    checker.call("oauth.metadata.of_issuer", other, 404, |request| request);
}

#[test]
fn throttled_callers_get_the_described_answer() {
    let server = Server::demo_with(&["--login-rate", "1/m"]);
    let mut checker = Checker::new(&server);
    let profile = "/api/v1.1/users/janedoe";
    checker.call("docker.users.get", profile, 401, |request| request.basic("janedoe", "wrong"));
    checker.call("docker.users.get", profile, 429, |request| request.basic("janedoe", "wrong"));
    checker.call("gitlab.v3.session.create", "/api/v3/session", 429, |request| {
        request.json(json!({"login": "janedoe", "password": "wrong"}))
    });
}
