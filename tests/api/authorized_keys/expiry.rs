//! Keys with an expiry time: `expires_at` in the API, on the command line and in archives, and its effect.

use super::{ADMIN, Database, accounts, bare, key, ok, refused, refused_with};
use crate::harness::{JOHN, Server, run_with_stdin};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn add(server: &Server, expires_at: &Value) -> crate::harness::Response {
    let body = json!({"title": "t", "key": key("rsa-3072"), "expires_at": expires_at});
    server.post("/api/v3/user/keys").private_token(JOHN).json(body).send()
}

#[test]
fn expires_at_accepts_a_time_or_a_date() {
    for (given, shown) in [
        ("2999-01-02T03:04:05Z", "2999-01-02T03:04:05Z"),
        ("2999-01-02T03:04:05.678Z", "2999-01-02T03:04:05Z"),
        ("2999-01-02T03:04:05+02:00", "2999-01-02T01:04:05Z"),
        ("2999-01-02", "2999-01-02T00:00:00Z"),
    ] {
        let server = Server::demo();
        let added = add(&server, &json!(given)).expect(201);
        assert_eq!(added["expires_at"], shown, "{given}");
        let listed = server.get("/api/v3/user/keys").private_token(JOHN).send().expect(200);
        assert_eq!(listed[2]["expires_at"], shown, "{given}");
        // Keys without an expiry time do not have the field in v3.
        assert_eq!(listed[0].get("expires_at"), None);
        let (own, any) = (format!("/api/v3/user/keys/{}", added["id"]), format!("/api/v4/keys/{}", added["id"]));
        assert_eq!(server.get(&own).private_token(JOHN).send().expect(200)["expires_at"], shown);
        // v4 shows milliseconds.
        let shown = if given.contains(".678") { shown.replace('Z', ".678Z") } else { shown.replace('Z', ".000Z") };
        assert_eq!(server.get(&any).private_token(crate::harness::ROOT).send().expect(200)["expires_at"], shown);
    }
}

#[test]
fn expires_at_null_means_no_expiry() {
    let server = Server::demo();
    assert_eq!(add(&server, &Value::Null).expect(201).get("expires_at"), None);
}

#[test]
fn a_past_or_malformed_expires_at_is_refused() {
    let server = Server::demo_with(&["--gitlab-errors", "precise"]);
    for bad in ["2020-01-01", "1970-01-01T00:00:00Z", "soon", " ", "2999-13-01", "2999-01-01T00:00:00", "99999-01-01"] {
        let answer = add(&server, &json!(bad)).expect(400);
        assert_eq!(answer["message"].as_object().unwrap().keys().collect::<Vec<_>>(), ["expires_at"], "{bad}");
    }
    assert_eq!(add(&server, &json!(5)).status, 400);
    assert_eq!(add(&server, &json!([])).status, 400);
    assert_eq!(server.get("/api/v3/user/keys").private_token(JOHN).send().expect(200).as_array().unwrap().len(), 2);
}

#[test]
fn key_add_accepts_a_duration() {
    let db = Database::new();
    let pub_file = crate::harness::file("fixtures/keys/accepted/rsa-3072.pub");
    let add = |when: &str| db.cli(&["key", "add", "joan", pub_file.to_str().unwrap(), "--expires", when, "--json"]);
    for bad in ["2020-01-01", "-1d", "0s", "soon", "", "5"] {
        refused_with(&add(bad), 2);
    }
    assert_eq!(db.keys(&["joan"]), "");
    let before = Timestamp::now();
    let added: Value = serde_json::from_str(&ok(&add("90d"))).unwrap();
    let end: Timestamp = added["expires_at"].as_str().unwrap().parse().unwrap();
    let span = end.duration_since(before);
    let days = SignedDuration::from_hours(90 * 24);
    assert!(span >= days - SignedDuration::from_secs(1) && span < days + SignedDuration::from_mins(1), "{span}");
    let written = end.strftime("%Y%m%d%H%M%SZ").to_string();
    assert_eq!(db.keys(&["joan"]), format!("expiry-time=\"{written}\" {}\n", bare(&key("rsa-3072"))));
    assert!(ok(&db.cli(&["key", "list", "joan"])).contains(&end.strftime("%Y-%m-%d").to_string()));
}

/// Jane's first key expires in 2999, her second expired in 2020.
fn accounts_with_expiring_keys() -> Value {
    let mut fixture = accounts();
    fixture["users"][1]["keys"][0]["expires_at"] = "2999-01-02T03:04:05.678901Z".into();
    fixture["users"][1]["keys"][1]["expires_at"] = "2020-01-01T00:00:00Z".into();
    fixture
}

#[test]
fn an_expired_key_is_not_offered_for_login() {
    let db = Database::of(&accounts_with_expiring_keys());
    let left = format!(
        "restrict,expiry-time=\"29990102030405Z\" {}\nrestrict {}\n",
        bare(&key("ed25519")),
        bare(&key("sk-ssh-ed25519"))
    );
    assert_eq!(db.keys(&["jane", "--restrict"]), left);
    let sha = super::fingerprint("rsa-2048");
    assert_eq!(db.keys(&["--fingerprint", &sha]), "");
    assert_eq!(db.keys(&["jane", "--fingerprint", &sha]), "");
    let server = db.serve(&[]);
    let public = server.get("/jane.keys").send().body;
    assert_eq!(public, format!("{}\n{}\n", bare(&key("ed25519")), bare(&key("sk-ssh-ed25519"))));
    let listed = server.get("/api/accountd/authorized_keys?username=jane").private_token(ADMIN).send().expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["expires_at"], "2999-01-02T03:04:05.678901Z");
    // The owner can still see and delete it.
    assert_eq!(server.get("/api/v3/users/2/keys").private_token(ADMIN).send().expect(200).as_array().unwrap().len(), 3);
}

#[test]
fn a_key_is_printed_until_it_expires() {
    let mut fixture = accounts();
    let end = Timestamp::now() + SignedDuration::from_secs(3);
    fixture["users"][2]["keys"][0]["expires_at"] = end.to_string().into();
    let db = Database::of(&fixture);
    let mut seen = 0;
    loop {
        let (before, printed) = (Timestamp::now(), db.keys(&["john"]));
        if printed.is_empty() {
            break;
        }
        assert!(before < end, "still printed at {before}, after {end}");
        seen += 1;
    }
    assert!(Timestamp::now() >= end && seen > 0);
}

#[test]
fn an_export_preserves_expiry_times() {
    let db = Database::of(&accounts_with_expiring_keys());
    let exported: Value = serde_json::from_str(&ok(&db.cli(&["export"]))).unwrap();
    let keys = &exported["users"][1]["keys"];
    assert_eq!(keys[0]["expires_at"], "2999-01-02T03:04:05.678901Z");
    assert_eq!(keys[1]["expires_at"], "2020-01-01T00:00:00Z");
    let again = Database::of(&exported);
    assert_eq!(again.keys(&["jane"]), db.keys(&["jane"]));
}

#[test]
fn an_archive_with_a_malformed_expires_at_is_refused() {
    let db = Database::new();
    for bad in [json!("soon"), json!(5), json!("2999-01-01")] {
        let user = json!({"username": "new", "emails": [{"email": "new@example.com"}],
            "keys": [{"title": "t", "key": key("rsa-3072"), "expires_at": bad}]});
        let output =
            run_with_stdin(&["import", "/dev/stdin", "--db", db.path()], &json!({"users": [user]}).to_string());
        refused(&output);
    }
    assert_eq!(db.keys(&["new"]), "");
}
