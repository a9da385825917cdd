//! Authorization server metadata (RFC 8414), compared with the endpoints.

use super::{DOCKER, EXAMPLE, PHONE, PKCE, VERIFIER, WIKI, auto_approving, send_authorization, start};
use serde_json::{Value, json};

const PATH: &str = "/.well-known/oauth-authorization-server";

#[test]
fn the_metadata_lists_every_endpoint_and_capability() {
    let server = auto_approving();
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

/// From authorization to revocation with only the URLs of the metadata.
#[test]
fn a_client_can_configure_itself_from_the_metadata() {
    let server = auto_approving();
    let metadata = server.get(PATH).send().expect(200);
    let path = |name: &str| metadata[name].as_str().unwrap().strip_prefix(&server.url()).unwrap().to_owned();
    let query = format!("?{}{PKCE}", PHONE.query("&state=s"));
    let redirect = super::Redirect::of(&server.get(&path("authorization_endpoint")).with_query(&query).send(), 302);
    // RFC 9207 section 2.4: `iss` is exactly the issuer of the metadata.
    assert_eq!(redirect.get("iss"), metadata["issuer"]);
    let fields = [("grant_type", "authorization_code"), ("code", redirect.get("code")), ("code_verifier", VERIFIER)];
    let tokens = PHONE.call(&server, &path("token_endpoint"), &fields).send().expect(200);
    let access = tokens["access_token"].as_str().unwrap();
    let introspection = WIKI.call(&server, &path("introspection_endpoint"), &[("token", access)]).send().expect(200);
    assert_eq!((&introspection["active"], &introspection["iss"]), (&json!(true), &metadata["issuer"]));
    PHONE.call(&server, &path("revocation_endpoint"), &[("token", access)]).send().expect(200);
    assert_eq!(super::profile_status(&server, access), 401);
}

#[test]
fn the_listed_scopes_and_authentication_methods_work() {
    let server = auto_approving();
    let metadata = server.get(PATH).send().expect(200);
    let texts = |name: &str| -> Vec<String> { serde_json::from_value::<Vec<String>>(metadata[name].clone()).unwrap() };
    for scope in texts("scopes_supported") {
        let redirect =
            super::Redirect::of(&send_authorization(&server, DOCKER, &WIKI.query(&format!("&scope={scope}"))), 302);
        assert_eq!(redirect.names(), ["code", "iss"], "{scope}");
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
fn all_urls_start_with_the_base_url() {
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
fn credentials_and_forwarding_headers_are_ignored() {
    let server = auto_approving();
    let bodies = [
        server.get(PATH).send(),
        server.get(&format!("{PATH}/")).send(),
        server.get(PATH).bearer("a-token-that-never-existed").send(),
        server.get(PATH).basic("janedoe", "wrong-password").send(),
        server.get(&format!("{PATH}?issuer=https://evil.example")).send(),
        server.get(PATH).header("X-Forwarded-Host", "evil.example").header("X-Forwarded-Proto", "https").send(),
    ];
    let bodies: Vec<Value> = bodies.into_iter().map(|answer| answer.expect(200)).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

/// RFC 8414 section 3.1: the path of the issuer follows the well-known path.
#[test]
fn the_metadata_of_an_issuer_with_a_path_is_also_below_the_well_known_path() {
    let server = start(true, &["--base-url", "https://x.example/accounts"]);
    for path in [PATH.to_owned(), format!("{PATH}/accounts")] {
        let metadata = server.get(&path).send().expect(200);
        assert_eq!(metadata["issuer"], "https://x.example/accounts", "{path}");
        assert_eq!(metadata["token_endpoint"], "https://x.example/accounts/api/v1.1/o/token/", "{path}");
    }
    for path in ["/x.example", "/account", "/ACCOUNTS", "/accounts/x"] {
        assert_eq!(server.get(&format!("{PATH}{path}")).send().status, 404, "{path}");
    }
    let without = auto_approving();
    for path in ["/x", "/127.0.0.1", "//"] {
        assert_eq!(without.get(&format!("{PATH}{path}")).send().status, 404, "{path}");
    }
}
