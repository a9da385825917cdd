//! Requests with too many headers, parameters, fields or numbers that are too large.

use super::{assert_still_serves, raw, request};
use crate::harness::{JANE, JOHN, ROOT, Server};

const JANE_PATH: &str = "/api/v1.1/users/janedoe/";

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[test]
fn too_many_headers() {
    let server = Server::demo();
    for count in [200, 2_000] {
        let many: String = (0..count).map(|n| format!("X-{n}: y\r\n")).collect();
        let (statuses, answer) = raw(&server, &request("GET", JANE_PATH, &(bearer(JANE) + &many)));
        // RFC 6585, section 5.
        assert_eq!(statuses, [431], "{answer}");
    }
    assert_still_serves(&server);
}

#[test]
fn an_oversized_request_head() {
    let server = Server::demo();
    for head in [
        format!("GET {JANE_PATH} HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(1 << 20)),
        format!("GET /api/v3/users?search={} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(1 << 20)),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(1 << 20)),
        "G".repeat(1 << 20),
    ] {
        let (statuses, answer) = raw(&server, head.as_bytes());
        assert!(statuses.len() == 1 && (400..500).contains(&statuses[0]), "{answer}");
    }
    assert_still_serves(&server);
}

#[test]
fn thousands_of_query_parameters() {
    let server = Server::demo();
    let many = "&a=b".repeat(10_000);
    let names: String = (0..5_000).map(|n| format!("&x{n}=y")).collect();
    let addresses: String = (0..1_500).map(|n| format!("email=a{n}@example.com&")).collect();
    for (method, path, status) in [
        ("GET", format!("/api/v3/users?per_page=2{many}"), 200),
        ("GET", format!("{JANE_PATH}?{names}"), 200),
        ("DELETE", format!("{JANE_PATH}emails/?{addresses}"), 400),
    ] {
        let token = if path.starts_with(JANE_PATH) { JANE } else { JOHN };
        let (statuses, answer) = raw(&server, &request(method, &path, &bearer(token)));
        assert_eq!(statuses, [status], "{}", &answer[..answer.len().min(500)]);
    }
    assert_still_serves(&server);
}

#[test]
fn too_many_form_fields() {
    let server = Server::demo();
    for body in [
        "a=b&".repeat(200_000),
        (0..50_000).map(|n| format!("x{n}=y&")).collect(),
        "&".repeat(1_000_000) + "=".repeat(10).as_str(),
    ] {
        assert!(body.len() < 1 << 20);
        let answer = server
            .patch(JANE_PATH)
            .bearer(JANE)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.clone() + "&full_name=Large")
            .send();
        // Empty pieces between separators are not counted as fields.
        let expected = if body.starts_with('&') { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{answer:?}");
    }
    assert_eq!(server.get(JANE_PATH).bearer(JANE).send().expect(200)["full_name"], "Large");
    assert_still_serves(&server);
}

#[test]
fn too_many_json_members() {
    let server = Server::demo();
    let members: String = (0..60_000).map(|n| format!("\"x{n}\":1,")).collect();
    let body = format!("{{{members}\"full_name\":\"Large\"}}");
    let answer = server.patch(JANE_PATH).bearer(JANE).header("Content-Type", "application/json").body(body).send();
    assert_eq!((answer.status, answer.names()), (400, vec!["non_field_errors".to_owned()]));
    let elements = format!("{{\"unknown\":[{}0],\"full_name\":\"Elements\"}}", "0,".repeat(400_000));
    let answer = server.patch(JANE_PATH).bearer(JANE).header("Content-Type", "application/json").body(elements).send();
    assert_eq!(answer.expect(200)["full_name"], "Elements");
    assert_still_serves(&server);
}

#[test]
fn too_many_multipart_parts_and_part_headers() {
    let server = Server::demo();
    let part = "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n";
    let body = part.repeat(15_000) + "--B--\r\n";
    let call = server.patch(JANE_PATH).bearer(JANE).header("Content-Type", "multipart/form-data; boundary=B");
    let answer = call.body(body).send();
    assert_eq!((answer.status, answer.names()), (400, vec!["non_field_errors".to_owned()]));
    let headers = "X: y\r\n".repeat(100_000);
    let body = format!("--B\r\n{headers}Content-Disposition: form-data; name=\"full_name\"\r\n\r\nx\r\n--B--\r\n");
    let call = server.patch(JANE_PATH).bearer(JANE).header("Content-Type", "multipart/form-data; boundary=B");
    let answer = call.body(body).send();
    assert_eq!((answer.status, answer.names()), (400, vec!["non_field_errors".to_owned()]));
    assert_still_serves(&server);
}

#[test]
fn numbers_beyond_every_integer_type() {
    let server = Server::demo();
    for (query, status) in [
        ("page=-1", 400),
        ("per_page=-1", 400),
        ("per_page=1e9", 400),
        ("per_page=1000000000", 200),
        ("page=9223372036854775807&per_page=100", 200),
        ("page=18446744073709551616", 200),
        ("page=-9223372036854775808", 400),
        ("page=1&page=2", 400),
        ("per_page=0", 400),
    ] {
        assert_eq!(server.get(&format!("/api/v3/users?{query}")).private_token(JOHN).send().status, status, "{query}");
    }
    for limit in ["99999999999999999999", "1e400", "-99999999999999999999", "1.0000000000000000000001"] {
        let body = format!("{{\"projects_limit\":{limit}}}");
        let call = server.put("/api/v3/users/1").private_token(ROOT).header("Content-Type", "application/json");
        assert_eq!(call.body(body).send().status, 400, "{limit}");
    }
    assert_eq!(server.get("/api/v3/users/1").private_token(JOHN).send().expect(200)["projects_limit"], 100);
    assert_still_serves(&server);
}

#[test]
fn a_thousand_pipelined_requests() {
    let server = Server::demo();
    let one = format!("GET /api/v3/user HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {JOHN}\r\n\r\n");
    let last = request("GET", "/api/v3/user", &format!("PRIVATE-TOKEN: {JOHN}\r\n"));
    let (statuses, _) = raw(&server, &[one.repeat(999).into_bytes(), last].concat());
    assert_eq!(statuses, vec![200; 1000]);
    assert_still_serves(&server);
}
