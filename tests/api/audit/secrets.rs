//! No row holds a secret, whatever is done with it.

use crate::cli::{Commands, JANE, JOE, basic, light_server};
use serde_json::json;

const OLD: &str = "first-password-canary";
const NEW: &str = "second-password-canary";
const CUSTOM: &str = "canary-in-a-free-text";

#[test]
fn passwords_tokens_secrets_and_free_texts_are_in_no_row() {
    let mut server = light_server();
    let put = |body| server.put("/api/v4/users/2").private_token(JANE).json(body).send().expect(200);
    put(json!({"password": OLD, "bio": CUSTOM, "note": CUSTOM, "name": CUSTOM}));
    let session = server.post("/api/v3/session").json(json!({"login": "joe", "password": OLD})).send().expect(201);
    let session = session["private_token"].as_str().unwrap().to_owned();
    let header = basic("joe", OLD);
    let renamed = json!({"company": CUSTOM});
    server.patch("/api/v1.1/users/joe/").header("Authorization", &header).json(renamed).send().expect(200);
    put(json!({"password": NEW}));
    // A token where a name belongs, and a password as a name.
    server.post("/api/v3/session").json(json!({"login": JOE, "password": NEW})).send().expect(401);
    server.post("/api/v3/session").json(json!({"login": NEW, "password": JOE})).send().expect(401);
    server.get(&format!("/api/v4/user?private_token={JOE}")).send().expect(200);
    let app = server.json(&["app", "create", "--name", "Wiki", "--redirect-uri", "https://wiki.example.com/"]);
    let secret = app["client_secret"].as_str().unwrap().to_owned();
    let token = server.ok(&["token", "create", "joe", "--scope", "api"]);
    assert!(server.stop().success());

    let rows = server.rows("SELECT * FROM audit_log").to_string();
    assert!(rows.contains("sign_in.failed") && rows.contains("session.started") && rows.contains("password"), "{rows}");
    for canary in [OLD, NEW, CUSTOM, JANE, JOE, &session, &secret, token.trim_end(), "$argon2"] {
        assert!(!rows.contains(canary), "{canary}: {rows}");
        assert!(!canary.is_empty());
    }
    let hashes: i64 =
        server.sql("SELECT count(*) FROM audit_log a, tokens t WHERE instr(a.details, lower(hex(t.hash)))");
    assert_eq!(hashes, 0);
}
