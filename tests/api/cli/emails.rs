//! `accountd email …`

use super::{Commands, Connection, Database, JOE, light_server, listed_email as email};
use serde_json::{Value, json};

const ADMIN: Option<&str> = Some("administrator");
const LIST: &str = "/api/v1.1/users/joe/emails/";

#[test]
fn every_email_command_takes_effect_on_an_open_connection() {
    let server = light_server();
    let mut open = Connection::to(&server);
    let mut expect = |emails: &[Value]| {
        let without_verifier = |email: &Value| {
            let [address, verified, primary] = ["email", "verified", "primary"].map(|name| email[name].clone());
            json!({"email": address, "verified": verified, "primary": primary})
        };
        assert_eq!(open.by(JOE, LIST), (200, emails.iter().map(without_verifier).collect()));
        assert_eq!(open.by(JOE, "/api/v3/user").1["email"], emails[0]["email"]);
        assert_eq!(server.json(&["email", "list", "joe"]), json!(emails));
    };
    let (first, work) = (email("joe@example.com", ADMIN, true), email("joe@work.example", None, false));
    expect(&[first.clone(), work.clone()]);

    let added = server.json(&["email", "add", "joe", "joe@home.example"]);
    assert_eq!(added, email("joe@home.example", None, false));
    expect(&[first.clone(), work.clone(), added.clone()]);

    let known = server.json(&["email", "add", "joe", "joe@club.example", "--verified"]);
    assert_eq!(known, email("joe@club.example", ADMIN, false));
    expect(&[first.clone(), work.clone(), added, known.clone()]);

    let verified = server.json(&["email", "verify", "joe", "JOE@home.example"]);
    assert_eq!(verified, email("joe@home.example", ADMIN, false));
    expect(&[first, work.clone(), verified.clone(), known.clone()]);

    // SPEC 4: an unverified address may become primary.
    let primary = server.json(&["email", "primary", "joe", "joe@work.example"]);
    assert_eq!(primary, email("joe@work.example", None, true));
    let first = email("joe@example.com", ADMIN, false);
    expect(&[primary.clone(), first.clone(), verified, known.clone()]);

    assert_eq!(server.json(&["email", "remove", "joe", "joe@home.example"]), email("joe@home.example", ADMIN, false));
    expect(&[primary, first, known]);
}

#[test]
fn email_list_prints_a_table_without_json() {
    let database = Database::light();
    let list = database.ok(&["email", "list", "joe"]);
    let rows: Vec<Vec<_>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected = [
        &["EMAIL", "PRIMARY", "VERIFIED", "VERIFIED", "BY"][..],
        &["joe@example.com", "yes", "yes", "administrator"],
        &["joe@work.example", "no", "no", "-"],
    ];
    assert_eq!(rows, expected);
    assert_eq!(database.ok(&["email", "remove", "joe", "joe@work.example"]), "joe@work.example removed\n");
    let added = database.ok(&["email", "add", "joe", "joe@home.example"]);
    assert!(added.contains("joe@home.example"), "{added}");
}

#[test]
fn a_refused_email_command_changes_nothing() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let long = format!("{}@example.com", "x".repeat(250));
    let table: [(&str, &str, &str); 14] = [
        ("add", "jane@example.com", "has already been taken"),
        ("add", "JOE@Work.Example", "has already been taken"),
        ("add", "", "email"),
        ("add", "joe", "email"),
        ("add", "joe@home.example\n", "email"),
        ("add", "Joe <joe@home.example>", "email"),
        ("add", &long, "email"),
        ("verify", "joe@other.example", "not found"),
        ("verify", "jane@example.com", "not found"),
        ("primary", "joe@other.example", "not found"),
        ("primary", "jane@example.com", "not found"),
        ("remove", "joe@other.example", "not found"),
        ("remove", "jane@example.com", "not found"),
        ("remove", "joe@example.com", "primary"),
    ];
    for (command, address, why) in table {
        let line = database.refused(&["email", command, "joe", address]);
        assert!(line.contains(why), "{command} {address}: {line}");
    }
    assert_eq!(database.ok(&["export"]), before);
}
