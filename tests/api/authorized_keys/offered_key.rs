//! `authorized-keys`: lookups by user, and by the key that a client offers.

use super::{Database, accounts, bare, fingerprint, key, refused_with};

#[test]
fn keys_are_printed_by_id_without_comments() {
    let db = Database::new();
    let lines = ["ed25519", "rsa-2048", "sk-ssh-ed25519"].map(|name| bare(&key(name)) + "\n").concat();
    assert_eq!(db.keys(&["Jane"]), lines);
    assert_eq!(db.keys(&["john"]), bare(&key("ecdsa-256")) + "\n");
}

#[test]
fn user_names_are_matched_without_case() {
    let db = Database::new();
    assert_eq!(db.keys(&["JOHN"]), bare(&key("ecdsa-256")) + "\n");
    assert_eq!(db.keys(&["jANE"]).lines().count(), 3);
}

#[test]
fn no_keys_for_unknown_blocked_or_invalid_users() {
    let db = Database::new();
    // Unknown, blocked, without keys, and invalid as a user name.
    for name in ["nobody", "bob", "BOB", "joan", "", "jane'--", "%", "J_ne", "jane\n", "../jane", "jané"] {
        assert_eq!(db.keys(&[name]), "", "{name:?}");
    }
}

#[test]
fn every_key_type_is_printed_so_that_ssh_keygen_reads_it() {
    let names =
        ["ecdsa-256", "ecdsa-384", "ecdsa-521", "ed25519", "rsa-1024", "rsa-4096", "sk-ecdsa", "sk-ssh-ed25519"];
    let mut fixture = accounts();
    let keys = names.iter().map(|name| serde_json::json!({"title": name, "key": key(name)})).collect();
    fixture["users"] = serde_json::json!([fixture["users"][3]]);
    fixture["users"][0]["keys"] = keys;
    let db = Database::of(&fixture);
    let printed = db.keys(&["joan"]);
    assert_eq!(printed, names.map(|name| bare(&key(name)) + "\n").concat());
    assert_eq!(super::read_by_ssh_keygen(&printed), names.map(fingerprint));
}

/// The two ways in which sshd can pass the offered key (`%f`, or `%t` and `%k` in sshd_config(5)).
fn offer_args(name: &str) -> [Vec<String>; 2] {
    let line = key(name);
    let mut fields = line.split(' ').map(str::to_owned);
    let (kind, base64) = (fields.next().unwrap(), fields.next().unwrap());
    [vec!["--fingerprint".into(), fingerprint(name)], vec!["--key-type".into(), kind, "--key".into(), base64]]
}

#[track_caller]
fn keys_for_offer(db: &Database, args: &[String], user: Option<&str>) -> String {
    let args = args.iter().map(String::as_str).chain(user);
    db.keys(&args.collect::<Vec<_>>())
}

#[test]
fn an_offered_key_is_found_without_a_user_name() {
    let db = Database::new();
    for name in ["ed25519", "rsa-2048", "sk-ssh-ed25519", "ecdsa-256"] {
        for args in offer_args(name) {
            assert_eq!(keys_for_offer(&db, &args, None), bare(&key(name)) + "\n", "{args:?}");
        }
    }
}

#[test]
fn an_offered_key_is_printed_only_for_its_owner() {
    let db = Database::new();
    for args in offer_args("ecdsa-256") {
        assert_eq!(keys_for_offer(&db, &args, Some("John")), bare(&key("ecdsa-256")) + "\n");
        for other in ["jane", "joan", "bob", "nobody"] {
            assert_eq!(keys_for_offer(&db, &args, Some(other)), "", "{other}");
        }
    }
}

#[test]
fn unknown_keys_and_keys_of_blocked_users_are_not_printed() {
    let db = Database::new();
    for name in ["rsa-3072", "rsa-1024"] {
        for args in offer_args(name) {
            assert_eq!(keys_for_offer(&db, &args, None), "", "{name}");
            assert_eq!(keys_for_offer(&db, &args, Some("bob")), "", "{name}");
        }
    }
}

#[test]
fn a_malformed_offered_key_is_not_printed() {
    let db = Database::new();
    let ecdsa = offer_args("ecdsa-256")[1][3].clone();
    for (kind, base64) in [
        // None of these is the key of any user.
        ("ssh-ed25519", "AAAA"),
        ("ssh-ed25519", ""),
        ("ssh-ed25519", ecdsa.as_str()),
        ("ssh-dss", "AAAAB3NzaC1kc3MAAACB"),
        ("ssh-ed25519-cert-v01@openssh.com", "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t"),
        ("command=\"x\" ecdsa-sha2-nistp256", ecdsa.as_str()),
        ("", ecdsa.as_str()),
    ] {
        assert_eq!(db.keys(&["--key-type", kind, "--key", base64]), "", "{kind} {base64}");
    }
}

#[test]
fn wrong_usage_prints_no_key() {
    let db = Database::new();
    let sha = fingerprint("ecdsa-256");
    for args in [
        &[][..],
        &["--fingerprint", "MD5:00"],
        &["--fingerprint", "SHA256:short"],
        &["--fingerprint", ""],
        &["--key", "AAAA"],
        &["--key-type", "ssh-ed25519"],
        &["--key-type", "ssh-ed25519", "--key", "AAAA", "--fingerprint", &sha],
        &["john", "jane"],
        &["john", "--max-stale", "soon"],
        &["john", "--max-stale-reachable", "soon"],
        &["john", "--require-fresh"],
        &["john", "--server", "http://127.0.0.1:1"],
        &["john", "--token-file", "/dev/null"],
        &["john", "--cache", "/tmp/cache"],
        &["john", "--nonsense"],
    ] {
        let output = db.cli(&[&["authorized-keys"], args].concat());
        refused_with(&output, 2);
    }
}
