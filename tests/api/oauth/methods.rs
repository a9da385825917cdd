//! Wrong methods, paths and content types (SPEC 2, RFC 6749 sections 3.1 and 3.2).

use super::{BOTH_PATHS, EXAMPLE, WIKI, assert_error, auto_approving};

#[test]
fn the_token_endpoints_accept_only_post() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        for path in [paths.token, paths.revoke, paths.introspect] {
            for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
                let fields = [("grant_type", "code"), ("code", code.as_str()), ("token", code.as_str())];
                let call = server.call(method, path).basic(WIKI.id, WIKI.secret.unwrap());
                let answer = if method == "GET" {
                    call.with_query(&format!("?grant_type=code&code={code}&token={code}")).send()
                } else {
                    call.form(&fields).send()
                };
                assert_error(&answer, 405, "invalid_request");
                assert_eq!(answer.all("allow"), ["POST"], "{method} {path}");
            }
            let head = server.call("HEAD", path).send();
            assert_eq!((head.status, head.header("allow"), head.body.as_str()), (405, Some("POST"), ""));
        }
    }
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
}

#[test]
fn the_authorization_endpoint_accepts_get_and_post() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        for method in ["PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = server.call(method, paths.authorize).with_query(&format!("?{}", EXAMPLE.query(""))).send();
            assert_error(&answer, 405, "invalid_request");
            assert_eq!(answer.all("allow"), ["GET, HEAD, POST"]);
        }
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = server.call(method, "/.well-known/oauth-authorization-server").send();
        assert_error(&answer, 405, "invalid_request");
        assert_eq!(answer.all("allow"), ["GET, HEAD"]);
    }
}

#[test]
fn unknown_paths_are_answered_404() {
    let server = auto_approving();
    for path in [
        "/oauth",
        "/oauth/",
        "/oauth/tokens",
        "/oauth/token/info",
        "/oauth/authorize/native",
        "/oauth//token",
        "/api/v1.1/o",
        "/api/v1.1/o/",
        "/api/v1.1/o/tokens/",
        "/api/v1.1/o/token/x/",
        "/api/v1.1/oauth/token/",
        "/api/v1.1/O/token/",
        "/OAUTH/token",
        "/api/v3/oauth/token",
        "/.well-known/",
        "/.well-known/openid-configuration",
    ] {
        for method in ["GET", "POST"] {
            let answer = server.call(method, path).send();
            assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
        }
    }
}

#[test]
fn other_content_types_are_answered_415() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        for path in [paths.token, paths.revoke, paths.introspect] {
            for kind in [
                "text/plain",
                "application/xml",
                "text/html",
                "application/jwt",
                "application/octet-stream",
                "*/*",
                "application/x-www-form-urlencoded; charset=utf-16",
                "multipart/mixed; boundary=X",
                "\"quoted\\\"",
            ] {
                let call = server.post(path).basic(WIKI.id, WIKI.secret.unwrap()).header("Content-Type", kind);
                let answer = call.body(format!("grant_type=code&code={code}&token={code}")).send();
                let description = assert_error(&answer, 415, "invalid_request");
                assert!(!description.contains(&code), "{description}");
            }
        }
    }
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
}
