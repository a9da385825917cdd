//! `/users/:username/emails/`: listing, adding and deleting.

use super::{EMAILS, JanesPassword, assert_detail, assert_names_fields, assert_unchanged, emails, test_server, user};
use crate::harness::{JANE, Response, Server};
use serde_json::{Value, json};

fn add(server: &Server, address: &str) -> Response {
    server.post(EMAILS).janes_password().json(json!({ "email": address })).send()
}

fn delete(server: &Server, address: &str) -> Response {
    server.delete(EMAILS).janes_password().json(json!({ "email": address })).send()
}

fn addresses(server: &Server) -> Vec<String> {
    let emails = emails(server);
    emails.as_array().unwrap().iter().map(|email| email["email"].as_str().unwrap().to_owned()).collect()
}

/// An address of exactly this many characters, with a local part within the 64 of RFC 5321 and labels within DNS's 63.
fn address_of(length: usize) -> String {
    let domain = length - 65;
    let labels = format!("{}.", "d".repeat(60)).repeat(3);
    format!("{}@{labels}{}", "a".repeat(64), "e".repeat(domain - labels.len()))
}

#[test]
fn the_list_starts_with_the_primary_address_and_continues_in_order_of_id() {
    let server = test_server();
    for new in ["zzz@example.com", "aaa@example.com"] {
        let added = add(&server, new).expect(201);
        assert_eq!(added.to_string(), json!({ "email": new, "verified": false, "primary": false }).to_string());
    }
    // The fixture lists the secondary address first.
    let expected = json!([
        { "email": "jane.doe@example.com", "verified": true, "primary": true },
        { "email": "second@example.com", "verified": false, "primary": false },
        { "email": "zzz@example.com", "verified": false, "primary": false },
        { "email": "aaa@example.com", "verified": false, "primary": false },
    ]);
    assert_eq!(emails(&server).to_string(), expected.to_string());
}

#[test]
fn a_new_address_is_unverified_and_secondary_whatever_the_request_says() {
    let server = test_server();
    let body = json!({ "email": "new@example.com", "verified": true, "primary": true });
    let added = server.post(EMAILS).janes_password().json(body).send().expect(201);
    assert_eq!(added, json!({ "email": "new@example.com", "verified": false, "primary": false }));
    assert_eq!(user(&server)["email"], "jane.doe@example.com");
    assert_eq!(addresses(&server), ["jane.doe@example.com", "second@example.com", "new@example.com"]);
}

#[test]
fn a_taken_address_is_400_in_any_case() {
    let server = test_server();
    for taken in [
        "jane.doe@example.com",
        "JANE.DOE@EXAMPLE.COM",
        "second@example.com",
        "Second@Example.com",
        "bare@example.com",
        "Bare@EXAMPLE.com",
        "blocked@example.com",
    ] {
        assert_names_fields(&add(&server, taken).expect(400), &["email"]);
    }
    assert_unchanged(&server);
    // Another user cannot add an address of janedoe's.
    let other = server.post("/api/v1.1/users/bare/emails/").basic("bare", "bare-password");
    assert_names_fields(&other.json(json!({ "email": "SECOND@example.com" })).send().expect(400), &["email"]);
}

#[test]
fn a_malformed_address_is_400() {
    let server = test_server();
    for bad in [
        "",
        " ",
        "jane",
        "@",
        "jane@",
        "@example.com",
        "jane doe@example.com",
        "jane@example..com",
        "jane@exa mple.com",
        "jane@@example.com",
        "jane@example.com\n",
        "jane@example.com\r\nBcc: other@example.com",
        "jane\0@example.com",
        "Jane <jane@example.com>",
        "jane@example.com,other@example.com",
        ".jane@example.com",
        "jane.@example.com",
        "ja..ne@example.com",
    ] {
        let answer = add(&server, bad);
        assert_eq!(answer.status, 400, "{bad:?}: {answer:?}");
        assert_names_fields(&answer.json(), &["email"]);
    }
    assert_unchanged(&server);
}

#[test]
fn an_address_is_required() {
    let server = test_server();
    for body in [json!({}), json!({ "e-mail": "new@example.com" }), json!({ "email": null })] {
        assert_names_fields(&server.post(EMAILS).janes_password().json(body.clone()).send().expect(400), &["email"]);
        assert_names_fields(&server.patch(EMAILS).janes_password().json(body.clone()).send().expect(400), &["email"]);
        assert_names_fields(&server.delete(EMAILS).janes_password().json(body).send().expect(400), &["email"]);
    }
    assert_names_fields(&server.post(EMAILS).janes_password().send().expect(400), &["email"]);
    assert_names_fields(&server.delete(EMAILS).janes_password().send().expect(400), &["email"]);
    assert_unchanged(&server);
}

#[test]
fn an_address_has_at_most_254_characters() {
    let server = test_server();
    let (longest, longer) = (address_of(254), address_of(255));
    assert_eq!((longest.len(), longer.len()), (254, 255));
    assert_names_fields(&add(&server, &longer).expect(400), &["email"]);
    assert_eq!(add(&server, &longest).expect(201)["email"], longest);
    assert_eq!(addresses(&server)[2], longest);
}

#[test]
fn addresses_are_stored_as_written() {
    let server = test_server();
    for good in ["jane+a.b@example.com", "o'doe@example.co.uk", "j_d-1@sub.example.com", "UPPER@Example.COM"] {
        assert_eq!(add(&server, good).expect(201)["email"], good);
        assert_eq!(addresses(&server).last().unwrap(), good);
    }
}

#[test]
fn a_deleted_address_is_gone_and_free_again() {
    let server = test_server();
    let answer = delete(&server, "second@example.com");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), None);
    assert_eq!(addresses(&server), ["jane.doe@example.com"]);
    assert_detail(&delete(&server, "second@example.com").expect(404));
    // Another user can add it now.
    let other = server.post("/api/v1.1/users/bare/emails/").basic("bare", "bare-password");
    other.json(json!({ "email": "second@example.com" })).send().expect(201);
}

#[test]
fn delete_matches_without_case() {
    let server = test_server();
    delete(&server, "SECOND@Example.com").expect(204);
    assert_eq!(addresses(&server), ["jane.doe@example.com"]);
}

#[test]
fn the_primary_address_cannot_be_deleted() {
    let server = test_server();
    for address in ["jane.doe@example.com", "Jane.Doe@Example.com"] {
        assert_names_fields(&delete(&server, address).expect(400), &["email"]);
        let query = server.delete(&format!("{EMAILS}?email={address}")).janes_password().send();
        assert_names_fields(&query.expect(400), &["email"]);
    }
    assert_unchanged(&server);
}

#[test]
fn an_address_that_is_not_the_users_is_404() {
    let server = test_server();
    // Unknown addresses, another user's, and text that is not an address.
    for address in ["nobody@example.com", "bare@example.com", "BARE@example.com", "blocked@example.com", "no address"] {
        assert_detail(&delete(&server, address).expect(404));
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("email", address).finish();
        assert_detail(&server.delete(&format!("{EMAILS}?{query}")).janes_password().send().expect(404));
        for change in [json!({ "email": address, "verified": true }), json!({ "email": address, "primary": true })] {
            assert_detail(&server.patch(EMAILS).janes_password().json(change).send().expect(404));
        }
    }
    assert_unchanged(&server);
    let other = server.get("/api/v1.1/users/bare/emails/").basic("bare", "bare-password").send().expect(200);
    assert_eq!(other, json!([{ "email": "bare@example.com", "verified": true, "primary": true }]));
}

#[test]
fn delete_accepts_the_address_in_the_query() {
    let server = test_server();
    add(&server, "jane+query@example.com").expect(201);
    // A plus in a query is a space (WHATWG URL section 5.1), so this names a different address.
    let unencoded = server.delete(&format!("{EMAILS}?email=jane+query@example.com")).janes_password().send();
    assert_eq!(unencoded.status, 404, "{unencoded:?}");
    let answer = server.delete(&format!("{EMAILS}?x=y&email=jane%2Bquery%40example.com")).janes_password().send();
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    // The path without its trailing slash is the same resource.
    let path = EMAILS.trim_end_matches('/');
    server.delete(&format!("{path}?email=second@example.com")).janes_password().send().expect(204);
    assert_eq!(addresses(&server), ["jane.doe@example.com"]);
}

#[test]
fn the_database_contains_what_the_responses_said() {
    let server = Server::on_file(&[]);
    let rows = || -> Value {
        let rows = "SELECT json_group_array(json_array(address, verified, emails.id = primary_email_id))
                    FROM (SELECT * FROM emails ORDER BY id) emails JOIN users ON users.id = user_id WHERE user_id = 2";
        serde_json::from_str(&server.sql::<String>(rows)).unwrap()
    };
    let post = |body: Value| server.post(EMAILS).bearer(JANE).json(body).send();
    post(json!({ "email": "jane.doe+other@example.com" })).expect(201);
    post(json!({ "email": "third@example.com" })).expect(201);
    post(json!({ "email": "JACK@example.com" })).expect(400);
    post(json!({ "email": "jack" })).expect(400);
    let added =
        json!([["jane.doe@example.com", 1, 1], ["jane.doe+other@example.com", 0, 0], ["third@example.com", 0, 0]]);
    assert_eq!(rows(), added);

    let patch = |body: Value| server.patch(EMAILS).bearer(JANE).json(body).send();
    patch(json!({ "email": "third@example.com", "verified": true, "primary": true })).expect(200);
    patch(json!({ "email": "jack@example.com", "primary": true })).expect(404);
    patch(json!({ "email": "jane.doe+other@example.com", "verified": true, "primary": false })).expect(400);
    let moved =
        json!([["jane.doe@example.com", 1, 0], ["jane.doe+other@example.com", 0, 0], ["third@example.com", 1, 1]]);
    assert_eq!(rows(), moved);

    let delete = |address: &str| server.delete(EMAILS).bearer(JANE).json(json!({ "email": address })).send();
    delete("third@example.com").expect(400);
    delete("jack@example.com").expect(404);
    delete("jane.doe@example.com").expect(204);
    assert_eq!(rows(), json!([["jane.doe+other@example.com", 0, 0], ["third@example.com", 1, 1]]));
    // The other four users still have theirs.
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE user_id <> 2"), 4);
    assert_eq!(server.sql::<String>("PRAGMA integrity_check"), "ok");
    let violations = "SELECT count(*) FROM pragma_foreign_key_check";
    assert_eq!(server.sql::<i64>(violations), 0);
}
