//! Identities: the pair of `provider` and `extern_uid` is unique.

use super::{create, merged, new_user, show, update};
use crate::harness::{ROOT, Server};
use serde_json::{Value, json};

fn identity(provider: &str, uid: &str) -> Value {
    json!({"provider": provider, "extern_uid": uid})
}

#[test]
fn an_identity_belongs_to_one_user() {
    for (mode, status) in [("documented", 404), ("precise", 400)] {
        let server = Server::demo_with(&["--gitlab-errors", mode]);
        let before = show(&server, 3);
        let answer = update(&server, 3, identity("provider_name", "john.smith"));
        assert_eq!(answer.status, status);
        assert_eq!(answer.json(), json!({"message": {"extern_uid": ["has already been taken"]}}));
        assert_eq!(show(&server, 3), before);
        let user = merged(new_user("newuser"), identity("provider_name", "john.smith"));
        let answer = server.post("/api/v3/users").private_token(ROOT).json(user).send();
        assert_eq!(answer.status, status);
        assert_eq!(server.get("/api/v3/users").private_token(ROOT).send().header("x-total"), Some("5"));
    }
}

#[test]
fn the_same_uid_at_another_provider_is_a_different_identity() {
    let server = Server::demo();
    let id = create(&server, merged(new_user("newuser"), identity("other", "john.smith")));
    assert_eq!(show(&server, id)["identities"], json!([identity("other", "john.smith")]));
    update(&server, 3, identity("third", "john.smith")).expect(200);
}

#[test]
fn an_identity_can_be_changed_and_removed() {
    let server = Server::on_file_without_passwords(&[]);
    assert_eq!(
        update(&server, 1, json!({"extern_uid": "j"})).expect(200)["identities"],
        json!([identity("provider_name", "j")])
    );
    assert_eq!(update(&server, 1, json!({"provider": "p"})).expect(200)["identities"], json!([identity("p", "j")]));
    let user = update(&server, 1, json!({"provider": null, "extern_uid": null})).expect(200);
    assert_eq!((&user["provider"], &user["extern_uid"], &user["identities"]), (&Value::Null, &Value::Null, &json!([])));
    // A removed identity is free for another user.
    update(&server, 3, identity("provider_name", "john.smith")).expect(200);
    assert_eq!(
        server.rows("SELECT user_id, provider, extern_uid FROM identities"),
        json!([[3, "provider_name", "john.smith"]])
    );
}
