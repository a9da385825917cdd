//! Permissions, and the order of the checks: 401, 404, 403, 400.

use super::{
    EMAILS, JanesPassword, PROFILE, SCOPES, assert_detail, assert_names_fields, assert_unchanged, call, endpoints,
    test_server, token,
};
use crate::harness::{Response, Server};
use serde_json::json;

#[track_caller]
fn assert_forbidden(answer: &Response) {
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_detail(&answer.json());
}

/// RFC 6750 section 3.1.
#[track_caller]
fn assert_insufficient_scope(answer: &Response, scope: &str) {
    assert_forbidden(answer);
    let challenge = answer.all("www-authenticate").join(", ");
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(&format!(r#"scope="{scope}""#)), "{challenge}");
}

/// Whether a token with this one scope is sufficient: a write scope includes its read scope, `api` includes everything.
fn is_sufficient(scope: &str, required: &str) -> bool {
    scope == "api"
        || scope == required
        || scope.strip_suffix("_write") == Some(required.strip_suffix("_read").unwrap_or(""))
}

#[test]
fn every_endpoint_succeeds_with_its_documented_status() {
    let server = test_server();
    let statuses = [200, 200, 200, 201, 200, 204];
    for (endpoint, status) in endpoints().into_iter().zip(statuses) {
        let answer = call(&server, "janedoe", &endpoint).janes_password().send();
        assert_eq!(answer.status, status, "{endpoint:?}: {answer:?}");
    }
}

#[test]
fn an_unknown_user_is_404() {
    let server = test_server();
    for endpoint in endpoints() {
        let answer = call(&server, "nobody", &endpoint).janes_password().send();
        assert_eq!(answer.status, 404, "{endpoint:?}: {answer:?}");
        assert_detail(&answer.json());
    }
}

#[test]
fn another_users_account_is_403() {
    let server = test_server();
    for endpoint in endpoints() {
        let answer = call(&server, "janedoe", &endpoint).basic("bare", "bare-password").send();
        assert_forbidden(&answer);
        assert!(!answer.body.contains("jane.doe"), "{answer:?}");
        assert_eq!(
            answer.header("www-authenticate"),
            None,
            "a challenge would suggest that another scope helps: {answer:?}"
        );
    }
    assert_unchanged(&server);
}

#[test]
fn administrators_cannot_access_other_users_accounts() {
    let server = test_server();
    for endpoint in endpoints() {
        assert_forbidden(&call(&server, "janedoe", &endpoint).basic("root", "root-password").send());
        assert_forbidden(&call(&server, "janedoe", &endpoint).bearer("root-api-token").send());
    }
    assert_unchanged(&server);
    server.get("/api/v1.1/users/root/").bearer("root-api-token").send().expect(200);
}

#[test]
fn a_blocked_users_account_is_403_to_other_users() {
    let answer = test_server().get("/api/v1.1/users/blocked/").janes_password().send();
    assert_forbidden(&answer);
}

#[test]
fn each_endpoint_requires_its_scope() {
    for scope in SCOPES {
        let server = test_server();
        let mut refused = 0;
        for endpoint in endpoints() {
            let required = endpoint.2;
            let bearer = call(&server, "janedoe", &endpoint).bearer(&token(scope)).send();
            if is_sufficient(scope, required) {
                assert!((200..=204).contains(&bearer.status), "{scope}: {endpoint:?}: {bearer:?}");
            } else {
                assert_insufficient_scope(&bearer, required);
                // A token has the same scopes when it is sent as a Basic password.
                assert_insufficient_scope(
                    &call(&server, "janedoe", &endpoint).basic("janedoe", &token(scope)).send(),
                    required,
                );
                refused += 1;
            }
        }
        let expected = match scope {
            "api" => 0,
            "profile_read" => 5,
            "profile_write" => 4,
            "email_read" => 5,
            "email_write" => 2,
            _ => 6,
        };
        assert_eq!(refused, expected, "{scope}");
        if matches!(scope, "profile_read" | "email_read" | "read_user") {
            assert_unchanged(&server);
        }
    }
}

#[test]
fn a_token_created_on_the_command_line_has_the_given_scopes() {
    let server = Server::on_file(&[]);
    let create = |scopes: &str| {
        let made = server.cli(&["token", "create", "janedoe", "--name", "test", "--scope", scopes]);
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    };
    let both = create("profile_write,email_read");
    server.get(PROFILE).bearer(&both).send().expect(200);
    server.patch(PROFILE).bearer(&both).json(json!({ "company": "Changed" })).send().expect(200);
    server.get(EMAILS).bearer(&both).send().expect(200);
    assert_insufficient_scope(
        &server.post(EMAILS).bearer(&both).json(json!({ "email": "new@example.com" })).send(),
        "email_write",
    );
    let reader = create("profile_read");
    server.get(PROFILE).bearer(&reader).send().expect(200);
    assert_insufficient_scope(
        &server.patch(PROFILE).bearer(&reader).json(json!({ "company": "Again" })).send(),
        "profile_write",
    );
    assert_eq!(server.sql::<String>("SELECT company FROM users WHERE username = 'janedoe'"), "Changed");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE address = 'new@example.com'"), 0);
}

#[test]
fn authentication_is_checked_before_existence_and_body() {
    let server = test_server();
    for user in ["nobody", "janedoe"] {
        assert_eq!(server.get(&format!("/api/v1.1/users/{user}/")).send().status, 401);
        for (method, rest) in [("PATCH", ""), ("POST", "emails/"), ("PATCH", "emails/"), ("DELETE", "emails/")] {
            let path = format!("/api/v1.1/users/{user}/{rest}");
            let broken = server.call(method, &path).header("Content-Type", "application/json").body("{");
            assert_eq!(broken.clone().send().status, 401, "{method} {path}");
            assert_eq!(broken.basic("janedoe", "wrong").send().status, 401, "{method} {path}");
        }
    }
}

#[test]
fn existence_is_checked_before_permission_and_body() {
    let server = test_server();
    for (method, rest, ..) in endpoints() {
        // This token's scope is sufficient for none of the endpoints.
        let call = server.call(method, &format!("/api/v1.1/users/nobody/{rest}")).bearer(&token("read_user"));
        assert_eq!(call.clone().send().status, 404, "{method} {rest}");
        let broken = call.header("Content-Type", "application/json").body("{").send();
        assert_eq!(broken.status, 404, "{method} {rest}");
    }
}

#[test]
fn permission_is_checked_before_the_body() {
    let server = test_server();
    for (method, rest, required, body) in endpoints() {
        if body.is_null() {
            continue;
        }
        for bad in ["{", "[]", r#"{"email": 5, "full_name": 5}"#, "{}"] {
            let other = server.call(method, &format!("/api/v1.1/users/bare/{rest}")).janes_password();
            assert_forbidden(&other.header("Content-Type", "application/json").body(bad).send());
            let own = server.call(method, &format!("/api/v1.1/users/janedoe/{rest}")).bearer(&token("read_user"));
            assert_insufficient_scope(&own.header("Content-Type", "application/json").body(bad).send(), required);
        }
    }
    assert_unchanged(&server);
}

#[test]
fn an_invalid_body_is_400_on_every_endpoint_that_takes_one() {
    let server = test_server();
    for (method, rest, _, body) in endpoints() {
        if body.is_null() {
            continue;
        }
        let path = format!("/api/v1.1/users/janedoe/{rest}");
        let field = if rest.is_empty() { "company" } else { "email" };
        for wrong in [json!(5), json!(true), json!(["a@b.c"]), json!({ "a": "b" })] {
            let answer = server.call(method, &path).janes_password().json(json!({ field: wrong })).send();
            assert_names_fields(&answer.expect(400), &[field]);
        }
        for broken in ["{", "[]", "5", "\"text\""] {
            let call = server.call(method, &path).janes_password().header("Content-Type", "application/json");
            assert_names_fields(&call.body(broken).send().expect(400), &["non_field_errors"]);
        }
    }
    assert_unchanged(&server);
}

#[test]
fn usernames_are_matched_without_case() {
    let server = test_server();
    for endpoint in endpoints() {
        let answer = call(&server, "JaneDOE", &endpoint).janes_password().send();
        assert!((200..=204).contains(&answer.status), "{endpoint:?}: {answer:?}");
        assert_forbidden(&call(&server, "BARE", &endpoint).janes_password().send());
    }
    let user = server.get("/api/v1.1/users/JANEDOE/").janes_password().send().expect(200);
    assert_eq!(user["username"], "janedoe");
    assert_eq!(user["url"], format!("{}{PROFILE}", server.url()));
}
