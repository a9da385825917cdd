//! Hostile titles, comments and options must not change what sshd reads: whatever text is accepted, the output is
//! exactly the expected keys.

use super::{ADMIN, Database, ok, read_by_ssh_key, read_by_ssh_keygen};
use crate::harness::{Server, run_with_stdin};
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use serde_json::json;
use sha2::{Digest, Sha256};
use ssh_key::HashAlg;
use std::cell::Cell;

/// Texts that an attacker would try in order to inject a line or an option, mixed with arbitrary characters.
fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\0".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("'".to_owned()),
        Just("#".to_owned()),
        Just(" ".to_owned()),
        Just("\t".to_owned()),
        Just(",".to_owned()),
        Just("command=\"id\" ".to_owned()),
        Just("\",command=\"id".to_owned()),
        Just("{username}".to_owned()),
        Just("no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINP+od5Bvk9rE3r0JDfRwLZ/72vb3p/wsWyM0uLPlPVA".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("\u{200f}".to_owned()),
        Just("\u{2066}".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("\u{85}".to_owned()),
        Just("\u{1b}[2K".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("cert-authority ".to_owned()),
        Just("@example.com".to_owned()),
        "\\PC{0,8}",
        any::<String>(),
    ];
    // A third is plain, so that a hostile text in the other field of a case is often accepted.
    prop_oneof![2 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()), 1 => Just("plain".to_owned())]
}

/// An Ed25519 public key without a known private key (RFC 8709 section 4), and its `ssh-keygen -l` fingerprint.
fn public_key(point: [u8; 32]) -> (String, String) {
    let mut blob = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20".to_vec();
    blob.extend(point);
    let sha = format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(&blob)));
    (format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob)), sha)
}

/// Checks that both parsers read exactly this key with exactly these options.
fn check_single_key(printed: &str, options: &str, line: &str, sha: &str) -> Result<(), TestCaseError> {
    let gap = if options.is_empty() { "" } else { " " };
    prop_assert_eq!(printed, format!("{options}{gap}{line}\n"));
    prop_assert_eq!(read_by_ssh_keygen(printed), [sha]);
    let entries = read_by_ssh_key(printed);
    prop_assert_eq!(entries.len(), 1);
    prop_assert_eq!(entries[0].config_opts().as_str(), options);
    prop_assert_eq!(entries[0].public_key().fingerprint(HashAlg::Sha256).to_string(), sha);
    Ok(())
}

const OPTIONS: [&str; 3] = ["--restrict", "--command", "as{username}"];

fn runner(cases: u32) -> proptest::test_runner::TestRunner {
    // A failing case is printed, not saved to a file next to the sources.
    proptest::test_runner::TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// Checks every output that contains Joan's only key.
fn check_all_outputs(server: &Server, line: &str, sha: &str) -> Result<(), TestCaseError> {
    let keys = |args: &[&str]| ok(&server.cli(&[&["authorized-keys"], args].concat()));
    check_single_key(&keys(&["joan"]), "", line, sha)?;
    let forced = keys(&[&["--fingerprint", sha], &OPTIONS[..]].concat());
    check_single_key(&forced, "restrict,command=\"asjoan\"", line, sha)?;
    check_single_key(&server.get("/joan.keys").send().body, "", line, sha)?;
    let signers = ok(&server.cli(&["allowed-signers", "joan"]));
    prop_assert_eq!(signers, format!("joan@example.com namespaces=\"git\" {line}\n"));
    // The table for terminals keeps one row per key, whatever the title is.
    prop_assert_eq!(ok(&server.cli(&["key", "list", "joan"])).lines().count(), 2);
    Ok(())
}

#[test]
fn hostile_titles_and_comments_in_the_api_do_not_change_the_output() {
    let server = Database::new().serve(&[]);
    let case = (hostile_text(), hostile_text(), prop_oneof![Just(" "), Just("\t"), Just("")], any::<[u8; 32]>());
    let accepted = Cell::new(0);
    let test = |(title, comment, gap, point): (String, String, &str, [u8; 32])| {
        let (line, sha) = public_key(point);
        let body = json!({"title": title, "key": format!("{line}{gap}{comment}")});
        let answer = server.post("/api/v3/users/4/keys").private_token(ADMIN).json(body).send();
        if answer.status == 201 {
            let key = answer.json();
            // The stored key is a single line.
            let stored = key["key"].as_str().unwrap();
            let forging = ['\n', '\r', '\0', '\u{202e}'];
            prop_assert!(!stored.contains(forging), "{}", stored);
            check_all_outputs(&server, &line, &sha)?;
            accepted.set(accepted.get() + 1);
            server.delete(&format!("/api/v3/users/4/keys/{}", key["id"])).private_token(ADMIN).send().expect(200);
        } else {
            // The GitLab documents answer 404 for an invalid attribute and 400 for an absent or blank one.
            prop_assert!(matches!(answer.status, 400 | 404), "{:?}", answer);
        }
        prop_assert_eq!(ok(&server.cli(&["authorized-keys", "joan"])), "");
        Ok(())
    };
    test(("title".into(), "comment".into(), " ", [0; 32])).unwrap();
    assert_eq!(accepted.get(), 1, "the API refused harmless texts");
    runner(96).run(&case, test).unwrap();
}

#[test]
fn hostile_titles_and_comments_on_the_command_line_do_not_change_the_output() {
    let server = Database::new().serve(&[]);
    let case = (hostile_text(), hostile_text(), any::<[u8; 32]>());
    let db = server.db.to_str().unwrap().to_owned();
    let accepted = Cell::new(0);
    let test = |(title, comment, point): (String, String, [u8; 32])| {
        let (line, sha) = public_key(point);
        // An argument cannot contain NUL; the comment can, because it is read from stdin.
        let title = format!("--title={}", title.replace('\0', ""));
        let add = ["key", "add", "joan", "-", &title, "--json", "--db", &db];
        let output = run_with_stdin(&add, &format!("{line} {comment}"));
        if output.status.success() {
            check_all_outputs(&server, &line, &sha)?;
            accepted.set(accepted.get() + 1);
            let key: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            ok(&server.cli(&["key", "remove", &key["id"].to_string()]));
        } else {
            prop_assert!(output.stdout.is_empty());
            prop_assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
        }
        prop_assert_eq!(ok(&server.cli(&["authorized-keys", "joan"])), "");
        Ok(())
    };
    test(("title".into(), "comment".into(), [0; 32])).unwrap();
    assert_eq!(accepted.get(), 1, "key add refused harmless texts");
    runner(48).run(&case, test).unwrap();
}

#[test]
fn hostile_comments_in_an_import_do_not_change_the_output() {
    let db = Database::new();
    let accepted = Cell::new(0);
    let test = |(comment, point): (String, [u8; 32])| {
        let (line, sha) = public_key(point);
        let output =
            run_with_stdin(&["key", "import", "joan", "--from", "-", "--db", db.path()], &format!("{line} {comment}"));
        let printed = db.keys(&["joan"]);
        // A line break in the comment starts another line, which is imported only if it is a valid key itself.
        let fingerprints: Vec<_> = if printed.is_empty() { Vec::new() } else { read_by_ssh_keygen(&printed) };
        let entries = read_by_ssh_key(&printed);
        prop_assert_eq!(entries.len(), fingerprints.len());
        prop_assert!(entries.iter().all(|entry| entry.config_opts().is_empty()));
        prop_assert!(fingerprints.len() <= 1 && fingerprints.iter().all(|found| *found == sha), "{:?}", output);
        accepted.set(accepted.get() + fingerprints.len());
        for key in
            serde_json::from_str::<Vec<serde_json::Value>>(&ok(&db.cli(&["key", "list", "joan", "--json"]))).unwrap()
        {
            ok(&db.cli(&["key", "remove", &key["id"].to_string()]));
        }
        Ok(())
    };
    test(("comment".into(), [0; 32])).unwrap();
    assert_eq!(accepted.get(), 1, "key import refused a harmless comment");
    runner(48).run(&(hostile_text(), any::<[u8; 32]>()), test).unwrap();
}

/// Each option is either refused or printed as a single option before exactly this key.
#[test]
fn options_and_command_templates_stay_inside_one_option() {
    let db = Database::new();
    let (line, sha) = (super::bare(&super::key("ecdsa-256")), super::fingerprint("ecdsa-256"));
    let option = prop_oneof![hostile_text(), hostile_text().prop_map(|value| format!("environment=\"{value}\""))];
    let accepted = Cell::new(0);
    let test = |(option, template): (String, String)| {
        let (option, template) = (option.replace('\0', ""), template.replace('\0', ""));
        for args in [
            [format!("--option={option}"), "--restrict".into()],
            [format!("--command={template}"), "--restrict".into()],
        ] {
            let output = db.cli(&["authorized-keys", "john", &args[0], &args[1]]);
            if !output.status.success() {
                prop_assert!(output.stdout.is_empty());
                continue;
            }
            let printed = String::from_utf8(output.stdout).unwrap();
            prop_assert_eq!(printed.matches('\n').count(), 1);
            prop_assert!(printed.starts_with("restrict,") && printed.ends_with(&format!(" {line}\n")), "{}", printed);
            prop_assert_eq!(read_by_ssh_keygen(&printed), [sha.as_str()], "{}", printed);
            // The text in between is one option: OpenSSH ends a quoted value at the first quote without a backslash.
            let options = &printed["restrict,".len()..printed.len() - line.len() - 2];
            prop_assert!(is_one_option(options), "{}", options);
            accepted.set(accepted.get() + 1);
        }
        Ok(())
    };
    test(("no-pty".into(), "serve {username}".into())).unwrap();
    assert_eq!(accepted.get(), 2, "authorized-keys refused a harmless option or command");
    runner(128).run(&(option, hostile_text()), test).unwrap();
}

/// Parses an option like OpenSSH's auth-options.c: a name, optionally followed by `="…"`, and nothing else.
fn is_one_option(text: &str) -> bool {
    let Some((name, quoted)) = text.split_once("=\"") else {
        return !text.contains([' ', '\t', ',', '"', '=']) && !text.is_empty();
    };
    let mut rest = quoted;
    while let Some(at) = rest.find('"') {
        let escaped = rest[..at].ends_with('\\');
        rest = &rest[at + 1..];
        if !escaped {
            return rest.is_empty() && !name.contains([' ', '\t', ',', '"']);
        }
    }
    false
}
