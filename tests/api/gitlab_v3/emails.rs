//! `/user/emails` and `/users/:id/emails`: GitLab 9's `users.md`. The documents of 2013 do not have them, so their
//! statuses do not depend on `--gitlab-errors`.

use crate::harness::{JOHN, ROOT, Request, Server};
use serde_json::{Value, json};

const OWN: &str = "/api/v3/user/emails";
const OF_JOHN: &str = "/api/v3/users/1/emails";

fn add(server: &Server, path: &str, email: &str) -> Request {
    let token = if path == OWN { JOHN } else { ROOT };
    server.post(path).private_token(token).json(json!({ "email": email }))
}

#[test]
fn users_manage_their_own_addresses() {
    let server = Server::demo();
    let get = |path: &str| server.get(path).private_token(JOHN).send();
    assert_eq!(get(OWN).expect(200), json!([]));
    let added = add(&server, OWN, "j@example.org").send().expect(201);
    assert_eq!(added, json!({ "id": added["id"], "email": "j@example.org" }));
    assert_eq!(get(OWN).expect(200), json!([added]));
    let one = format!("{OWN}/{}", added["id"]);
    assert_eq!(get(&one).expect(200), added);
    // Only v4 shows whether it is confirmed.
    assert_eq!(get("/api/v4/user/emails").expect(200)[0]["confirmed_at"], Value::Null);
    assert_eq!(server.delete(&one).private_token(JOHN).send().expect(200), added);
    assert_eq!(server.delete(&one).private_token(JOHN).send().expect(200), Value::Null);
    assert_eq!(get(&one).expect(404), json!({ "message": "404 Not found" }));
    assert_eq!(get(OWN).expect(200), json!([]));
}

#[test]
fn administrators_manage_the_addresses_of_users() {
    let server = Server::demo();
    let plain = add(&server, OF_JOHN, "j@example.org").send().expect(201);
    let body = json!({ "email": "k@example.org", "skip_confirmation": true });
    let confirmed = server.post(OF_JOHN).private_token(ROOT).json(body).send().expect(201);
    assert_eq!(server.get(OF_JOHN).private_token(ROOT).send().expect(200), json!([plain, confirmed]));
    let v4 = server.get("/api/v4/users/1/emails").private_token(ROOT).send().expect(200);
    assert!(v4[0]["confirmed_at"].is_null() && v4[1]["confirmed_at"].is_string(), "{v4}");
    let one = format!("{OF_JOHN}/{}", plain["id"]);
    assert_eq!(server.delete(&one).private_token(ROOT).send().expect(200), plain);
    server.delete(&one).private_token(ROOT).send().expect(404);
    server.delete("/api/v3/users/999/emails/1").private_token(ROOT).send().expect(404);
    server.get("/api/v3/users/999/emails").private_token(ROOT).send().expect(404);
    // Another user's address cannot be deleted under this one.
    let other = format!("/api/v3/users/2/emails/{}", confirmed["id"]);
    server.delete(&other).private_token(ROOT).send().expect(404);
    for call in [server.get(OF_JOHN), server.post(OF_JOHN), server.delete(&one)] {
        call.private_token(JOHN).send().expect(403);
    }
    server.get(OWN).send().expect(401);
}

#[test]
fn a_missing_invalid_or_taken_address_is_400() {
    for mode in ["documented", "precise"] {
        let server = Server::demo_with(&["--gitlab-errors", mode]);
        let missing = server.post(OWN).private_token(JOHN).json(json!({})).send().expect(400);
        assert_eq!(missing, json!({ "message": "400 (Bad request) \"email\" not given" }));
        for path in [OWN, OF_JOHN] {
            let invalid = add(&server, path, "nonsense").send().expect(400);
            assert!(invalid["message"]["email"][0].is_string(), "{invalid}");
        }
        let taken = add(&server, OWN, "JANE.DOE@example.com").send().expect(400);
        assert_eq!(taken, json!({ "message": { "email": ["has already been taken"] } }));
    }
}
