//! Failed token requests: every error of RFC 6749 section 5.2. `code_exchange.rs` has more about `invalid_grant`,
//! `client_authentication.rs` about `invalid_client`.

use super::{
    BOTH_PATHS, CHALLENGE, EXAMPLE, EndpointPaths, IDLE, PHONE, Tokens, WIKI, assert_error, auto_approving,
    auto_approving_on_file, profile_status,
};
use crate::harness::{Response, Server};

fn post(server: &Server, paths: EndpointPaths, fields: &[(&str, &str)]) -> Response {
    WIKI.call(server, paths.token, fields).send()
}

#[test]
fn missing_and_repeated_fields_are_answered_invalid_request() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    let refresh = WIKI.tokens(&server, "api").refresh;
    for paths in BOTH_PATHS {
        for (fields, word) in [
            (&[][..], "grant_type"),
            (&[("grant_type", "")], "grant_type"),
            (&[("code", &code)], "grant_type"),
            (&[("grant_type", "authorization_code")], "code"),
            (&[("grant_type", "authorization_code"), ("code", "")], "code"),
            (&[("grant_type", "authorization_code"), ("refresh_token", &refresh)], "code"),
            (&[("grant_type", "refresh_token")], "refresh_token"),
            (&[("grant_type", "refresh_token"), ("refresh_token", "")], "refresh_token"),
            (&[("grant_type", "refresh_token"), ("code", &code)], "refresh_token"),
            (&[("grant_type", "code"), ("grant_type", "code"), ("code", &code)], "grant_type"),
            (&[("grant_type", "code"), ("code", &code), ("code", &code)], "code"),
            (&[("grant_type", "code"), ("code", &code), ("redirect_uri", "a"), ("redirect_uri", "b")], "redirect_uri"),
            (
                &[("grant_type", "code"), ("code", &code), ("code_verifier", "a"), ("code_verifier", "b")],
                "code_verifier",
            ),
            (
                &[("grant_type", "refresh_token"), ("refresh_token", &refresh), ("refresh_token", &refresh)],
                "refresh_token",
            ),
            (
                &[("grant_type", "refresh_token"), ("refresh_token", &refresh), ("scope", "api"), ("scope", "api")],
                "scope",
            ),
            (&[("grant_type", "code"), ("code", &code), ("client_id", WIKI.id), ("client_id", WIKI.id)], "client_id"),
            (&[("grant_type", "code"), ("code", &code), ("client_id", EXAMPLE.id)], "client_id"),
        ] {
            let description = assert_error(&post(&server, paths, fields), 400, "invalid_request");
            assert!(description.contains(word), "{fields:?}: {description}");
        }
        for path in [paths.revoke, paths.introspect] {
            for fields in [&[][..], &[("token", "")], &[("token", "a"), ("token", "a")], &[("Token", &code)]] {
                let description = assert_error(&WIKI.call(&server, path, fields).send(), 400, "invalid_request");
                assert!(description.contains("token"), "{description}");
            }
        }
    }
    // The code and the token still work.
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
    assert_eq!(WIKI.refresh(&server, &refresh, &[]).status, 200);
}

#[test]
fn wrong_json_is_answered_invalid_request() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        for body in [
            r#"{"grant_type": 1}"#.to_owned(),
            r#"{"grant_type": ["code"]}"#.into(),
            r#"{"grant_type": {"$ne": ""}}"#.into(),
            r#"{"grant_type": true}"#.into(),
            format!(r#"{{"grant_type": "code", "code": ["{code}"]}}"#),
            format!(r#"{{"grant_type": "code", "code": "{code}", "code": "{code}"}}"#),
            format!(r#"{{"grant_type": "code", "code": "{code}", "redirect_uri": 1}}"#),
            format!(r#"["grant_type", "code", "code", "{code}"]"#),
            format!(r#"{{"grant_type": "code", "code": "{code}""#),
            format!(r#"{{"grant_type": "code", "code": "{code}",}}"#),
            "\"grant_type=code\"".into(),
            "{'grant_type': 'code'}".into(),
            "\u{feff}{}".into(),
        ] {
            let call = server.post(paths.token).basic(WIKI.id, WIKI.secret.unwrap());
            let answer = call.header("Content-Type", "application/json").body(body.clone()).send();
            let description = assert_error(&answer, 400, "invalid_request");
            assert!(!description.contains(&code), "{body}: {description}");
        }
    }
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
}

#[test]
fn wrong_client_credentials_are_answered_invalid_client() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        for path in [paths.token, paths.revoke, paths.introspect] {
            let fields = [("grant_type", "code"), ("code", code.as_str()), ("token", code.as_str())];
            for call in [
                server.post(path),
                server.post(path).basic(WIKI.id, "wrong-secret-of-the-wiki"),
                server.post(path).basic("NobodysClientID", WIKI.secret.unwrap()),
                server.post(path).basic(WIKI.id, EXAMPLE.secret.unwrap()),
            ] {
                let answer = call.form(&fields).send();
                assert_error(&answer, 401, "invalid_client");
                assert_eq!(answer.all("www-authenticate"), [r#"Basic realm="accountd""#]);
            }
        }
    }
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
}

#[test]
fn wrong_codes_and_refresh_tokens_are_answered_invalid_grant() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    let tokens = WIKI.tokens(&server, "api");
    let others = EXAMPLE.code(&server, "");
    let others_tokens = EXAMPLE.tokens(&server, "profile_read");
    for paths in BOTH_PATHS {
        for text in [
            "never-was-a-code",
            &code[..code.len() - 1],
            &format!("{code}A"),
            &code.to_uppercase(),
            &tokens.access,
            &tokens.refresh,
            &others,
            "x",
            "\0",
            "é",
            &"x".repeat(100_000),
            "' OR '1'='1",
        ] {
            let fields = [("grant_type", "authorization_code"), ("code", text)];
            let description = assert_error(&post(&server, paths, &fields), 400, "invalid_grant");
            assert!(!description.contains(text) || text == "x", "{description}");
        }
        let (family, _) = tokens.refresh.split_once('.').unwrap();
        for text in [
            "never-was-a-refresh-token",
            family,
            &format!("{family}."),
            &tokens.access,
            &code,
            &others_tokens.refresh,
            &others_tokens.access,
            "acr_",
            ".",
            "x",
            "\0",
            "é",
            &"x".repeat(100_000),
        ] {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", text)];
            assert_error(&post(&server, paths, &fields), 400, "invalid_grant");
        }
    }
    // All codes and tokens still work.
    assert_eq!(EXAMPLE.exchange(&server, &others, &[]).status, 200);
    assert_eq!(profile_status(&server, &others_tokens.access), 200);
    assert_eq!(EXAMPLE.refresh(&server, &others_tokens.refresh, &[]).status, 200);
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
    assert_eq!(profile_status(&server, &tokens.access), 200);
}

#[test]
fn an_application_without_scopes_is_answered_unauthorized_client() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        for fields in [
            [("grant_type", "authorization_code"), ("code", code.as_str())],
            [("grant_type", "refresh_token"), ("refresh_token", "never-was-a-refresh-token")],
        ] {
            assert_error(&IDLE.call(&server, paths.token, &fields).send(), 400, "unauthorized_client");
        }
        let tokens = WIKI.tokens(&server, "api");
        for token in [&tokens.access, &tokens.refresh] {
            let answer = EXAMPLE.call(&server, paths.revoke, &[("token", token)]).send();
            assert_error(&answer, 400, "unauthorized_client");
        }
        assert_eq!(profile_status(&server, &tokens.access), 200);
        assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
    }
}

/// RFC 9700 section 2.4 forbids the password grant. The others are not supported.
#[test]
fn other_grant_types_are_answered_unsupported_grant_type() {
    let server = auto_approving_on_file();
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        for grant in [
            "password",
            "client_credentials",
            "implicit",
            "token",
            "none",
            "refresh",
            "CODE",
            "Authorization_Code",
            "authorization_code ",
            " authorization_code",
            "authorization_code,refresh_token",
            "authorization_code refresh_token",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:saml2-bearer",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:openid:params:grant-type:ciba",
            "\0",
            "é",
            "💥",
        ] {
            let fields = [
                ("grant_type", grant),
                ("code", code.as_str()),
                ("username", "janedoe"),
                ("password", "password"),
                ("scope", "api"),
                ("assertion", "x"),
                ("subject_token", "x"),
                ("device_code", "x"),
            ];
            assert_error(&post(&server, paths, &fields), 400, "unsupported_grant_type");
            // The same for a public application.
            let by_phone = [&fields[..], &[("client_id", PHONE.id)]].concat();
            assert_error(&server.post(paths.token).form(&by_phone).send(), 400, "unsupported_grant_type");
        }
    }
    assert_eq!(super::count(&server, "tokens WHERE kind = 'oauth'"), 0);
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
}

#[test]
fn scopes_that_were_not_granted_are_answered_invalid_scope() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read email_read");
    for paths in BOTH_PATHS {
        for scope in [
            "api",
            "profile_write",
            "email_write",
            "read_user",
            "profile_read api",
            "sudo",
            "PROFILE_READ",
            "profile_read,email_read",
            "\0",
            "\"",
            "é",
            &"profile_read ".repeat(5000).replace("_", "-"),
        ] {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("scope", scope)];
            assert_error(&post(&server, paths, &fields), 400, "invalid_scope");
        }
    }
    assert_eq!(profile_status(&server, &tokens.access), 200);
    // The token still works.
    let next = Tokens::of(WIKI.refresh(&server, &tokens.refresh, &[("scope", "profile_read")]));
    assert_eq!(profile_status(&server, &next.access), 200);
}

#[test]
fn errors_are_never_redirects() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        for fields in [
            &[("grant_type", "password")][..],
            &[("grant_type", "code"), ("code", "x"), ("redirect_uri", WIKI.uri), ("state", "s")],
            &[("response_type", "code"), ("redirect_uri", WIKI.uri), ("code_challenge", CHALLENGE)],
        ] {
            let answer = post(&server, paths, fields);
            assert_eq!((answer.status, answer.header("location")), (400, None));
        }
    }
}
