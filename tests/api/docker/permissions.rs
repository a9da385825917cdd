//! Who may do what, and in which order it is decided: 401, 404, 403, 400 (SPEC 4).

use super::{AsJane, EMAILS, JANES, SCOPES, call, endpoints, is_detail, names_fields, token, untouched, world};
use crate::harness::{Answer, Server};
use serde_json::json;

#[track_caller]
fn forbidden(answer: &Answer) {
    assert_eq!(answer.status, 403, "{answer:?}");
    is_detail(&answer.json());
}

/// RFC 6750 section 3.1.
#[track_caller]
fn out_of_scope(answer: &Answer, scope: &str) {
    forbidden(answer);
    let challenge = answer.all("www-authenticate").join(", ");
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(&format!(r#"scope="{scope}""#)), "{challenge}");
}

/// Whether a token of this one scope is enough: a write scope includes its read scope, `api` everything.
fn is_enough(scope: &str, wanted: &str) -> bool {
    scope == "api"
        || scope == wanted
        || scope.strip_suffix("_write") == Some(wanted.strip_suffix("_read").unwrap_or(""))
}

#[test]
fn the_documented_success_of_every_endpoint() {
    let server = world();
    let statuses = [200, 200, 200, 201, 200, 204];
    for (endpoint, status) in endpoints().into_iter().zip(statuses) {
        let answer = call(&server, "janedoe", &endpoint).jane().send();
        assert_eq!(answer.status, status, "{endpoint:?}: {answer:?}");
    }
}

#[test]
fn a_user_that_does_not_exist_is_404() {
    let server = world();
    for endpoint in endpoints() {
        let answer = call(&server, "nobody", &endpoint).jane().send();
        assert_eq!(answer.status, 404, "{endpoint:?}: {answer:?}");
        is_detail(&answer.json());
    }
}

#[test]
fn another_user_is_403() {
    let server = world();
    for endpoint in endpoints() {
        let answer = call(&server, "janedoe", &endpoint).basic("bare", "bare-password").send();
        forbidden(&answer);
        assert!(!answer.body.contains("jane.doe"), "{answer:?}");
        assert_eq!(answer.header("www-authenticate"), None, "no other scope would help: {answer:?}");
    }
    untouched(&server);
}

#[test]
fn administrators_are_refused_others_accounts() {
    let server = world();
    for endpoint in endpoints() {
        forbidden(&call(&server, "janedoe", &endpoint).basic("root", "root-password").send());
        forbidden(&call(&server, "janedoe", &endpoint).bearer("root-api-token").send());
    }
    untouched(&server);
    server.get("/api/v1.1/users/root/").bearer("root-api-token").send().expect(200);
}

#[test]
fn a_blocked_user_is_403_to_others_and_not_404() {
    let answer = world().get("/api/v1.1/users/gone/").jane().send();
    forbidden(&answer);
}

#[test]
fn each_endpoint_wants_its_scope() {
    for scope in SCOPES {
        let server = world();
        let mut refused = 0;
        for endpoint in endpoints() {
            let wanted = endpoint.2;
            let bearer = call(&server, "janedoe", &endpoint).bearer(&token(scope)).send();
            if is_enough(scope, wanted) {
                assert!((200..=204).contains(&bearer.status), "{scope}: {endpoint:?}: {bearer:?}");
            } else {
                out_of_scope(&bearer, wanted);
                // A token is the same token where the password goes.
                out_of_scope(&call(&server, "janedoe", &endpoint).basic("janedoe", &token(scope)).send(), wanted);
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
            untouched(&server);
        }
    }
}

#[test]
fn a_token_of_the_command_line_has_the_scopes_it_was_given() {
    let server = Server::on_file(&[]);
    let create = |scopes: &str| {
        let made = server.cli(&["token", "create", "janedoe", "--name", "test", "--scope", scopes]);
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    };
    let both = create("profile_write,email_read");
    server.get(JANES).bearer(&both).send().expect(200);
    server.patch(JANES).bearer(&both).json(json!({ "company": "Changed" })).send().expect(200);
    server.get(EMAILS).bearer(&both).send().expect(200);
    out_of_scope(&server.post(EMAILS).bearer(&both).json(json!({ "email": "new@example.com" })).send(), "email_write");
    let reader = create("profile_read");
    server.get(JANES).bearer(&reader).send().expect(200);
    out_of_scope(&server.patch(JANES).bearer(&reader).json(json!({ "company": "Again" })).send(), "profile_write");
    assert_eq!(server.sql::<String>("SELECT company FROM users WHERE username = 'janedoe'"), "Changed");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE address = 'new@example.com'"), 0);
}

#[test]
fn unauthenticated_comes_before_not_found_and_bad() {
    let server = world();
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
fn not_found_comes_before_forbidden_and_bad() {
    let server = world();
    for (method, rest, ..) in endpoints() {
        // This token's scope is enough for none of them.
        let call = server.call(method, &format!("/api/v1.1/users/nobody/{rest}")).bearer(&token("read_user"));
        assert_eq!(call.clone().send().status, 404, "{method} {rest}");
        let broken = call.header("Content-Type", "application/json").body("{").send();
        assert_eq!(broken.status, 404, "{method} {rest}");
    }
}

#[test]
fn forbidden_comes_before_bad() {
    let server = world();
    for (method, rest, wanted, body) in endpoints() {
        if body.is_null() {
            continue;
        }
        for bad in ["{", "[]", r#"{"email": 5, "full_name": 5}"#, "{}"] {
            let other = server.call(method, &format!("/api/v1.1/users/bare/{rest}")).jane();
            forbidden(&other.header("Content-Type", "application/json").body(bad).send());
            let own = server.call(method, &format!("/api/v1.1/users/janedoe/{rest}")).bearer(&token("read_user"));
            out_of_scope(&own.header("Content-Type", "application/json").body(bad).send(), wanted);
        }
    }
    untouched(&server);
}

#[test]
fn bad_data_is_400_on_every_endpoint_that_takes_some() {
    let server = world();
    for (method, rest, _, body) in endpoints() {
        if body.is_null() {
            continue;
        }
        let path = format!("/api/v1.1/users/janedoe/{rest}");
        let field = if rest.is_empty() { "company" } else { "email" };
        for wrong in [json!(5), json!(true), json!(["a@b.c"]), json!({ "a": "b" })] {
            let answer = server.call(method, &path).jane().json(json!({ field: wrong })).send();
            names_fields(&answer.expect(400), &[field]);
        }
        for broken in ["{", "[]", "5", "\"text\""] {
            let call = server.call(method, &path).jane().header("Content-Type", "application/json");
            names_fields(&call.body(broken).send().expect(400), &["non_field_errors"]);
        }
    }
    untouched(&server);
}

#[test]
fn user_names_are_matched_without_case() {
    let server = world();
    for endpoint in endpoints() {
        let answer = call(&server, "JaneDOE", &endpoint).jane().send();
        assert!((200..=204).contains(&answer.status), "{endpoint:?}: {answer:?}");
        forbidden(&call(&server, "BARE", &endpoint).jane().send());
    }
    let user = server.get("/api/v1.1/users/JANEDOE/").jane().send().expect(200);
    assert_eq!(user["username"], "janedoe");
    assert_eq!(user["url"], format!("{}{JANES}", server.url()));
}
