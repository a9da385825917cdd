//! `/users/:username/emails/`: listing, adding and deleting.

use super::{AsJane, EMAILS, emails, is_detail, names_fields, untouched, user, world};
use crate::harness::{Answer, JANE, Server};
use serde_json::{Value, json};

fn add(server: &Server, address: &str) -> Answer {
    server.post(EMAILS).jane().json(json!({ "email": address })).send()
}

fn delete(server: &Server, address: &str) -> Answer {
    server.delete(EMAILS).jane().json(json!({ "email": address })).send()
}

fn addresses(server: &Server) -> Vec<String> {
    let emails = emails(server);
    emails.as_array().unwrap().iter().map(|email| email["email"].as_str().unwrap().to_owned()).collect()
}

/// An address of exactly this many characters, its parts within RFC 5321's 64 and its labels within DNS's 63.
fn address_of(length: usize) -> String {
    let domain = length - 65;
    let labels = format!("{}.", "d".repeat(60)).repeat(3);
    format!("{}@{labels}{}", "a".repeat(64), "e".repeat(domain - labels.len()))
}

#[test]
fn the_primary_address_is_first_and_then_the_oldest() {
    let server = world();
    for new in ["zzz@example.com", "aaa@example.com"] {
        let added = add(&server, new).expect(201);
        assert_eq!(added.to_string(), json!({ "email": new, "verified": false, "primary": false }).to_string());
    }
    // In the fixture the second address comes first.
    let expected = json!([
        { "email": "jane.doe@example.com", "verified": true, "primary": true },
        { "email": "second@example.com", "verified": false, "primary": false },
        { "email": "zzz@example.com", "verified": false, "primary": false },
        { "email": "aaa@example.com", "verified": false, "primary": false },
    ]);
    assert_eq!(emails(&server).to_string(), expected.to_string());
}

#[test]
fn a_new_address_is_neither_verified_nor_primary_whatever_comes_with_it() {
    let server = world();
    let body = json!({ "email": "new@example.com", "verified": true, "primary": true });
    let added = server.post(EMAILS).jane().json(body).send().expect(201);
    assert_eq!(added, json!({ "email": "new@example.com", "verified": false, "primary": false }));
    assert_eq!(user(&server)["email"], "jane.doe@example.com");
    assert_eq!(addresses(&server), ["jane.doe@example.com", "second@example.com", "new@example.com"]);
}

#[test]
fn a_taken_address_is_400_whoever_has_it_and_in_whatever_case() {
    let server = world();
    for taken in [
        "jane.doe@example.com",
        "JANE.DOE@EXAMPLE.COM",
        "second@example.com",
        "Second@Example.com",
        "bare@example.com",
        "Bare@EXAMPLE.com",
        "gone@example.com",
    ] {
        names_fields(&add(&server, taken).expect(400), &["email"]);
    }
    untouched(&server);
    // What janedoe has, nobody else can.
    let other = server.post("/api/v1.1/users/bare/emails/").basic("bare", "bare-password");
    names_fields(&other.json(json!({ "email": "SECOND@example.com" })).send().expect(400), &["email"]);
}

#[test]
fn a_malformed_address_is_400() {
    let server = world();
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
        names_fields(&answer.json(), &["email"]);
    }
    untouched(&server);
}

#[test]
fn an_address_is_required() {
    let server = world();
    for body in [json!({}), json!({ "e-mail": "new@example.com" }), json!({ "email": null })] {
        names_fields(&server.post(EMAILS).jane().json(body.clone()).send().expect(400), &["email"]);
        names_fields(&server.patch(EMAILS).jane().json(body.clone()).send().expect(400), &["email"]);
        names_fields(&server.delete(EMAILS).jane().json(body).send().expect(400), &["email"]);
    }
    names_fields(&server.post(EMAILS).jane().send().expect(400), &["email"]);
    names_fields(&server.delete(EMAILS).jane().send().expect(400), &["email"]);
    untouched(&server);
}

#[test]
fn an_address_has_254_characters_at_most() {
    let server = world();
    let (longest, longer) = (address_of(254), address_of(255));
    assert_eq!((longest.len(), longer.len()), (254, 255));
    names_fields(&add(&server, &longer).expect(400), &["email"]);
    assert_eq!(add(&server, &longest).expect(201)["email"], longest);
    assert_eq!(addresses(&server)[2], longest);
}

#[test]
fn addresses_with_a_plus_and_an_apostrophe_are_kept_as_they_are() {
    let server = world();
    for good in ["jane+a.b@example.com", "o'doe@example.co.uk", "j_d-1@sub.example.com", "UPPER@Example.COM"] {
        assert_eq!(add(&server, good).expect(201)["email"], good);
        assert_eq!(addresses(&server).last().unwrap(), good);
    }
}

#[test]
fn delete_takes_the_address_away() {
    let server = world();
    let answer = delete(&server, "second@example.com");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), None);
    assert_eq!(addresses(&server), ["jane.doe@example.com"]);
    is_detail(&delete(&server, "second@example.com").expect(404));
    // It is free again, for anybody.
    let other = server.post("/api/v1.1/users/bare/emails/").basic("bare", "bare-password");
    other.json(json!({ "email": "second@example.com" })).send().expect(201);
}

#[test]
fn delete_matches_without_case() {
    let server = world();
    delete(&server, "SECOND@Example.com").expect(204);
    assert_eq!(addresses(&server), ["jane.doe@example.com"]);
}

#[test]
fn the_primary_address_cannot_be_deleted() {
    let server = world();
    for address in ["jane.doe@example.com", "Jane.Doe@Example.com"] {
        names_fields(&delete(&server, address).expect(400), &["email"]);
        let query = server.delete(&format!("{EMAILS}?email={address}")).jane().send();
        names_fields(&query.expect(400), &["email"]);
    }
    untouched(&server);
}

#[test]
fn an_address_that_is_not_the_users_is_404() {
    let server = world();
    // Unknown, another user's, and none at all.
    for address in ["nobody@example.com", "bare@example.com", "BARE@example.com", "gone@example.com", "no address"] {
        is_detail(&delete(&server, address).expect(404));
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("email", address).finish();
        is_detail(&server.delete(&format!("{EMAILS}?{query}")).jane().send().expect(404));
        for change in [json!({ "email": address, "verified": true }), json!({ "email": address, "primary": true })] {
            is_detail(&server.patch(EMAILS).jane().json(change).send().expect(404));
        }
    }
    untouched(&server);
    let other = server.get("/api/v1.1/users/bare/emails/").basic("bare", "bare-password").send().expect(200);
    assert_eq!(other, json!([{ "email": "bare@example.com", "verified": true, "primary": true }]));
}

#[test]
fn delete_takes_the_address_from_the_query() {
    let server = world();
    add(&server, "jane+query@example.com").expect(201);
    // A plus in a query is a blank (WHATWG URL section 5.1): not her address.
    let unencoded = server.delete(&format!("{EMAILS}?email=jane+query@example.com")).jane().send();
    assert_eq!(unencoded.status, 404, "{unencoded:?}");
    let answer = server.delete(&format!("{EMAILS}?x=y&email=jane%2Bquery%40example.com")).jane().send();
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    // Without the final slash it is the same.
    let path = EMAILS.trim_end_matches('/');
    server.delete(&format!("{path}?email=second@example.com")).jane().send().expect(204);
    assert_eq!(addresses(&server), ["jane.doe@example.com"]);
}

#[test]
fn the_database_holds_what_was_answered() {
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
    // The other four have theirs.
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM emails WHERE user_id <> 2"), 4);
    assert_eq!(server.sql::<String>("PRAGMA integrity_check"), "ok");
    let violations = "SELECT count(*) FROM pragma_foreign_key_check";
    assert_eq!(server.sql::<i64>(violations), 0);
}
