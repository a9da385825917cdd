//! Metadata (RFC 8414), held against the endpoints that really answer.

use super::{DOCKER, EXAMPLE, PHONE, PKCE, VERIFIER, WIKI, ask, in_memory, start};
use serde_json::{Value, json};

const PATH: &str = "/.well-known/oauth-authorization-server";

#[test]
fn it_is_whole() {
    let server = in_memory();
    let url = server.url();
    let answer = server.get(PATH).send();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let all = ["profile_read", "profile_write", "email_read", "email_write", "read_user", "read_api", "api"];
    let expected = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/api/v1.1/o/authorize/"),
        "token_endpoint": format!("{url}/api/v1.1/o/token/"),
        "revocation_endpoint": format!("{url}/api/v1.1/o/revoke_token/"),
        "introspection_endpoint": format!("{url}/api/v1.1/o/introspect/"),
        "scopes_supported": all,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
    });
    assert_eq!(answer.expect(200), expected);
}

/// A client that knows nothing but the metadata gets to a profile and out again.
#[test]
fn a_client_can_live_on_it() {
    let server = in_memory();
    let metadata = server.get(PATH).send().expect(200);
    let path = |name: &str| metadata[name].as_str().unwrap().strip_prefix(&server.url()).unwrap().to_owned();
    let query = format!("?{}{PKCE}", PHONE.query("&state=s"));
    let back = super::Back::of(&server.get(&path("authorization_endpoint")).with_query(&query).send(), 302);
    // RFC 9207 section 2.4: the issuer of the answer is the metadata's, character for character.
    assert_eq!(back.get("iss"), metadata["issuer"]);
    let fields = [("grant_type", "authorization_code"), ("code", back.get("code")), ("code_verifier", VERIFIER)];
    let tokens = PHONE.call(&server, &path("token_endpoint"), &fields).send().expect(200);
    let access = tokens["access_token"].as_str().unwrap();
    let told = WIKI.call(&server, &path("introspection_endpoint"), &[("token", access)]).send().expect(200);
    assert_eq!((&told["active"], &told["iss"]), (&json!(true), &metadata["issuer"]));
    PHONE.call(&server, &path("revocation_endpoint"), &[("token", access)]).send().expect(200);
    assert_eq!(super::profile(&server, access), 401);
}

#[test]
fn what_it_says_of_scopes_and_methods_is_so() {
    let server = in_memory();
    let metadata = server.get(PATH).send().expect(200);
    let texts = |name: &str| -> Vec<String> { serde_json::from_value::<Vec<String>>(metadata[name].clone()).unwrap() };
    for scope in texts("scopes_supported") {
        let back = super::Back::of(&ask(&server, DOCKER, &WIKI.query(&format!("&scope={scope}"))), 302);
        assert_eq!(back.names(), ["code", "iss"], "{scope}");
    }
    for method in texts("token_endpoint_auth_methods_supported") {
        let app = if method == "none" { PHONE } else { EXAMPLE };
        let code = app.code(&server, PKCE);
        let own = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
        let secret = [("client_id", app.id), ("client_secret", app.secret.unwrap_or_default())];
        let call = server.post(DOCKER.token);
        let call = match method.as_str() {
            "client_secret_basic" => call.form(&own).basic(app.id, app.secret.unwrap()),
            "client_secret_post" => call.form(&[&own[..], &secret].concat()),
            "none" => call.form(&[&own[..], &secret[..1]].concat()),
            other => panic!("{other}"),
        };
        call.send().expect(200);
    }
}

#[test]
fn it_is_below_the_base_url() {
    let server = start(true, &["--base-url", "https://accounts.example.com/"]);
    let metadata = server.get(PATH).header("Host", "evil.example").send().expect(200);
    assert_eq!(metadata["issuer"], "https://accounts.example.com");
    let prefix = "https://accounts.example.com/";
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") {
            assert!(value.as_str().unwrap().starts_with(prefix), "{name}: {value}");
        }
    }
}

#[test]
fn it_needs_no_credential_and_bears_any() {
    let server = in_memory();
    let bodies = [
        server.get(PATH).send(),
        server.get(&format!("{PATH}/")).send(),
        server.get(PATH).bearer("no-token-of-anybody").send(),
        server.get(PATH).basic("janedoe", "wrong-password").send(),
        server.get(&format!("{PATH}?issuer=https://evil.example")).send(),
        server.get(PATH).header("X-Forwarded-Host", "evil.example").header("X-Forwarded-Proto", "https").send(),
    ];
    let bodies: Vec<Value> = bodies.into_iter().map(|answer| answer.expect(200)).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

/// RFC 8414 section 3.1: the path of an issuer that has one comes after the well-known one.
#[test]
fn an_issuer_with_a_path_has_it_at_the_end() {
    let server = start(true, &["--base-url", "https://x.example/accounts"]);
    for path in [PATH.to_owned(), format!("{PATH}/accounts")] {
        let metadata = server.get(&path).send().expect(200);
        assert_eq!(metadata["issuer"], "https://x.example/accounts", "{path}");
        assert_eq!(metadata["token_endpoint"], "https://x.example/accounts/api/v1.1/o/token/", "{path}");
    }
    for path in ["/x.example", "/account", "/ACCOUNTS", "/accounts/x"] {
        assert_eq!(server.get(&format!("{PATH}{path}")).send().status, 404, "{path}");
    }
    let without = in_memory();
    for path in ["/x", "/127.0.0.1", "//"] {
        assert_eq!(without.get(&format!("{PATH}{path}")).send().status, 404, "{path}");
    }
}
