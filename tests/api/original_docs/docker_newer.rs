//! The newer document of the docker.io Accounts API. The surviving copy has lost its braces, URLs and addresses; those
//! of the older document take their place.

use super::{assert_answer, assert_no_content, jane, retired_jane};
use crate::harness::{JANE, Request, Server};
use serde_json::{Value, json};

const USER: &str = "/api/v1.1/users/janedoe/";
const EMAILS: &str = "/api/v1.1/users/janedoe/emails/";
const OTHER: &str = "jane.doe+other@example.com";

fn docker_io() -> Server {
    Server::demo_with(&["--base-url", "https://www.docker.io"])
}

trait Printed {
    /// Adds the Accept header of the examples and janedoe's password.
    fn jane(self) -> Self;
}

impl Printed for Request {
    fn jane(self) -> Self {
        self.header("Accept", "application/json").basic("janedoe", "password")
    }
}

fn emails(server: &Server) -> Value {
    server.get(EMAILS).header("Accept", "application/json").bearer(JANE).send().expect(200)
}

#[test]
fn section_1_1_get_a_single_user() {
    assert_answer(&docker_io().get(USER).jane().send(), 200, jane());
}

#[test]
fn section_1_2_update_a_single_user() {
    let server = docker_io();
    // The example has no Content-Type header.
    let body = r#"{"location": "Private Island", "profile_url": "http://janedoe.com/", "company": "Retired"}"#;
    assert_answer(&server.patch(USER).jane().body(body).send(), 200, retired_jane());
    assert_answer(&server.get(USER).jane().send(), 200, retired_jane());
}

#[test]
fn section_1_2_every_parameter() {
    let server = docker_io();
    let mut expected = retired_jane();
    expected["full_name"] = "Jane the Retired".into();
    expected["gravatar_url"] =
        "https://secure.gravatar.com/avatar/fe1f69f4295faf323245185a20980c62.jpg?s=80&r=g&d=mm".into();
    let body = json!({
        "full_name": "Jane the Retired", "location": "Private Island", "company": "Retired",
        "profile_url": "http://janedoe.com/", "gravatar_email": OTHER
    });
    assert_answer(&server.patch(USER).jane().json(body).send(), 200, expected.clone());
    assert_answer(&server.get(USER).jane().send(), 200, expected);
}

#[test]
fn section_1_3_list_email_addresses_for_a_user() {
    let answer = docker_io().get(EMAILS).header("Accept", "application/json").bearer(JANE).send();
    assert_answer(&answer, 200, json!([{ "email": "jane.doe@example.com", "verified": true, "primary": true }]));
}

#[test]
fn section_1_4_add_email_address_for_a_user() {
    let server = docker_io();
    let answer = server.post(EMAILS).bearer(JANE).json(json!({ "email": OTHER })).send();
    assert_answer(&answer, 201, json!({ "email": OTHER, "verified": false, "primary": false }));
}

#[test]
fn section_1_5_update_an_email_address_for_a_user() {
    let server = docker_io();
    server.post(EMAILS).bearer(JANE).json(json!({ "email": OTHER })).send().expect(201);
    let body = json!({ "email": OTHER, "verified": true });
    let answer = server.patch(EMAILS).jane().body(body.to_string()).send();
    assert_answer(&answer, 200, json!({ "email": OTHER, "verified": true, "primary": false }));
    assert_eq!(emails(&server)[1], json!({ "email": OTHER, "verified": true, "primary": false }));
}

#[test]
fn section_1_5_set_another_as_the_primary() {
    let server = docker_io();
    server.post(EMAILS).bearer(JANE).json(json!({ "email": OTHER })).send().expect(201);
    let body = json!({ "email": OTHER, "verified": true, "primary": true });
    let answer = server.patch(EMAILS).jane().json(body.clone()).send();
    assert_answer(&answer, 200, body.clone());
    let old = json!({ "email": "jane.doe@example.com", "verified": true, "primary": false });
    assert_eq!(emails(&server), json!([body, old]));
}

#[test]
fn section_1_5_the_trailing_comma_of_the_example_is_a_400_with_its_position() {
    let body = "{\n\"email\": \"jane.doe@example.com\",\n\"verified\": true,\n}";
    let answer = docker_io().patch(EMAILS).jane().body(body).send();
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("line 4") && answer.body.contains("column 1"), "{answer:?}");
}

#[test]
fn section_1_6_delete_email_address_for_a_user() {
    let server = docker_io();
    server.post(EMAILS).bearer(JANE).json(json!({ "email": OTHER })).send().expect(201);
    assert_no_content(&server.delete(EMAILS).bearer(JANE).json(json!({ "email": OTHER })).send());
    assert_eq!(emails(&server), json!([{ "email": "jane.doe@example.com", "verified": true, "primary": true }]));
}
