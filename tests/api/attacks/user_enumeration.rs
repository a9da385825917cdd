//! User enumeration: finding out which accounts exist.

use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::json;

/// The parts of a response that do not differ from request to request.
fn comparable(answer: Response) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.into_iter().filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    (answer.status, headers.collect(), answer.body)
}

/// Logins of existing, unknown and blocked users, by username and by address.
const LOGINS: [(&str, &str); 7] = [
    ("john_smith", "wrong-password"),
    ("nobody", "wrong-password"),
    ("john@example.com", "wrong-password"),
    ("nobody@example.com", "wrong-password"),
    ("jack_smith", "jack-password"), // blocked, and the password is right
    ("jack_smith", "wrong-password"),
    ("<>\u{0}", "wrong-password"),
];

#[test]
fn an_unknown_user_a_wrong_password_and_a_blocked_user_get_the_same_response() {
    let server = Server::demo();
    server.put("/api/v3/users/3/block").private_token(ROOT).send().expect(200);
    let basic = |(user, password): (&str, &str)| {
        comparable(server.get("/api/v1.1/users/john_smith/").basic(user, password).send())
    };
    let session = |(login, password): (&str, &str)| {
        comparable(server.post("/api/v3/session").json(json!({"login": login, "password": password})).send())
    };
    let (by_basic, by_session) = (basic(LOGINS[0]), session(LOGINS[0]));
    assert_eq!((by_basic.0, by_session.0), (401, 401));
    for login in LOGINS {
        assert_eq!(basic(login), by_basic, "{login:?}");
        assert_eq!(session(login), by_session, "{login:?}");
    }
}

/// A token that does not exist.
const UNKNOWN_TOKEN: &str = "unknown-api-token-for-examples";

#[test]
fn a_blocked_users_token_gets_the_same_response_as_an_unknown_one() {
    let server = Server::demo();
    let wrong = comparable(server.get("/api/v3/user").private_token(UNKNOWN_TOKEN).send());
    let wrong_bearer = comparable(server.get("/api/v1.1/users/john_smith/").bearer(UNKNOWN_TOKEN).send());
    server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200);
    assert_eq!(comparable(server.get("/api/v3/user").private_token(JOHN).send()), wrong);
    assert_eq!(comparable(server.get("/api/v1.1/users/john_smith/").bearer(JOHN).send()), wrong_bearer);
}

#[test]
fn without_a_credential_every_user_gets_the_same_response() {
    let server = Server::demo();
    for paths in [["/api/v1.1/users/janedoe/", "/api/v1.1/users/nobody/"], ["/api/v3/users/1", "/api/v3/users/999"]] {
        let [known, unknown] = paths.map(|path| comparable(server.get(path).send()));
        assert_eq!(known.0, 401);
        assert_eq!(known, unknown);
    }
}
