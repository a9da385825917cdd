//! What callers without a credential see.

use super::create_ada;
use crate::harness::{JOHN, ROOT, Server};
use serde_json::json;

const PUBLIC: [&str; 6] = ["keys", "keys/1", "projects", "contributed_projects", "starred_projects", "events"];

#[test]
fn a_blocked_user_does_not_exist_for_anonymous_callers() {
    let server = Server::demo();
    let id = create_ada(&server)["id"].clone();
    for moderation in ["block", "unblock", "ban", "unban", "deactivate"] {
        server.post(&format!("/api/v4/users/{id}/{moderation}")).private_token(ROOT).send().expect(201);
        let hidden = !moderation.starts_with("un");
        let listed = server.get("/api/v4/users?username=ada").send().expect(200);
        assert_eq!(listed.as_array().unwrap().len(), usize::from(!hidden), "{moderation}: {listed}");
        for filter in ["blocked=true", "exclude_active=true"] {
            let listed = server.get(&format!("/api/v4/users?username=ada&{filter}")).send().expect(200);
            assert_eq!(listed, json!([]), "{moderation}, {filter}");
        }
        for path in PUBLIC {
            for user in ["ada", &id.to_string()] {
                let answer = server.get(&format!("/api/v4/users/{user}/{path}")).send();
                if hidden {
                    assert_eq!(answer.expect(404), json!({ "message": "404 User Not Found" }), "{moderation}, {path}");
                } else if path == "keys/1" {
                    assert_eq!(answer.expect(404), json!({ "message": "404 Key Not Found" }));
                } else {
                    assert_eq!(answer.expect(200), json!([]), "{moderation}, {path}");
                }
            }
        }
        let signed_in = server.get("/api/v4/users?username=ada").private_token(JOHN).send().expect(200);
        assert_eq!(signed_in[0]["username"], "ada", "{moderation}");
        server.get("/api/v4/users/ada/projects").private_token(JOHN).send().expect(200);
    }
}

#[test]
fn anonymous_callers_cannot_list_users() {
    let server = Server::demo();
    for query in ["", "?search=john", "?username=", "?pagination=keyset"] {
        let refused = server.get(&format!("/api/v4/users{query}")).send().expect(403);
        assert_eq!(refused, json!({ "message": "403 Forbidden - Not authorized to access /api/v4/users" }), "{query}");
    }
}
