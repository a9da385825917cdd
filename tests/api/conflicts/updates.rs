//! Concurrent changes to different fields of one user, of which none is lost; and tokens that end while in use.

use super::{ROUNDS, assert_clean, race, send_all};
use crate::harness::{JOHN, ROOT, Request, Server};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

fn patch(server: &Server, change: Value) -> Request {
    server.patch("/api/v1.1/users/john_smith/").bearer(JOHN).json(change)
}

fn put(server: &Server, change: Value) -> Request {
    server.put("/api/v3/users/1").private_token(ROOT).json(change)
}

#[test]
fn fields_changed_concurrently_through_both_dialects_are_all_kept() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let text = |field: &str| format!("{field} {round}");
        let url = format!("https://{round}.example/");
        let answers = send_all([
            patch(&server, json!({"location": text("location")})),
            patch(&server, json!({"company": text("company")})),
            patch(&server, json!({"full_name": text("name")})),
            put(&server, json!({"bio": text("bio")})),
            put(&server, json!({"skype": text("skype"), "twitter": text("twitter")})),
            put(&server, json!({"website_url": url})),
            put(&server, json!({"projects_limit": round})),
            put(&server, json!({"email": format!("john{round}@example.com")})),
        ]);
        for answer in answers {
            answer.expect(200);
        }
        assert_eq!(
            server.rows(
                "SELECT u.location, u.company, u.name, u.bio, u.skype, u.twitter, u.profile_url, u.projects_limit,
                   e.address
                 FROM users u JOIN emails e ON e.id = u.primary_email_id WHERE u.id = 1"
            ),
            json!([[
                text("location"),
                text("company"),
                text("name"),
                text("bio"),
                text("skype"),
                text("twitter"),
                url,
                round,
                format!("john{round}@example.com")
            ]])
        );
    }
    assert_clean(&server);
}

#[test]
fn a_field_changed_twice_concurrently_has_one_of_the_values() {
    let server = Server::on_file_without_passwords(&[]);
    for round in 0..ROUNDS {
        let [docker, gitlab] = ["docker", "gitlab"].map(|dialect| format!("{dialect} {round}"));
        let calls = [patch(&server, json!({"full_name": docker})), put(&server, json!({"name": gitlab}))];
        for answer in send_all(calls) {
            answer.expect(200);
        }
        let name: String = server.sql("SELECT name FROM users WHERE id = 1");
        assert!(name == docker || name == gitlab, "{name}");
    }
    assert_clean(&server);
}

/// Uses the token until it is refused, and checks that it stays refused.
#[track_caller]
fn use_until_refused(server: &Server, path: &str, ended: &AtomicBool) {
    let mut refused = 0;
    while refused < 5 {
        let had_ended = ended.load(Ordering::SeqCst);
        let status = server.get(path).bearer(JOHN).send().status;
        match status {
            200 => assert!(refused == 0 && !had_ended, "accepted after it had ended"),
            401 => refused += 1,
            other => panic!("{other}"),
        }
    }
}

/// Ends John's token while two clients use it.
#[track_caller]
fn assert_ends_in_use(server: &Server, end: impl Fn() + Send + Sync) {
    let ended = AtomicBool::new(false);
    race::<()>(vec![
        Box::new(|| use_until_refused(server, "/api/v3/user", &ended)),
        Box::new(|| use_until_refused(server, "/api/v1.1/users/john_smith/", &ended)),
        Box::new(|| {
            end();
            ended.store(true, Ordering::SeqCst);
        }),
    ]);
    assert_clean(server);
}

#[test]
fn a_token_revoked_in_use_stops_working() {
    for _ in 0..5 {
        let server = Server::on_file_without_passwords(&[]);
        let id: i64 = server.sql("SELECT id FROM tokens WHERE user_id = 1");
        assert_ends_in_use(&server, || assert!(server.cli(&["token", "revoke", &id.to_string()]).status.success()));
    }
}

#[test]
fn a_user_blocked_in_use_stays_blocked() {
    let server = Server::on_file_without_passwords(&[]);
    for _ in 0..ROUNDS {
        assert_ends_in_use(&server, || {
            drop(server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200))
        });
        server.put("/api/v3/users/1/unblock").private_token(ROOT).send().expect(200);
    }
}

#[test]
fn a_user_deleted_in_use_stays_deleted() {
    for _ in 0..5 {
        let server = Server::on_file_without_passwords(&[]);
        assert_ends_in_use(&server, || drop(server.delete("/api/v3/users/1").private_token(ROOT).send().expect(200)));
    }
}

#[test]
fn sessions_of_an_old_password_end_when_it_changes() {
    let server = Server::demo();
    for round in 0..ROUNDS {
        let (old, new) = (format!("a-password-{round}"), format!("a-password-{}", round + 1));
        put(&server, json!({"password": old})).send().expect(200);
        let session =
            |password: &str| server.post("/api/v3/session").json(json!({"login": "john_smith", "password": password}));
        let answers = send_all([session(&old), put(&server, json!({"password": new})), session(&old)]);
        assert_eq!(answers[1].status, 200);
        // Sessions that began with the old password have ended.
        for answer in [&answers[0], &answers[2]] {
            assert!([201, 401].contains(&answer.status), "{answer:?}");
            if answer.status == 201 {
                let token = answer.json()["private_token"].as_str().unwrap().to_owned();
                server.get("/api/v3/user").private_token(&token).send().expect(401);
            }
        }
        session(&old).send().expect(401);
        session(&new).send().expect(201);
    }
}
