//! The older document of the docker.io Accounts API (docker_io_accounts_api.md), whose examples are complete. Its
//! requests are sent byte for byte, except that the Authorization header is that of `janedoe` instead of
//! `username:password`.

use super::{assert_answer, assert_no_content, jane, retired_jane};
use crate::harness::Server;
use crate::http::wire::{wire, wire_sized};
use serde_json::json;

/// `janedoe:password` (fixtures/README.md).
const JANES: &str = "amFuZWRvZTpwYXNzd29yZA==";

/// `username:password`, as in the document.
const PRINTED: &str = "dXNlcm5hbWU6cGFzc3dvcmQ=";

/// A server with the base URL of the document.
fn docker_io() -> Server {
    Server::demo_with(&["--base-url", "https://www.docker.io"])
}

fn single_user_request(username: &str, basic: &str) -> String {
    format!(
        "GET /api/v1.1/users/{username}/ HTTP/1.1
Host: www.docker.io
Accept: application/json
Authorization: Basic {basic}"
    )
}

const LIST: &str = "GET /api/v1.1/users/janedoe/emails/ HTTP/1.1
Host: www.docker.io
Accept: application/json
Authorization: Bearer zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM";

const ADD: &str = "POST /api/v1.1/users/janedoe/emails/ HTTP/1.1
Host: www.docker.io
Accept: application/json
Content-Type: application/json
Authorization: Bearer zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM";

const DELETE: &str = "DELETE /api/v1.1/users/janedoe/emails/ HTTP/1.1
Host: www.docker.io
Accept: application/json
Content-Type: application/json
Authorization: Bearer zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM";

const OTHER: &str = "{
    \"email\": \"jane.doe+other@example.com\"
}";

#[test]
fn get_a_single_user() {
    assert_answer(&wire(&docker_io(), &single_user_request("janedoe", JANES), b""), 200, jane());
}

#[test]
fn the_url_of_a_single_user_has_the_host_of_the_request() {
    let mut jane = jane();
    jane["url"] = "http://www.docker.io/api/v1.1/users/janedoe/".into();
    assert_answer(&wire(&Server::demo(), &single_user_request("janedoe", JANES), b""), 200, jane);
}

#[test]
fn the_printed_authorization_header_belongs_to_another_user() {
    let server = docker_io();
    let own = wire(&server, &single_user_request("username", PRINTED), b"");
    assert_eq!(own.json()["username"], "username");
    let expected = json!({
        "id": 5,
        "username": "username",
        "url": "https://www.docker.io/api/v1.1/users/username/",
        "date_joined": "2014-02-12T18:00:00.000000Z",
        "type": "User",
        "full_name": "User Name",
        "location": "",
        "company": "",
        "profile_url": "",
        "gravatar_url": "https://secure.gravatar.com/avatar/5f0efb20de5ecfedbe0bf5e7c12353fe.jpg?s=80&r=g&d=mm",
        "email": "username@example.com",
        "is_active": true
    });
    assert_answer(&own, 200, expected);
    // "permission error, authenticated user must be the user whose data is being requested"
    let others = wire(&server, &single_user_request("janedoe", PRINTED), b"");
    assert_eq!(others.status, 403);
    assert_eq!(others.names(), ["detail"]);
    assert!(!others.body.contains("jane.doe"), "{others:?}");
}

#[test]
fn update_a_single_user() {
    let server = docker_io();
    let head = format!(
        "PATCH /api/v1.1/users/janedoe/ HTTP/1.1
Host: www.docker.io
Accept: application/json
Authorization: Basic {JANES}"
    );
    let printed = "{
    \"location\": \"Private Island\",
    \"profile_url\": \"http://janedoe.com/\",
    \"company\": \"Retired\",
}";
    // The trailing comma in the document is a mistake: JSON does not allow it (RFC 8259 section 4).
    let with_trailing_comma = wire_sized(&server, &head, printed);
    assert_eq!(with_trailing_comma.status, 400);
    assert!(
        with_trailing_comma.body.contains("line 5") && with_trailing_comma.body.contains("column 1"),
        "{with_trailing_comma:?}"
    );
    assert_answer(&wire(&server, &single_user_request("janedoe", JANES), b""), 200, jane());

    assert_answer(&wire_sized(&server, &head, &printed.replace("\",\n}", "\"\n}")), 200, retired_jane());
    assert_answer(&wire(&server, &single_user_request("janedoe", JANES), b""), 200, retired_jane());
}

#[test]
fn list_email_addresses_for_a_user() {
    let expected = json!([{ "email": "jane.doe@example.com", "verified": true, "primary": true }]);
    assert_answer(&wire(&docker_io(), LIST, b""), 200, expected);
}

#[test]
fn add_email_address_for_a_user() {
    let server = docker_io();
    let added = json!({ "email": "jane.doe+other@example.com", "verified": false, "primary": false });
    assert_answer(&wire_sized(&server, ADD, OTHER), 201, added.clone());
    let first = json!({ "email": "jane.doe@example.com", "verified": true, "primary": true });
    assert_answer(&wire(&server, LIST, b""), 200, json!([first, added]));
}

#[test]
fn delete_email_address_for_a_user() {
    let server = docker_io();
    assert_eq!(wire_sized(&server, ADD, OTHER).status, 201);
    assert_no_content(&wire_sized(&server, DELETE, OTHER));
    let left = json!([{ "email": "jane.doe@example.com", "verified": true, "primary": true }]);
    assert_answer(&wire(&server, LIST, b""), 200, left);
    // "the specified username or email address does not exist"
    assert_eq!(wire_sized(&server, DELETE, OTHER).status, 404);
}
