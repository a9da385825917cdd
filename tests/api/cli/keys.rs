//! `accountd key …`, with every file of fixtures/keys.

use super::{Commands, Connection, Database, JANE, light_server, ok, refused, wrong_usage};
use crate::harness::{file, read_file, run, run_with_stdin};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The contents of the files in a folder of fixtures/keys, by name.
fn key_files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(file("fixtures/keys").join(folder)).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

fn key_path(name: &str) -> String {
    file("fixtures/keys").join(name).to_str().unwrap().to_owned()
}

/// The output of `ssh-keygen -l` (bits, fingerprint, comment, type) by file name.
fn ssh_keygen_output() -> BTreeMap<String, String> {
    let table = read_file("fixtures/keys/fingerprints.txt");
    let pairs = table.lines().map(|line| line.split_once('\t').unwrap());
    pairs.map(|(name, line)| (name.to_owned(), line.to_owned())).collect()
}

#[test]
fn key_check_prints_the_same_fingerprints_as_ssh_keygen() {
    let expected = ssh_keygen_output();
    let files = key_files("accepted");
    assert!(files.keys().eq(expected.keys()));
    for (name, line) in &expected {
        let mut words = line.split(' ');
        let (bits, fingerprint) = (words.next().unwrap(), words.next().unwrap());
        let path = key_path(&format!("accepted/{name}"));
        let text = ok(run(&["key", "check", &path]));
        assert!(text.contains(fingerprint) && text.contains(bits) && text.lines().count() == 1, "{name}: {text}");
        let json: Value = serde_json::from_str(&ok(run(&["key", "check", &path, "--json"]))).unwrap();
        assert_eq!(json["fingerprint"], fingerprint, "{name}");
        assert_eq!(json["bits"].to_string(), bits, "{name}");
        let key = json["key"].as_str().unwrap();
        assert!(key.starts_with(json["type"].as_str().unwrap()) && !key.contains('\n'), "{name}: {key}");
        let comment = json["comment"].as_str().unwrap();
        assert!(line.contains(if comment.is_empty() { "no comment" } else { comment }), "{name}: {comment}");
    }
}

#[test]
fn key_check_explains_each_refusal_without_echoing_the_file() {
    let files = key_files("refused");
    assert!(files.len() > 60);
    for (name, bytes) in &files {
        let line = refused(run(&["key", "check", &key_path(&format!("refused/{name}"))]));
        assert!(line.starts_with("accountd: ") && line.len() > 40, "{name}: {line}");
        let text = String::from_utf8_lossy(bytes);
        for word in text.split_whitespace().filter(|word| word.len() > 20) {
            assert!(!line.contains(word), "{name}: {line}");
        }
    }
}

#[test]
fn adding_a_refused_file_leaves_the_database_unchanged() {
    let database = Database::light();
    let before = std::fs::read(database.path()).unwrap();
    for name in key_files("refused").keys() {
        let path = key_path(&format!("refused/{name}"));
        refused(database.run(&["key", "add", "joe", &path, "--title", "laptop"]));
    }
    assert_eq!(std::fs::read(database.path()).unwrap(), before);
}

#[test]
fn a_refusal_names_the_remedy() {
    // SPEC 6: including the ssh-keygen command that converts the file.
    for (name, what) in [
        ("rfc4716", "ssh-keygen -i -m RFC4716"),
        ("pem", "ssh-keygen -i -m PEM"),
        ("pkcs8", "ssh-keygen -i -m PKCS8"),
        ("private-openssh", "private"),
        ("dsa.pub", "ssh-keygen -t ed25519"),
        ("certificate-ed25519.pub", "certificate"),
        ("several.pub", "more than one"),
        ("rsa-1023.pub", "1024"),
    ] {
        let line = refused(run(&["key", "check", &key_path(&format!("refused/{name}"))]));
        assert!(line.contains(what), "{name}: {line}");
    }
}

#[test]
fn a_key_can_be_read_from_stdin() {
    let key = read_file("fixtures/keys/accepted/ecdsa-256.pub");
    let text = ok(run_with_stdin(&["key", "check", "-"], &key));
    assert!(text.contains("SHA256:8++Vd0VgrlyfE1nSc3P/cVi9naNScAlOU9xFZ6i169A"), "{text}");
    refused(run_with_stdin(&["key", "check", "-"], ""));
    refused(run_with_stdin(&["key", "check", "-"], &"ssh-ed25519 AAAA ".repeat(1_000)));
    let database = Database::light();
    let args = ["key", "add", "joe", "-", "--db", database.path().to_str().unwrap(), "--json"];
    let added: Value = serde_json::from_str(&ok(run_with_stdin(&args, &key))).unwrap();
    assert_eq!((&added["title"], &added["key"]), (&json!("jane@laptop"), &json!(key.trim_end())));
}

#[test]
fn an_unreadable_key_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing.pub"), folder.path().to_owned()] {
        let line = refused(run(&["key", "check", path.to_str().unwrap()]));
        assert!(line.contains(path.to_str().unwrap()), "{line}");
    }
}

#[test]
fn min_rsa_bits_raises_the_minimum_rsa_size() {
    for command in [&["key", "check"][..], &["key", "add", "joe"]] {
        let database = Database::light();
        let path = key_path("accepted/rsa-2048.pub");
        let args = [command, &[&path, "--min-rsa-bits", "3072"]].concat();
        let line = database.refused(&args);
        assert!(line.contains("2048") && line.contains("3072"), "{line}");
        database.ok(&[command, &[&path, "--min-rsa-bits", "2048"]].concat());
        // OpenSSH's own minimum cannot be lowered.
        wrong_usage(database.run(&[command, &[&path, "--min-rsa-bits", "1023"]].concat()));
    }
}

#[test]
fn key_add_and_key_remove_take_effect_on_an_open_connection() {
    let server = light_server();
    let mut open = Connection::to(&server);
    let ids = |(status, keys): (u16, Value)| {
        assert_eq!(status, 200);
        keys.as_array().unwrap().iter().map(|key| key["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids(open.by(JANE, "/api/v3/user/keys")), [1]);
    let added = server.json(&["key", "add", "jane", &key_path("accepted/sk-ecdsa.pub"), "--title", "stick"]);
    let line = read_file("fixtures/keys/accepted/sk-ecdsa.pub").trim_end().to_owned();
    assert_eq!((&added["id"], &added["title"], &added["key"]), (&json!(2), &json!("stick"), &json!(line)));
    let fingerprint = ssh_keygen_output()["sk-ecdsa.pub"].split(' ').nth(1).unwrap().to_owned();
    assert_eq!(added["fingerprint"], json!(fingerprint));
    assert_eq!(ids(open.by(JANE, "/api/v3/user/keys")), [1, 2]);
    let (_, seen) = open.by(JANE, "/api/v3/user/keys/2");
    for name in ["title", "key", "fingerprint"] {
        assert_eq!(seen[name], added[name]);
    }
    assert_eq!(server.json(&["key", "show", "2"]), added);
    assert_eq!(ids((200, server.json(&["key", "list", "jane"]))), [1, 2]);
    assert_eq!(server.json(&["key", "remove", "2"]), added);
    assert_eq!(ids(open.by(JANE, "/api/v3/user/keys")), [1]);
    assert_eq!(open.by(JANE, "/api/v3/user/keys/2").0, 404);
    let again = server.json(&["key", "add", "jane", &key_path("accepted/sk-ecdsa.pub"), "--title", "stick"]);
    assert_eq!(again["id"], 3, "an id was reused");
}

#[test]
fn every_accepted_key_file_can_be_added() {
    let database = Database::none();
    database.ok(&["user", "add", "ada", "--email", "ada@example.com", "--generate"]);
    for (name, line) in ssh_keygen_output() {
        let added = database.json(&["key", "add", "ada", &key_path(&format!("accepted/{name}")), "--title", &name]);
        assert_eq!(added["fingerprint"].as_str(), line.split(' ').nth(1), "{name}");
    }
    let list = database.ok(&["key", "list", "ada"]);
    for (name, line) in ssh_keygen_output() {
        let fingerprint = line.split(' ').nth(1).unwrap();
        assert!(list.lines().any(|line| line.contains(fingerprint) && line.ends_with(&name)), "{name}: {list}");
    }
    assert_eq!(database.ok(&["check"]), "no damage found\n");
}

#[test]
fn a_key_that_any_user_has_cannot_be_added_again() {
    let database = Database::light();
    // The same key with its comment, without one, and with another.
    let key = read_file("fixtures/keys/accepted/ed25519.pub");
    let bare = key.rsplit_once(' ').unwrap().0;
    for (n, text) in [&key, bare, &format!("{bare} other@host")].into_iter().enumerate() {
        let copy = database.file(&format!("{n}.pub"), text);
        for user in ["joe", "jane"] {
            let line = database.refused(&["key", "add", user, &copy, "--title", "copy"]);
            assert!(line.contains("has already been taken"), "{line}");
        }
    }
    assert_eq!(database.value::<i64>("SELECT count(*) FROM ssh_keys"), 1);
}

#[test]
fn a_key_title_is_required_and_is_a_single_line() {
    let database = Database::light();
    let line = database.refused(&["key", "add", "joe", &key_path("accepted/ed25519-no-comment.pub")]);
    assert!(line.contains("--title"), "{line}");
    let long = "x".repeat(256);
    for title in ["", " ", "a\nb", "a\u{1b}[2J", "a\u{2028}b", &long] {
        let line = database.refused(&["key", "add", "joe", &key_path("accepted/rsa-2048.pub"), "--title", title]);
        assert!(line.contains("title"), "{title:?}: {line}");
    }
    assert_eq!(database.json(&["key", "list", "joe"]), json!([]));
    assert_eq!(database.ok(&["key", "list", "joe"]), "");
}

#[test]
fn an_unknown_key_id_is_named() {
    let database = Database::light();
    for command in ["show", "remove"] {
        assert_eq!(database.refused(&["key", command, "99"]), "accountd: key 99: not found");
        for id in ["0", "one", "1x", "99999999999999999999"] {
            assert!(wrong_usage(database.run(&["key", command, id])).contains(id));
        }
    }
}
