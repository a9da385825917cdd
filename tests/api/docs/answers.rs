//! Each operation succeeds as described: an answer has every field of its schema, and no other.

use super::checker::Checker;
use super::operations;
use crate::harness::{JANE, JOHN, ROOT, Request, Response, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const KEYS: [&str; 3] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/",
];

/// Of john_smith's second key, as ssh-keygen prints it, encoded for a query.
const FINGERPRINT: &str = "SHA256:m927zBqicIFR6Aha0xRWP5/nhO%2BodD0ypuCU1aWXr/8";

/// Only sshd's own look-ups set it, which `authorized_keys/last_used.rs` shows.
const UNSEEN: [&str; 2] = ["gitlab.v3.Key.last_used_at", "gitlab.v3.KeyWithUser.last_used_at"];

impl Checker<'_> {
    /// A call of an administrator.
    #[track_caller]
    fn admin(&mut self, id: &str, path: &str, status: u16, body: Value) -> Response {
        self.call(id, path, status, |request| {
            let request = request.private_token(ROOT);
            if body.is_null() { request } else { request.json(body) }
        })
    }
}

fn id_of(answer: Response) -> u64 {
    answer.json()["id"].as_u64().unwrap()
}

fn docker(checker: &mut Checker) {
    let (profile, emails) = ("/api/v1.1/users/janedoe", "/api/v1.1/users/janedoe/emails");
    let mut call = |id: &str, path: &str, status: u16, body: Value| {
        checker.call(id, path, status, |request| request.bearer(JANE).json(body));
    };
    call("docker.users.get", profile, 200, json!({}));
    call("docker.users.update", profile, 200, json!({"full_name": "Jane", "profile_url": ""}));
    call("docker.emails.create", emails, 201, json!({"email": "second@example.com"}));
    call("docker.emails.update", emails, 200, json!({"email": "second@example.com", "verified": true}));
    call("docker.emails.list", emails, 200, json!({}));
    call("docker.emails.delete", &format!("{emails}?email=second@example.com"), 204, json!({}));
}

fn gitlab_v3(checker: &mut Checker) {
    let path = |rest: &str| format!("/api/v3{rest}");
    let key = |number: usize| json!({"title": "t", "key": KEYS[number], "expires_at": "2100-01-01"});
    checker.call("gitlab.v3.session.create", &path("/session"), 201, |request| {
        request.json(json!({"login": "janedoe", "password": "password"}))
    });
    let mut call = |id: &str, rest: &str, status: u16, body: Value| {
        checker.admin(&format!("gitlab.v3.{id}"), &path(rest), status, body)
    };
    call("users.current", "/user", 200, Value::Null);
    call("users.list", "/users?page=1", 200, Value::Null);
    let new = json!({"username": "eve", "name": "Eve", "email": "eve@example.com", "password": "correct-horse"});
    let eve = id_of(call("users.create", "/users", 201, new));
    call("users.get", "/users/1", 200, Value::Null);
    call("users.update", &format!("/users/{eve}"), 200, json!({"bio": "b", "extern_uid": "e", "provider": "p"}));
    call("users.block", &format!("/users/{eve}/block"), 200, Value::Null);
    call("users.unblock", &format!("/users/{eve}/unblock"), 200, Value::Null);
    let own = id_of(call("keys.create_own", "/user/keys", 201, key(0)));
    call("keys.list_own", "/user/keys", 200, Value::Null);
    call("keys.get_own", &format!("/user/keys/{own}"), 200, Value::Null);
    let eves = id_of(call("keys.create", &format!("/users/{eve}/keys"), 201, key(1)));
    call("keys.list", &format!("/users/{eve}/keys"), 200, Value::Null);
    let found = call("keys.get", &format!("/keys/{eves}"), 200, Value::Null).json();
    let fingerprint = found["fingerprint"].as_str().unwrap().replace('+', "%2B");
    call("keys.find", &format!("/keys?fingerprint={fingerprint}"), 200, Value::Null);
    call("keys.delete", &format!("/users/{eve}/keys/{eves}"), 200, Value::Null);
    for (own, list) in [("_own", "/user/emails".to_owned()), ("", format!("/users/{eve}/emails"))] {
        let email = id_of(call(&format!("emails.create{own}"), &list, 201, json!({"email": "v3@example.com"})));
        call(&format!("emails.list{own}"), &list, 200, Value::Null);
        call(&format!("emails.get{own}"), &format!("{list}/{email}"), 200, Value::Null);
        call(&format!("emails.delete{own}"), &format!("{list}/{email}"), 200, Value::Null);
    }
    call("server.version", "/version", 200, Value::Null);
    for _ in 0..2 {
        call("keys.delete_own", &format!("/user/keys/{own}"), 200, Value::Null);
        call("users.delete", &format!("/users/{eve}"), 200, Value::Null);
    }
}

fn gitlab_v4_users(checker: &mut Checker) {
    let path = |rest: &str| format!("/api/v4{rest}");
    for rest in ["/users?username=janedoe", "/users?pagination=keyset"] {
        checker.call("gitlab.v4.users.list", &path(rest), 200, |request| match rest.contains("username") {
            true => request,
            false => request.private_token(ROOT),
        });
    }
    let john = |request: Request| request.private_token(JOHN);
    checker.call("gitlab.v4.users.current", &path("/user"), 200, john);
    checker.call("gitlab.v4.users.get", &path("/users/4"), 200, john);
    let mut call = |id: &str, rest: &str, status: u16, body: Value| {
        checker.admin(&format!("gitlab.v4.{id}"), &path(rest), status, body)
    };
    call("users.current", "/user", 200, Value::Null);
    call("users.get", "/users/1", 200, Value::Null);
    let new = |name: &str| {
        let email = format!("{name}@example.com");
        json!({"username": name, "name": "n", "email": email, "password": "correct-horse", "skip_confirmation": true})
    };
    let ada = id_of(call("users.create", "/users", 201, new("ada")));
    let user = |rest: &str| format!("/users/{ada}{rest}");
    call("users.update", &user(""), 200, json!({"note": "n", "extern_uid": "e", "provider": "p"}));
    call("users.get", &user(""), 200, Value::Null);
    for (action, times) in [("block", 2), ("unblock", 2), ("ban", 1), ("unban", 1), ("deactivate", 2), ("activate", 1)]
    {
        for _ in 0..times {
            call(&format!("users.{action}"), &user(&format!("/{action}")), 201, Value::Null);
        }
    }
    for list in ["projects", "contributed_projects", "starred_projects", "events", "memberships"] {
        call(&format!("users.{list}"), &user(&format!("/{list}")), 200, Value::Null);
    }
    call("users.associations_count", &user("/associations_count"), 200, Value::Null);
    call("users.counts", "/user_counts", 200, Value::Null);
    call("users.delete_identity", &user("/identities/p"), 204, Value::Null);
    let attribute = user("/custom_attributes/k");
    call("custom_attributes.set", &attribute, 200, json!({"value": "v"}));
    call("custom_attributes.get", &attribute, 200, Value::Null);
    call("custom_attributes.list", &user("/custom_attributes"), 200, Value::Null);
    call("users.get", &user("?with_custom_attributes=true"), 200, Value::Null);
    call("users.list", "/users?with_custom_attributes=true&username=ada", 200, Value::Null);
    call("custom_attributes.delete", &attribute, 204, Value::Null);
    call("status.get", &user("/status"), 200, Value::Null);
    let status = json!({"emoji": "coffee", "message": "m", "availability": "busy", "clear_status_after": "1_day"});
    call("status.set", "/user/status", 200, status);
    call("status.change", "/user/status", 200, json!({"message": "n"}));
    call("status.get_own", "/user/status", 200, Value::Null);
    call("preferences.get", "/user/preferences", 200, Value::Null);
    call("preferences.update", "/user/preferences", 200, json!({"view_diffs_file_by_file": true}));
    call("users.activities", "/user/activities", 200, Value::Null);
    call("service_accounts.create", "/service_accounts", 201, Value::Null);
    call("service_accounts.list", "/service_accounts", 200, Value::Null);
    call("tokens.associations", "/personal_access_tokens/self/associations", 200, Value::Null);
    call("users.delete", &user("?hard_delete=true"), 204, Value::Null);
    call("users.approve", "/users/50/approve", 201, Value::Null);
    call("users.reject", "/users/51/reject", 200, Value::Null);
    let newest = call("audit_events.list", "/audit_events?per_page=1", 200, Value::Null).json();
    call("audit_events.get", &format!("/audit_events/{}", newest[0]["id"]), 200, Value::Null);
    call("server.version", "/version", 200, Value::Null);
    call("server.metadata", "/metadata", 200, Value::Null);
}

fn gitlab_v4_belongings(checker: &mut Checker) {
    let mut call = |id: &str, rest: &str, status: u16, body: Value| {
        checker.admin(&format!("gitlab.v4.{id}"), &format!("/api/v4{rest}"), status, body)
    };
    let key = |number: usize| json!({"title": "t", "key": KEYS[number], "expires_at": "2100-01-01"});
    let own = id_of(call("keys.create_own", "/user/keys", 201, key(0)));
    call("keys.list_own", "/user/keys", 200, Value::Null);
    call("keys.get_own", &format!("/user/keys/{own}"), 200, Value::Null);
    call("keys.delete_own", &format!("/user/keys/{own}"), 204, Value::Null);
    let johns = id_of(call("keys.create", "/users/1/keys", 201, key(1)));
    call("keys.list", "/users/john_smith/keys", 200, Value::Null);
    call("keys.get_of_user", &format!("/users/john_smith/keys/{johns}"), 200, Value::Null);
    call("keys.get", &format!("/keys/{johns}"), 200, Value::Null);
    call("keys.delete", &format!("/users/1/keys/{johns}"), 204, Value::Null);
    call("keys.find", &format!("/keys?fingerprint={FINGERPRINT}"), 200, Value::Null);

    let own = id_of(call("emails.create_own", "/user/emails", 201, json!({"email": "own@example.com"})));
    call("emails.list_own", "/user/emails", 200, Value::Null);
    call("emails.get_own", &format!("/user/emails/{own}"), 200, Value::Null);
    call("emails.delete_own", &format!("/user/emails/{own}"), 204, Value::Null);
    let email = json!({"email": "johns@example.com", "skip_confirmation": true});
    let johns = id_of(call("emails.create", "/users/1/emails", 201, email));
    call("emails.list", "/users/1/emails", 200, Value::Null);
    call("emails.get", &format!("/users/1/emails/{johns}"), 200, Value::Null);
    call("emails.delete", &format!("/users/1/emails/{johns}"), 204, Value::Null);

    let token = || json!({"name": "t", "scopes": ["read_user"], "description": "d", "expires_at": "2100-01-01"});
    let own = id_of(call("tokens.create_own", "/user/personal_access_tokens", 201, token()));
    call("tokens.create", "/users/1/personal_access_tokens", 201, token());
    call("tokens.list", "/personal_access_tokens?user_id=4", 200, Value::Null);
    call("tokens.get", "/personal_access_tokens/self", 200, Value::Null);
    let rotated = id_of(call("tokens.rotate", &format!("/personal_access_tokens/{own}/rotate"), 200, Value::Null));
    call("tokens.revoke", &format!("/personal_access_tokens/{rotated}"), 204, Value::Null);
    let path = |rest: &str| format!("/users/1/impersonation_tokens{rest}");
    let created = call("impersonation_tokens.create", &path(""), 201, token()).json();
    let one = path(&format!("/{}", created["id"]));
    call("impersonation_tokens.list", &path(""), 200, Value::Null);
    call("impersonation_tokens.get", &one, 200, Value::Null);
    call("impersonation_tokens.revoke", &one, 204, Value::Null);
}

fn openssh(checker: &mut Checker) {
    checker.admin("openssh.authorized_keys", "/api/accountd/authorized_keys?username=john_smith", 200, Value::Null);
    let as_anyone = |request: Request| request;
    let as_root = |request: Request| request.private_token(ROOT);
    let keys = checker.call("openssh.public_keys", "/john_smith.keys", 200, as_anyone);
    let signers = checker.call("openssh.allowed_signers", "/allowed_signers", 200, as_root);
    let tag = |answer: &Response| answer.header("etag").unwrap().to_owned();
    checker
        .call("openssh.public_keys", "/john_smith.keys", 304, |request| request.header("If-None-Match", &tag(&keys)));
    checker.call("openssh.allowed_signers", "/allowed_signers", 304, |request| {
        as_root(request).header("If-None-Match", &tag(&signers))
    });
}

fn oauth(checker: &mut Checker, names: &str, base: &str) {
    let id = |operation: &str| format!("oauth.{names}.{operation}");
    let session = checker.server.post("/_accountd/sign-ins").json(json!({"user": "janedoe"})).send().expect(201);
    let cookie = format!("{}={}", session["name"].as_str().unwrap(), session["value"].as_str().unwrap());
    let authorize = format!("{base}/authorize?client_id=TestClientID&response_type=code&scope=profile_read");
    checker.call(&id("authorize"), &authorize, 303, |request| request);
    let wrong = authorize.replace("=code", "=token");
    checker.call(&id("authorize"), &wrong, 302, |request| request);
    let page = checker.call(&id("authorize"), &authorize, 200, |request| request.header("Cookie", &cookie));
    let csrf = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let decision = |csrf: &str| [("csrf", csrf.to_owned()), ("decision", "allow".to_owned())];
    let mut decide = |csrf: &str, status: u16| {
        let fields = decision(csrf);
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        checker.call(&id("decide"), &authorize, status, |request| request.header("Cookie", &cookie).form(&fields))
    };
    decide("wrong", 403);
    let location = decide(csrf, 303).header("location").unwrap().to_owned();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let client = |request: Request| request.basic("TestClientID", "TestClientSecret");
    let grant = [("grant_type", "authorization_code"), ("code", code)];
    let tokens =
        checker.call(&id("token"), &format!("{base}/token"), 200, |request| client(request).form(&grant)).json();
    let token = [("token", tokens["access_token"].as_str().unwrap())];
    let revoke = if names == "docker" { "revoke_token" } else { "revoke" };
    for (operation, path) in [("introspect", "introspect"), ("revoke", revoke), ("introspect", "introspect")] {
        checker.call(&id(operation), &format!("{base}/{path}"), 200, |request| client(request).form(&token));
    }
}

#[test]
fn every_operation_succeeds_as_described() {
    let server = Server::demo_with(&["--control", "--base-url", "http://localhost/accounts"]);
    let pending = |id: u64| {
        let email = json!([{ "email": format!("{id}@example.com") }]);
        json!({"id": id, "username": format!("u{id}"), "emails": email, "state": "blocked_pending_approval"})
    };
    server.post("/_accountd/import").json(json!({ "users": [pending(50), pending(51)] })).send().expect(200);
    let mut checker = Checker::new(&server);
    docker(&mut checker);
    gitlab_v3(&mut checker);
    gitlab_v4_users(&mut checker);
    gitlab_v4_belongings(&mut checker);
    for operation in ["health", "liveness", "readiness"] {
        checker.call(&format!("gitlab.health.{operation}"), &format!("/-/{operation}"), 200, |request| request);
    }
    openssh(&mut checker);
    oauth(&mut checker, "docker", "/api/v1.1/o");
    oauth(&mut checker, "gitlab", "/oauth");
    let metadata = "/.well-known/oauth-authorization-server";
    checker.call("oauth.metadata", metadata, 200, |request| request);
    checker.call("oauth.metadata.of_issuer", &format!("{metadata}/accounts"), 200, |request| request);

    let not_called: Vec<_> =
        operations(&checker.document).into_keys().filter(|id| !checker.seen.contains(id)).collect();
    assert!(not_called.is_empty(), "{not_called:?}");
    let schemas = checker.document["components"]["schemas"].as_object().unwrap();
    let properties: BTreeSet<String> = schemas
        .iter()
        .filter(|(name, _)| !name.ends_with("Error"))
        .flat_map(|(name, schema)| {
            let names = schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys());
            names.map(move |property| format!("{name}.{property}"))
        })
        .filter(|property| !UNSEEN.contains(&property.as_str()))
        .collect();
    assert!(properties.len() > 200, "{}", properties.len());
    let unseen: Vec<_> = properties.difference(&checker.seen).filter(|name| !name.ends_with(".detail")).collect();
    assert!(unseen.is_empty(), "described, but in no answer: {unseen:?}");
}
