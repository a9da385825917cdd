//! `accountd key import USER --from FILE|URL` and its report on each line.

use super::fake_server::FakeServer;
use super::{Database, bare, fingerprint, key, ok, refused};
use crate::harness::{Server, read_file, run, run_with_stdin};
use serde_json::{Value, json};
use std::process::Output;

fn import(db: &Database, text: &str, args: &[&str]) -> Output {
    let all = [&["key", "import", "joan", "--from", "-", "--db", db.path()], args].concat();
    run_with_stdin(&all, text)
}

/// The line number and outcome of each row of `--json`.
fn outcomes(output: &Output) -> Vec<(u64, String)> {
    let rows = String::from_utf8(output.stdout.clone()).unwrap();
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (row["line"].as_u64().unwrap(), row["outcome"].as_str().unwrap().to_owned())).collect()
}

fn outcome_rows(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
    rows.iter().map(|(line, outcome_rows)| (*line, (*outcome_rows).to_owned())).collect()
}

/// A typical authorized_keys file, with importable keys on lines 3, 5 and 9.
fn mixed_file() -> String {
    [
        "# keys of joan",
        "",
        &key("rsa-3072"),
        "   ",
        &format!("  {}\r", key("ecdsa-384")),
        "ssh-dss AAAAB3NzaC1kc3MAAACB old",
        &format!("command=\"id\",no-pty {}", key("ecdsa-521")),
        "nonsense",
        &key("ed25519-no-comment"),
        // John's key.
        &key("ecdsa-256"),
        &key("rsa-3072"),
    ]
    .join("\n")
}

#[test]
fn each_line_is_reported_and_valid_keys_are_added() {
    let db = Database::new();
    let output = import(&db, &mixed_file(), &[]);
    let text = ok(&output);
    let lines: Vec<_> = text.lines().collect();
    let added = |number: u32, name: &str| {
        let start = format!("line {number}: {} added (key ", fingerprint(name));
        assert!(lines.iter().any(|line| line.starts_with(&start)), "{start} is not in {text}");
    };
    added(3, "rsa-3072");
    added(5, "ecdsa-384");
    added(9, "ed25519-no-comment");
    assert_eq!(lines.len(), 8);
    let ends = [(6, "ssh-keygen -t ed25519"), (7, "text before the key"), (8, "not a public key")];
    for (number, why) in ends {
        let found = lines.iter().find(|line| line.starts_with(&format!("line {number}: refused: "))).unwrap();
        assert!(found.contains(why), "{found}");
    }
    assert!(text.contains(&format!("line 10: {} refused: has already been taken", fingerprint("ecdsa-256"))), "{text}");
    assert!(text.contains(&format!("line 11: {} refused: ", fingerprint("rsa-3072"))), "{text}");
    let keys = ["rsa-3072", "ecdsa-384", "ed25519-no-comment"].map(|name| bare(&key(name)) + "\n").concat();
    assert_eq!(db.keys(&["joan"]), keys);
    // John keeps his key.
    assert_eq!(db.keys(&["john"]), bare(&key("ecdsa-256")) + "\n");
}

#[test]
fn titles_come_from_comments_or_line_numbers() {
    let db = Database::new();
    ok(&import(&db, &mixed_file(), &[]));
    let keys: Value = serde_json::from_str(&ok(&db.cli(&["key", "list", "joan", "--json"]))).unwrap();
    let titles: Vec<_> = keys.as_array().unwrap().iter().map(|key| key["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["jane@laptop", "jane@laptop", "line 9"]);
}

#[test]
fn a_key_with_an_overlong_comment_is_still_imported() {
    let db = Database::new();
    ok(&import(&db, &format!("{} {}", bare(&key("rsa-3072")), "x".repeat(300)), &[]));
    assert_eq!(db.keys(&["joan"]), bare(&key("rsa-3072")) + "\n");
}

#[test]
fn strict_is_all_or_nothing() {
    let db = Database::new();
    let output = import(&db, &mixed_file(), &["--strict", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = [
        (3, "left out"),
        (5, "left out"),
        (6, "refused"),
        (7, "refused"),
        (8, "refused"),
        (9, "left out"),
        (10, "refused"),
        (11, "refused"),
    ];
    assert_eq!(outcomes(&output), outcome_rows(&expected));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.lines().count() == 1 && stderr.contains("5 of 8 lines refused"), "{stderr}");
    assert_eq!(db.keys(&["joan"]), "");
    let good = [key("rsa-3072"), "# x".into(), key("ecdsa-384")].join("\n");
    let output = import(&db, &good, &["--strict", "--json"]);
    assert_eq!((output.status.code(), outcomes(&output)), (Some(0), outcome_rows(&[(1, "added"), (3, "added")])));
    // A key that the user already has does not count as refused.
    let output = import(&db, &format!("{good}\n{}", key("ecdsa-521")), &["--strict", "--json"]);
    let expected = [(1, "there already"), (3, "there already"), (4, "added")];
    assert_eq!((output.status.code(), outcomes(&output)), (Some(0), outcome_rows(&expected)));
}

#[test]
fn importing_again_adds_nothing() {
    let db = Database::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [key("rsa-3072"), key("ecdsa-384")].join("\n")).unwrap();
    let again = || db.cli(&["key", "import", "joan", "--from", file.path().to_str().unwrap(), "--json"]);
    assert_eq!(outcomes(&again()), outcome_rows(&[(1, "added"), (2, "added")]));
    let keys = ok(&db.cli(&["key", "list", "joan", "--json"]));
    let second = again();
    assert_eq!(
        (second.status.code(), outcomes(&second)),
        (Some(0), outcome_rows(&[(1, "there already"), (2, "there already")]))
    );
    assert_eq!(ok(&db.cli(&["key", "list", "joan", "--json"])), keys);
}

#[test]
fn json_prints_one_row_per_line() {
    let db = Database::new();
    let output = import(&db, &format!("{}\nnonsense", key("rsa-3072")), &["--json"]);
    let text = ok(&output);
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let listed: Value = serde_json::from_str(&ok(&db.cli(&["key", "list", "joan", "--json"]))).unwrap();
    let expected = json!({
        "line": 1, "fingerprint": fingerprint("rsa-3072"), "outcome": "added", "key_id": listed[0]["id"], "why": null
    });
    assert_eq!(rows[0], expected);
    let why = rows[1]["why"].as_str().unwrap();
    assert!(why.starts_with("this is not a public key"), "{why}");
    assert_eq!(rows[1], json!({"line": 2, "fingerprint": null, "outcome": "refused", "key_id": null, "why": why}));
}

#[test]
fn a_file_without_keys_fails_only_if_a_line_is_invalid() {
    let db = Database::new();
    // A file without keys is not an error.
    assert_eq!(ok(&import(&db, "", &[])), "");
    assert_eq!(ok(&import(&db, "# only this\n\n", &["--strict"])), "");
    let output = import(&db, "nonsense\n", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}

#[test]
fn a_private_key_is_neither_stored_nor_echoed() {
    let db = Database::new();
    let private = read_file("fixtures/keys/refused/private-openssh");
    let output = import(&db, &private, &[]);
    assert_eq!(output.status.code(), Some(1));
    let all_output = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    for line in private.lines().filter(|line| line.len() > 20 && !line.starts_with("---")) {
        assert!(!all_output.contains(line), "{all_output}");
    }
    assert_eq!(db.keys(&["joan"]), "");
}

#[test]
fn every_refused_kind_of_key_is_refused() {
    let folder = crate::harness::file("fixtures/keys/refused");
    // Joan alone, so that no key is refused because another user has it.
    let db = Database::of(&json!({"users": [super::accounts()["users"][3]]}));
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let output = db.cli(&["key", "import", "joan", "--from", path.to_str().unwrap(), "--strict"]);
        // As an authorized_keys file, several.pub is valid: two keys on two lines. An empty file has nothing to refuse.
        let several = path.ends_with("several.pub");
        let empty = path.ends_with("empty");
        assert_eq!(output.status.success(), several || empty, "{}: {output:?}", path.display());
    }
    let printed = db.keys(&["joan"]);
    assert_eq!(printed.lines().count(), 2, "{printed}");
}

#[test]
fn keys_can_be_imported_from_another_accountd() {
    let (server, db) = (Server::demo(), Database::new());
    let url = |name: &str| format!("{}/{name}.keys", server.url());
    let import = |name: &str| db.cli(&["key", "import", "joan", "--from", &url(name), "--json"]);
    // john_smith has the key of the GitLab documents, and one that Jane has in this database.
    let output = import("john_smith");
    assert_eq!((output.status.code(), outcomes(&output)), (Some(0), outcome_rows(&[(1, "added"), (2, "refused")])));
    assert_eq!(
        db.keys(&["joan"]),
        server.get("/john_smith.keys").send().body.lines().next().unwrap().to_owned() + "\n"
    );
    let line = refused(&import("nobody"));
    assert!(line.contains("404") && line.contains(&url("nobody")), "{line}");
}

#[test]
fn a_url_without_keys_is_refused() {
    let db = Database::new();
    for server in [
        FakeServer::responding("500 Oh", ""),
        FakeServer::responding("200 OK", vec![b'x'; 2 << 20]),
        FakeServer::responding("403 No", key("rsa-3072")),
    ] {
        refused(&db.cli(&["key", "import", "joan", "--from", &server.url()]));
    }
    refused(&db.cli(&["key", "import", "joan", "--from", "http://127.0.0.1:1/jane.keys"]));
    let page = FakeServer::responding("200 OK", "<html>\n<body>Sign in</body>\n");
    let output = db.cli(&["key", "import", "joan", "--from", &page.url()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(db.keys(&["joan"]), "");
}

#[test]
fn an_unreadable_source_is_refused() {
    let db = Database::new();
    refused(&db.cli(&["key", "import", "joan", "--from", "/no/such/file"]));
    refused(&db.cli(&["key", "import", "joan", "--from", "/etc"]));
    refused(&db.cli(&["key", "import", "joan", "--from", "/dev/zero"]));
    refused(&db.cli(&["key", "import", "nobody", "--from", "/dev/null"]));
    refused(&run(&["key", "import", "joan", "--from", "/dev/null", "--db", "/no/such.db"]));
}

#[test]
fn min_rsa_bits_applies_to_imported_keys() {
    let db = Database::new();
    let output = import(&db, &key("rsa-2048"), &["--min-rsa-bits", "3072"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("2048 bits and at least 3072"));
}
