//! Keys that are accepted.

use super::{accepted_files, folder, names, parse, read};
use accountd::domain::ssh_key::SshKey;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// A line as `ssh-keygen -l` prints it: `256 SHA256:… jane@laptop (ED25519)`.
fn printed_by_ssh_keygen(key: &SshKey) -> String {
    let kind = match key.algorithm() {
        "ssh-rsa" => "RSA",
        "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => "ECDSA",
        "ssh-ed25519" => "ED25519",
        "sk-ecdsa-sha2-nistp256@openssh.com" => "ECDSA-SK",
        "sk-ssh-ed25519@openssh.com" => "ED25519-SK",
        other => panic!("{other}"),
    };
    let comment = match key.comment() {
        "" => "no comment",
        comment => comment,
    };
    format!("{} {} {comment} ({kind})", key.bits(), key.fingerprint())
}

#[test]
fn every_accepted_key_has_the_size_and_fingerprint_that_ssh_keygen_prints() {
    let table = fs::read_to_string(folder("fingerprints.txt")).unwrap();
    let table: Vec<_> = table.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let listed: BTreeSet<_> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, names("accepted"));
    for (name, printed) in table {
        let key = parse(&read("accepted", name)).unwrap();
        assert_eq!(printed_by_ssh_keygen(&key), printed, "{name}");
    }
}

#[test]
fn an_accepted_line_is_stored_unchanged() {
    for (name, text) in accepted_files() {
        let key = parse(&text).unwrap();
        let one_line = match name.as_str() {
            "gitlab-docs-wrapped.pub" => text.replacen('\n', "", 2),
            _ => text,
        };
        assert_eq!(key.as_str(), one_line.trim_end(), "{name}");
        assert!(key.as_str().starts_with(key.without_comment()), "{name}");
        assert!(key.without_comment().starts_with(key.algorithm()), "{name}");
    }
}

#[test]
fn the_keys_in_the_fixtures_are_accepted_and_distinct() {
    let keys_of = |file: &str| -> Vec<String> {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fixtures", file].iter().collect();
        let fixture: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let users = fixture["users"].as_array().unwrap();
        let keys = users.iter().flat_map(|user| user["keys"].as_array().unwrap());
        keys.map(|key| key["key"].as_str().unwrap().to_owned()).collect()
    };
    for (file, count) in [("docker.json", 0), ("gitlab.json", 3), ("demo.json", 3)] {
        let keys = keys_of(file);
        let parsed: Vec<_> = keys.iter().map(|key| parse(key).unwrap()).collect();
        let texts: Vec<_> = parsed.iter().map(SshKey::as_str).collect();
        assert_eq!(texts, keys, "{file}");
        let fingerprints: BTreeSet<_> = parsed.iter().map(SshKey::fingerprint).collect();
        assert_eq!(fingerprints.len(), count, "{file}");
    }
}
