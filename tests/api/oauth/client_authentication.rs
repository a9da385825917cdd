//! Client authentication (RFC 6749 sections 2.3 and 3.2.1).

use super::{
    Application, BOTH_PATHS, EXAMPLE, PHONE, VERIFIER, WIKI, assert_error, auto_approving, auto_approving_on_file,
    execute,
};
use crate::harness::{Request, Response, Server};
use base64::{Engine, prelude::BASE64_STANDARD};

/// Calls each endpoint with the fields it needs and these. The code and the token do not exist.
fn call_endpoints(server: &Server, fields: &[(&str, &str)], with: impl Fn(Request) -> Request) -> Vec<Response> {
    let code = [("grant_type", "code"), ("code", "never-was-a-code")];
    let token = [("token", "never-was-a-token")];
    let paths = BOTH_PATHS
        .into_iter()
        .flat_map(|paths| [(paths.token, &code[..]), (paths.revoke, &token[..]), (paths.introspect, &token[..])]);
    paths.map(|(path, own)| with(server.post(path).form(&[own, fields].concat())).send()).collect()
}

#[track_caller]
fn assert_authenticated(answers: Vec<Response>) {
    for (answer, expected) in answers.iter().zip([400, 200, 200].into_iter().cycle()) {
        assert_eq!(answer.status, expected, "{answer:?}");
        assert!(expected == 200 || answer.json()["error"] == "invalid_grant", "{answer:?}");
    }
}

#[track_caller]
fn assert_all_refused(answers: Vec<Response>, status: u16, error: &str) {
    for answer in answers {
        assert_error(&answer, status, error);
    }
}

fn basic(id: &str, secret: &str) -> impl Fn(Request) -> Request {
    move |call: Request| call.basic(id, secret)
}

#[test]
fn the_secret_is_accepted_in_basic() {
    let server = auto_approving();
    assert_authenticated(call_endpoints(&server, &[], basic(WIKI.id, "WikiClientSecret")));
    // The id in the body is not a second authentication method.
    assert_authenticated(call_endpoints(&server, &[("client_id", WIKI.id)], basic(WIKI.id, "WikiClientSecret")));
    assert_authenticated(call_endpoints(&server, &[("client_secret", "")], basic(WIKI.id, "WikiClientSecret")));
    let header = format!("basic   {}", BASE64_STANDARD.encode("WikiClientID:WikiClientSecret"));
    assert_authenticated(call_endpoints(&server, &[], |call| call.header("Authorization", &header)));
}

#[test]
fn the_secret_is_accepted_in_the_body() {
    let server = auto_approving();
    assert_authenticated(call_endpoints(
        &server,
        &[("client_id", WIKI.id), ("client_secret", "WikiClientSecret")],
        |call| call,
    ));
}

#[test]
fn the_secret_is_accepted_in_a_json_body() {
    let server = auto_approving();
    let code = EXAMPLE.code(&server, "");
    let body = serde_json::json!({
        "grant_type": "authorization_code", "code": code, "client_id": EXAMPLE.id, "client_secret": EXAMPLE.secret
    });
    server.post("/oauth/token").json(body).send().expect(200);
}

/// RFC 6749 section 2.3.1 requires form encoding for the id and the secret. Most clients do not apply it.
#[test]
fn basic_is_accepted_plain_and_form_encoded() {
    let server = auto_approving_on_file();
    let secret = "a secret%41+of:99% é";
    // The commands never create such a secret, so its hash is stored directly.
    use sha2::{Digest, Sha256};
    let stored = "secret%41+of:99%";
    let hash: String = Sha256::digest(stored).iter().map(|byte| format!("{byte:02x}")).collect();
    execute(
        &server,
        &format!("UPDATE applications SET client_id = 'a:b c', secret_hash = x'{hash}' WHERE name = 'Wiki'"),
    );
    let encoded = "secret%2541%2Bof%3A99%25";
    assert_authenticated(call_endpoints(&server, &[], basic("a%3Ab+c", encoded)));
    assert_authenticated(call_endpoints(&server, &[], basic("a%3ab%20c", encoded)));
    assert_all_refused(call_endpoints(&server, &[], basic("a%3Ab+c", secret)), 401, "invalid_client");
    execute(&server, "UPDATE applications SET client_id = 'plain' WHERE name = 'Wiki'");
    assert_authenticated(call_endpoints(&server, &[], basic("plain", stored)));
    assert_authenticated(call_endpoints(&server, &[], basic("plain", encoded)));
}

/// RFC 6749 section 2.3: "The client MUST NOT use more than one authentication method in each request."
#[test]
fn two_authentication_methods_in_one_request_are_refused() {
    let server = auto_approving();
    let post = [("client_id", WIKI.id), ("client_secret", "WikiClientSecret")];
    assert_all_refused(call_endpoints(&server, &post, basic(WIKI.id, "WikiClientSecret")), 400, "invalid_request");
    assert_all_refused(call_endpoints(&server, &post, basic(EXAMPLE.id, "TestClientSecret")), 400, "invalid_request");
    let other = [("client_id", EXAMPLE.id)];
    assert_all_refused(call_endpoints(&server, &other, basic(WIKI.id, "WikiClientSecret")), 400, "invalid_request");
    let twice = [("client_id", WIKI.id), ("client_secret", "WikiClientSecret"), ("client_secret", "WikiClientSecret")];
    assert_all_refused(call_endpoints(&server, &twice, |call| call), 400, "invalid_request");
}

#[test]
fn all_wrong_credentials_get_the_same_answer() {
    let server = auto_approving();
    let mut bodies = std::collections::BTreeSet::new();
    for (id, secret) in [
        (WIKI.id, "TestClientSecret"),
        (WIKI.id, "wikiclientsecret"),
        (WIKI.id, "WikiClientSecret "),
        (WIKI.id, ""),
        (WIKI.id, "x"),
        (WIKI.id, "\u{e9}"),
        ("wikiclientid", "WikiClientSecret"),
        ("NobodysClientID", "WikiClientSecret"),
        ("", "WikiClientSecret"),
        ("", ""),
        // A public application has no secret.
        (PHONE.id, "WikiClientSecret"),
        (PHONE.id, "anything-at-all"),
        // Users are not applications.
        ("janedoe", "password"),
        ("root", "root-api-token-for-examples"),
    ] {
        let answers = call_endpoints(&server, &[], basic(id, secret));
        let in_body = [("client_id", id), ("client_secret", secret)];
        let posted = call_endpoints(&server, &in_body, |call| call);
        if !id.is_empty() {
            bodies.extend(answers.iter().chain(&posted).map(|answer| answer.body.clone()));
        }
        assert_all_refused(answers, 401, "invalid_client");
        assert_all_refused(posted, 401, "invalid_client");
    }
    // The answer does not reveal whether the id or the secret is wrong.
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_all_refused(call_endpoints(&server, &[("client_id", WIKI.id)], |call| call), 401, "invalid_client");
    assert_all_refused(call_endpoints(&server, &[], |call| call), 401, "invalid_client");
    assert_all_refused(
        call_endpoints(&server, &[("client_secret", "WikiClientSecret")], |call| call),
        401,
        "invalid_client",
    );
}

#[test]
fn a_malformed_authorization_header_is_answered_invalid_client() {
    let server = auto_approving();
    let encoded = BASE64_STANDARD.encode("WikiClientID:WikiClientSecret");
    for header in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic V2lraQ==",
        "Basic /zr/",
        "Bearer",
        "Bearer WikiClientSecret",
        "Bearer root-api-token-for-examples",
        "Digest username=\"WikiClientID\"",
        &format!("Negotiate {encoded}"),
        &encoded,
        &format!("Basic {encoded}{encoded}"),
        &format!("Basic,{encoded}"),
    ] {
        let with = |call: Request| call.header("Authorization", header);
        assert_all_refused(call_endpoints(&server, &[], with), 401, "invalid_client");
        let post = [("client_id", WIKI.id), ("client_secret", "WikiClientSecret")];
        let answers = call_endpoints(&server, &post, with);
        assert!(answers.iter().all(|answer| matches!(answer.status, 400 | 401)), "{header}: {answers:?}");
    }
    let twice = |call: Request| call.basic(WIKI.id, "WikiClientSecret").basic(WIKI.id, "WikiClientSecret");
    assert_all_refused(call_endpoints(&server, &[], twice), 401, "invalid_client");
}

/// RFC 6749 section 2.3.1: "The parameters can only be transmitted in the request-body and MUST NOT be included in the
/// request URI."
#[test]
fn parameters_in_the_query_are_ignored() {
    let server = auto_approving();
    let query = "?client_id=WikiClientID&client_secret=WikiClientSecret";
    assert_all_refused(call_endpoints(&server, &[], |call| call.with_query(query)), 401, "invalid_client");
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        let query = format!("?grant_type=code&code={code}");
        let answer = server.post(paths.token).with_query(&query).basic(WIKI.id, "WikiClientSecret").send();
        assert_error(&answer, 400, "invalid_request");
    }
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
}

#[test]
fn a_public_application_sends_its_id_and_no_secret() {
    let server = auto_approving();
    let exchange = |with: &dyn Fn(Request) -> Request, fields: &[(&str, &str)]| {
        let code = PHONE.code(&server, "");
        let own = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
        with(server.post("/oauth/token").form(&[&own[..], fields].concat())).send()
    };
    exchange(&|call| call, &[("client_id", PHONE.id)]).expect(200);
    exchange(&|call| call, &[("client_id", PHONE.id), ("client_secret", "")]).expect(200);
    exchange(&|call| call.basic(PHONE.id, ""), &[]).expect(200);
    assert_error(&exchange(&|call| call, &[]), 401, "invalid_client");
    assert_error(
        &exchange(&|call| call, &[("client_id", PHONE.id), ("client_secret", "anything")]),
        401,
        "invalid_client",
    );
}

#[test]
fn a_confidential_application_cannot_omit_its_secret() {
    let server = auto_approving();
    let without_secret = Application { secret: None, ..WIKI };
    let code = WIKI.code(&server, super::PKCE);
    assert_error(&without_secret.exchange(&server, &code, &[("code_verifier", VERIFIER)]), 401, "invalid_client");
    let tokens = WIKI.tokens(&server, "api");
    assert_error(&without_secret.refresh(&server, &tokens.refresh, &[]), 401, "invalid_client");
    assert_error(&without_secret.revoke(&server, &tokens.refresh), 401, "invalid_client");
    assert_eq!(super::profile_status(&server, &tokens.access), 200);
}
