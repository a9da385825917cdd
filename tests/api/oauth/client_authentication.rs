//! How an application says who it is (RFC 6749 sections 2.3 and 3.2.1).

use super::{App, BOTH, EXAMPLE, PHONE, VERIFIER, WIKI, change, in_memory, on_file, refused};
use crate::harness::{Answer, Call, Server};
use base64::{Engine, prelude::BASE64_STANDARD};

/// A call of each endpoint with these fields beside those that it needs; the token is one that nobody has.
fn each(server: &Server, fields: &[(&str, &str)], with: impl Fn(Call) -> Call) -> Vec<Answer> {
    let code = [("grant_type", "code"), ("code", "never-was-a-code")];
    let token = [("token", "never-was-a-token")];
    let paths = BOTH
        .into_iter()
        .flat_map(|names| [(names.token, &code[..]), (names.revoke, &token[..]), (names.introspect, &token[..])]);
    paths.map(|(path, own)| with(server.post(path).form(&[own, fields].concat())).send()).collect()
}

#[track_caller]
fn all_known(answers: Vec<Answer>) {
    for (answer, expected) in answers.iter().zip([400, 200, 200].into_iter().cycle()) {
        assert_eq!(answer.status, expected, "{answer:?}");
        assert!(expected == 200 || answer.json()["error"] == "invalid_grant", "{answer:?}");
    }
}

#[track_caller]
fn all_refused(answers: Vec<Answer>, status: u16, error: &str) {
    for answer in answers {
        refused(&answer, status, error);
    }
}

fn basic(id: &str, secret: &str) -> impl Fn(Call) -> Call {
    move |call: Call| call.basic(id, secret)
}

#[test]
fn client_secret_basic() {
    let server = in_memory();
    all_known(each(&server, &[], basic(WIKI.id, "WikiClientSecret")));
    // Naming oneself once more is no second way.
    all_known(each(&server, &[("client_id", WIKI.id)], basic(WIKI.id, "WikiClientSecret")));
    all_known(each(&server, &[("client_secret", "")], basic(WIKI.id, "WikiClientSecret")));
    let header = format!("basic   {}", BASE64_STANDARD.encode("WikiClientID:WikiClientSecret"));
    all_known(each(&server, &[], |call| call.header("Authorization", &header)));
}

#[test]
fn client_secret_post() {
    let server = in_memory();
    all_known(each(&server, &[("client_id", WIKI.id), ("client_secret", "WikiClientSecret")], |call| call));
}

#[test]
fn client_secret_post_in_json() {
    let server = in_memory();
    let code = EXAMPLE.code(&server, "");
    let body = serde_json::json!({
        "grant_type": "authorization_code", "code": code, "client_id": EXAMPLE.id, "client_secret": EXAMPLE.secret
    });
    server.post("/oauth/token").json(body).send().expect(200);
}

/// RFC 6749 section 2.3.1 has both parts form-encoded; most clients don't.
#[test]
fn basic_may_be_form_encoded() {
    let server = on_file();
    let secret = "a secret%41+of:99% é";
    // The secret's hash is put in place, since the command line makes other secrets.
    use sha2::{Digest, Sha256};
    let stored = "secret%41+of:99%";
    let hash: String = Sha256::digest(stored).iter().map(|byte| format!("{byte:02x}")).collect();
    change(
        &server,
        &format!("UPDATE applications SET client_id = 'a:b c', secret_hash = x'{hash}' WHERE name = 'Wiki'"),
    );
    let encoded = "secret%2541%2Bof%3A99%25";
    all_known(each(&server, &[], basic("a%3Ab+c", encoded)));
    all_known(each(&server, &[], basic("a%3ab%20c", encoded)));
    all_refused(each(&server, &[], basic("a%3Ab+c", secret)), 401, "invalid_client");
    change(&server, "UPDATE applications SET client_id = 'plain' WHERE name = 'Wiki'");
    all_known(each(&server, &[], basic("plain", stored)));
    all_known(each(&server, &[], basic("plain", encoded)));
}

/// RFC 6749 section 2.3: "The client MUST NOT use more than one authentication method in each request."
#[test]
fn two_ways_at_once_are_refused() {
    let server = in_memory();
    let post = [("client_id", WIKI.id), ("client_secret", "WikiClientSecret")];
    all_refused(each(&server, &post, basic(WIKI.id, "WikiClientSecret")), 400, "invalid_request");
    all_refused(each(&server, &post, basic(EXAMPLE.id, "TestClientSecret")), 400, "invalid_request");
    let other = [("client_id", EXAMPLE.id)];
    all_refused(each(&server, &other, basic(WIKI.id, "WikiClientSecret")), 400, "invalid_request");
    let twice = [("client_id", WIKI.id), ("client_secret", "WikiClientSecret"), ("client_secret", "WikiClientSecret")];
    all_refused(each(&server, &twice, |call| call), 400, "invalid_request");
}

#[test]
fn wrong_credentials_are_all_alike() {
    let server = in_memory();
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
        // A public application has none to show.
        (PHONE.id, "WikiClientSecret"),
        (PHONE.id, "anything-at-all"),
        // Users are no applications.
        ("janedoe", "password"),
        ("root", "root-api-token-for-examples"),
    ] {
        let answers = each(&server, &[], basic(id, secret));
        let in_body = [("client_id", id), ("client_secret", secret)];
        let posted = each(&server, &in_body, |call| call);
        if !id.is_empty() {
            bodies.extend(answers.iter().chain(&posted).map(|answer| answer.body.clone()));
        }
        all_refused(answers, 401, "invalid_client");
        all_refused(posted, 401, "invalid_client");
    }
    // Whether it is the id or the secret is not told.
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    all_refused(each(&server, &[("client_id", WIKI.id)], |call| call), 401, "invalid_client");
    all_refused(each(&server, &[], |call| call), 401, "invalid_client");
    all_refused(each(&server, &[("client_secret", "WikiClientSecret")], |call| call), 401, "invalid_client");
}

#[test]
fn an_authorization_header_that_cannot_be_read_is_no_client() {
    let server = in_memory();
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
        let with = |call: Call| call.header("Authorization", header);
        all_refused(each(&server, &[], with), 401, "invalid_client");
        let post = [("client_id", WIKI.id), ("client_secret", "WikiClientSecret")];
        let answers = each(&server, &post, with);
        assert!(answers.iter().all(|answer| matches!(answer.status, 400 | 401)), "{header}: {answers:?}");
    }
    let twice = |call: Call| call.basic(WIKI.id, "WikiClientSecret").basic(WIKI.id, "WikiClientSecret");
    all_refused(each(&server, &[], twice), 401, "invalid_client");
}

/// RFC 6749 section 2.3.1: "The parameters can only be transmitted in the request-body and MUST NOT be included in the
/// request URI."
#[test]
fn nothing_of_it_is_read_from_the_query() {
    let server = in_memory();
    let query = "?client_id=WikiClientID&client_secret=WikiClientSecret";
    all_refused(each(&server, &[], |call| call.with_query(query)), 401, "invalid_client");
    let code = WIKI.code(&server, "");
    for names in BOTH {
        let query = format!("?grant_type=code&code={code}");
        let answer = server.post(names.token).with_query(&query).basic(WIKI.id, "WikiClientSecret").send();
        refused(&answer, 400, "invalid_request");
    }
    assert_eq!(WIKI.redeem(&server, &code, &[]).status, 200);
}

#[test]
fn a_public_application_says_only_its_name() {
    let server = in_memory();
    let redeem = |with: &dyn Fn(Call) -> Call, fields: &[(&str, &str)]| {
        let code = PHONE.code(&server, "");
        let own = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
        with(server.post("/oauth/token").form(&[&own[..], fields].concat())).send()
    };
    redeem(&|call| call, &[("client_id", PHONE.id)]).expect(200);
    redeem(&|call| call, &[("client_id", PHONE.id), ("client_secret", "")]).expect(200);
    redeem(&|call| call.basic(PHONE.id, ""), &[]).expect(200);
    refused(&redeem(&|call| call, &[]), 401, "invalid_client");
    refused(&redeem(&|call| call, &[("client_id", PHONE.id), ("client_secret", "anything")]), 401, "invalid_client");
}

/// An application with a secret cannot pass for a public one.
#[test]
fn the_name_of_an_application_with_a_secret_is_not_enough() {
    let server = in_memory();
    let open = App { secret: None, ..WIKI };
    let code = WIKI.code(&server, super::PKCE);
    refused(&open.redeem(&server, &code, &[("code_verifier", VERIFIER)]), 401, "invalid_client");
    let tokens = WIKI.tokens(&server, "api");
    refused(&open.refresh(&server, &tokens.refresh, &[]), 401, "invalid_client");
    refused(&open.revoke(&server, &tokens.refresh), 401, "invalid_client");
    assert_eq!(super::profile(&server, &tokens.access), 200);
}
