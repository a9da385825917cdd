//! Changes by commands, and the options of `accountd log`.

use super::{by_command, events, names};
use crate::cli::{Commands, Database, light_server, wrong_usage};
use serde_json::{Value, json};

#[test]
fn the_actor_of_a_command_is_its_uid() {
    let database = Database::light();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/accepted/rsa-2048.pub");
    let key = database.json(&["key", "add", "joe", path, "--title", "desk"]);
    database.ok(&["email", "verify", "joe", "joe@work.example"]);
    database.ok(&["email", "verify", "joe", "joe@work.example"]);
    database.ok(&["user", "block", "joe"]);
    let app = database.json(&["app", "create", "--name", "Wiki", "--redirect-uri", "https://wiki.example.com/"]);
    let client_id = app["client_id"].as_str().unwrap();
    database.ok(&["app", "delete", client_id]);
    database.ok(&["user", "delete", "joe"]);

    let added = json!({"key": 2, "title": "desk", "fingerprint": key["fingerprint"], "expires_at": null});
    let email = json!({"email": "joe@work.example", "primary": false, "verified_by": "administrator"});
    let found = events(&database, &[]);
    let app = json!({"application": "Wiki", "client_id": client_id, "scopes": found[4]["details"]["scopes"]});
    assert_eq!(
        found,
        [
            by_command("accounts.imported", None, json!({"users": 2, "applications": 0, "seed": false})),
            by_command("key.added", Some("joe"), added),
            by_command("email.updated", Some("joe"), email),
            by_command("user.blocked", Some("joe"), json!({})),
            by_command("application.registered", None, app.clone()),
            by_command("application.deleted", None, app),
            by_command("user.deleted", Some("joe"), json!({})),
        ]
    );
}

#[test]
fn a_new_user_of_a_used_name_is_another_user() {
    let database = Database::light();
    database.ok(&["user", "block", "joe"]);
    database.ok(&["user", "delete", "joe"]);
    assert_eq!(names(&database, &["--user", "joe"]), ["user.blocked", "user.deleted"]);
    database.ok(&["user", "add", "joe", "--email", "joe@new.example", "--generate"]);
    assert_eq!(names(&database, &["--user", "joe"]), ["user.created"]);
    let refused = database.refused(&["log", "--user", "nobody"]);
    assert_eq!(refused, "accountd: no such user: nobody");
}

#[test]
fn since_takes_a_span_a_date_or_a_time() {
    let database = Database::light();
    let now = jiff::Timestamp::now();
    let later = (now + jiff::SignedDuration::from_secs(3600)).to_string();
    let earlier = (now - jiff::SignedDuration::from_secs(3600)).to_string();
    for (since, count) in [("1d", 1), ("2000-01-01", 1), (&*earlier, 1), (&*later, 0), ("2999-01-01", 0)] {
        assert_eq!(events(&database, &["--since", since]).len(), count, "{since}");
    }
    for bad in ["", "yesterday", "2000-13-01", "1"] {
        let text = wrong_usage(database.run(&["log", "--since", bad]));
        assert!(text.contains("--since") && text.contains("a span such as 1d"), "{text}");
    }
}

#[test]
fn people_read_aligned_columns_below_a_heading() {
    let database = Database::light();
    database.ok(&["user", "block", "joe"]);
    let text = database.ok(&["log"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("TIME") && lines[0].ends_with("VIA"), "{text}");
    for name in ["ACTOR", "EVENT", "SUBJECT", "FROM", "DETAILS", "VIA"] {
        let column = lines[0].find(name).unwrap();
        for line in &lines[1..] {
            assert!(
                line[..column].ends_with("  ") && !line[column..].starts_with(' ') || name == "DETAILS",
                "{name}: {text}"
            );
        }
    }
    assert!(lines[1].contains("accounts.imported") && lines[1].contains("users=2 applications=0 seed=false"), "{text}");
    assert!(lines[2].contains("user.blocked") && lines[2].ends_with("command line"), "{text}");
    assert_eq!(Database::none().run(&["log"]).status.code(), Some(1));
}

/// The command neither takes a lock nor needs write access, so it runs beside a server and on a read-only copy.
#[test]
fn the_log_is_read_beside_a_server_and_changes_nothing() {
    let server = light_server();
    let version: i64 = server.value("PRAGMA data_version");
    assert_eq!(names(&server, &[]), ["accounts.imported"]);
    server.ok(&["user", "block", "joe"]);
    assert_eq!(names(&server, &[]), ["accounts.imported", "user.blocked"]);
    assert_eq!(server.value::<i64>("PRAGMA data_version"), version);
}

/// Longer than the pages in which it is read.
#[test]
fn a_long_log_is_printed_completely_and_once() {
    let database = Database::light();
    let conn = rusqlite::Connection::open(database.path()).unwrap();
    conn.execute_batch(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2500)
         INSERT INTO audit_log (at, event, actor_id, actor, subject_id, subject, details)
         SELECT 1000 + x / 7, 'user.updated', 1 + x % 2, 'x', iif(x % 3, 2, NULL), 'y', '{\"n\":' || x || '}' FROM n",
    )
    .unwrap();
    drop(conn);
    let numbers = |args: &[&str]| -> Vec<i64> {
        let text = database.ok(&[&["log", "--json"], args].concat());
        let number = |line| serde_json::from_str::<Value>(line).unwrap()["details"]["n"].as_i64();
        text.lines().filter_map(number).collect()
    };
    assert_eq!(numbers(&[]), (1..=2500).collect::<Vec<_>>());
    let joes = (1..=2500).filter(|x| x % 3 != 0 || x % 2 == 1).collect::<Vec<_>>();
    assert_eq!(numbers(&["--user", "joe"]), joes);
}
