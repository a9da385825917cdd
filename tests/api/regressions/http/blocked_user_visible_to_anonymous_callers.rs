//! Anyone can find out without a credential that an account exists and is blocked: its keys are 404, but its projects
//! were an empty list, and `/users?username=` showed the user with the state.

use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::{Value, json};

const INACTIVE: [&str; 4] = ["blocked", "banned", "deactivated", "blocked_pending_approval"];
/// What anonymous callers may read of an active user, below `/api/v4/users/:id/`.
const PUBLIC: [&str; 5] = ["keys", "projects", "starred_projects", "contributed_projects", "events"];

/// A server with an administrator, john_smith, and ada (id 6) in this state.
fn server_with_ada(state: &str) -> Server {
    let token = |token: &str| json!([{"token": token, "scopes": ["api"]}]);
    let email = |name: &str| json!([{"email": format!("{name}@example.com")}]);
    let key = crate::gitlab_v3::public_key("ecdsa-384.pub");
    let users = json!({"users": [
        {"id": 4, "username": "root", "admin": true, "emails": email("root"), "tokens": token(ROOT)},
        {"id": 1, "username": "john_smith", "emails": email("john"), "tokens": token(JOHN)},
        {"id": 6, "username": "ada", "emails": email("ada"), "state": state, "keys": [{"title": "x", "key": key}]},
    ]});
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, users.to_string()).unwrap();
    let seed = seed.to_str().unwrap().to_owned();
    Server::start_in(folder, &["--memory", "--seed", &seed])
}

/// The parts of a response that do not differ from request to request.
fn comparable(answer: Response) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.into_iter().filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    (answer.status, headers.collect(), answer.body)
}

#[test]
fn an_inactive_user_looks_to_anonymous_callers_like_one_who_does_not_exist() {
    for state in INACTIVE {
        let server = server_with_ada(state);
        for (known, unknown) in [("6", "999"), ("ada", "nobody"), ("ADA", "nobody")] {
            let get = |user: &str, path: &str| comparable(server.get(&format!("/api/v4/users/{user}/{path}")).send());
            for path in PUBLIC {
                assert_eq!(get(known, path).0, 404, "{state}: {path}");
            }
            // The other paths ask for a credential, or not, for both alike.
            for path in PUBLIC.into_iter().chain(["emails", "memberships", ""]) {
                assert_eq!(get(known, path), get(unknown, path), "{state}: {path}");
            }
        }
        assert_eq!(server.get("/api/v4/users/6/keys/1").send().status, 404, "{state}");
        assert_eq!(server.get("/ada.keys").send().status, 404, "{state}");
        for name in ["ada", "Ada"] {
            let list = |name: &str| server.get(&format!("/api/v4/users?username={name}")).send();
            let answer = list(name);
            assert_eq!((answer.status, answer.body.as_str()), (200, "[]"), "{state}");
            assert_eq!(answer.header("x-total"), Some("0"), "{state}");
        }
    }
}

#[test]
fn an_active_user_is_public() {
    let server = server_with_ada("active");
    for path in PUBLIC {
        for user in ["6", "ada"] {
            server.get(&format!("/api/v4/users/{user}/{path}")).send().expect(200);
        }
    }
    let found = server.get("/api/v4/users?username=ada").send().expect(200);
    assert_eq!((&found[0]["id"], &found[0]["state"]), (&json!(6), &json!("active")));
}

#[test]
fn signed_in_callers_see_inactive_users() {
    for state in INACTIVE {
        let server = server_with_ada(state);
        for token in [JOHN, ROOT] {
            let get = |path: &str| server.get(&format!("/api/v4/users{path}")).private_token(token).send().expect(200);
            assert_eq!(get("?username=ada")[0]["state"], state);
            assert_eq!(get("/6")["state"], state);
            assert_eq!(get("/6/keys").as_array().map(Vec::len), Some(1), "{state}");
            assert_eq!(get("/6/projects"), Value::Array(Vec::new()), "{state}");
        }
    }
}
