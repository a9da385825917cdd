//! Hostile titles and comments never change a line's meaning: whatever is accepted, what sshd reads is exactly the keys.

use super::super::harness::{Server, run_with_stdin};
use super::{ADMIN, Database, ok, read_by_ssh_key, read_by_ssh_keygen};
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use serde_json::json;
use sha2::{Digest, Sha256};
use ssh_key::HashAlg;

/// What somebody who wants into another's account would try, between texts of any characters.
fn hostile() -> impl Strategy<Value = String> {
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
    // Often plain, so that the other text of a case gets a chance to be accepted.
    prop_oneof![2 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()), 1 => Just("plain".to_owned())]
}

/// An Ed25519 key whose private half nobody has (RFC 8709 section 4), and its fingerprint as `ssh-keygen -l` has it.
fn public_key(point: [u8; 32]) -> (String, String) {
    let mut blob = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20".to_vec();
    blob.extend(point);
    let sha = format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(&blob)));
    (format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob)), sha)
}

/// What is printed is one key, this one, and no option but ours, for both readers.
fn exactly(printed: &str, options: &str, line: &str, sha: &str) -> Result<(), TestCaseError> {
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
    // No file beside the sources: a case that fails is printed.
    proptest::test_runner::TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// Everything that shows Joan's only key.
fn everywhere(server: &Server, line: &str, sha: &str) -> Result<(), TestCaseError> {
    let keys = |args: &[&str]| ok(&server.cli(&[&["authorized-keys"], args].concat()));
    exactly(&keys(&["joan"]), "", line, sha)?;
    let forced = keys(&[&["--fingerprint", sha], &OPTIONS[..]].concat());
    exactly(&forced, "restrict,command=\"asjoan\"", line, sha)?;
    exactly(&server.get("/joan.keys").send().body, "", line, sha)?;
    let signers = ok(&server.cli(&["allowed-signers", "joan"]));
    prop_assert_eq!(signers, format!("joan@example.com namespaces=\"git\" {line}\n"));
    // People read these in a terminal: a row a key, whatever its title is.
    prop_assert_eq!(ok(&server.cli(&["key", "list", "joan"])).lines().count(), 2);
    Ok(())
}

#[test]
fn titles_and_comments_through_the_api() {
    let server = Database::new().serve(&[]);
    let case = (hostile(), hostile(), prop_oneof![Just(" "), Just("\t"), Just("")], any::<[u8; 32]>());
    let test = |(title, comment, gap, point): (String, String, &str, [u8; 32])| {
        let (line, sha) = public_key(point);
        let body = json!({"title": title, "key": format!("{line}{gap}{comment}")});
        let answer = server.post("/api/v3/users/4/keys").private(ADMIN).json(body).send();
        if answer.status == 201 {
            let key = answer.json();
            // Kept on one line, and as it was sent.
            let kept = key["key"].as_str().unwrap();
            let forging = ['\n', '\r', '\0', '\u{202e}'];
            prop_assert!(!kept.contains(forging), "{}", kept);
            everywhere(&server, &line, &sha)?;
            server.delete(&format!("/api/v3/users/4/keys/{}", key["id"])).private(ADMIN).send().expect(200);
        } else {
            // 404 is what the documents say of an attribute that is invalid, 400 of one that is absent or blank.
            prop_assert!(matches!(answer.status, 400 | 404), "{:?}", answer);
        }
        prop_assert_eq!(ok(&server.cli(&["authorized-keys", "joan"])), "");
        Ok(())
    };
    runner(96).run(&case, test).unwrap();
}

#[test]
fn titles_and_comments_through_the_command_line() {
    let server = Database::new().serve(&[]);
    let case = (hostile(), hostile(), any::<[u8; 32]>());
    let db = server.db.to_str().unwrap().to_owned();
    let test = |(title, comment, point): (String, String, [u8; 32])| {
        let (line, sha) = public_key(point);
        // argv cannot hold NUL; the comment comes on stdin, which can.
        let title = format!("--title={}", title.replace('\0', ""));
        let add = ["key", "add", "joan", "-", &title, "--json", "--db", &db];
        let output = run_with_stdin(&add, &format!("{line} {comment}"));
        if output.status.success() {
            everywhere(&server, &line, &sha)?;
            let key: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            ok(&server.cli(&["key", "remove", &key["id"].to_string()]));
        } else {
            prop_assert!(output.stdout.is_empty());
            prop_assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
        }
        prop_assert_eq!(ok(&server.cli(&["authorized-keys", "joan"])), "");
        Ok(())
    };
    runner(48).run(&case, test).unwrap();
}

#[test]
fn comments_through_an_import() {
    let db = Database::new();
    let test = |(comment, point): (String, [u8; 32])| {
        let (line, sha) = public_key(point);
        let output =
            run_with_stdin(&["key", "import", "joan", "--from", "-", "--db", db.path()], &format!("{line} {comment}"));
        let printed = db.keys(&["joan"]);
        // A line break in the comment makes further lines, which are keys only if they are.
        let fingerprints: Vec<_> = if printed.is_empty() { Vec::new() } else { read_by_ssh_keygen(&printed) };
        let entries = read_by_ssh_key(&printed);
        prop_assert_eq!(entries.len(), fingerprints.len());
        prop_assert!(entries.iter().all(|entry| entry.config_opts().is_empty()));
        prop_assert!(fingerprints.len() <= 1 && fingerprints.iter().all(|found| *found == sha), "{:?}", output);
        for key in
            serde_json::from_str::<Vec<serde_json::Value>>(&ok(&db.cli(&["key", "list", "joan", "--json"]))).unwrap()
        {
            ok(&db.cli(&["key", "remove", &key["id"].to_string()]));
        }
        Ok(())
    };
    runner(48).run(&(hostile(), any::<[u8; 32]>()), test).unwrap();
}

/// An option is refused, or it is one that both readers find before exactly this key.
#[test]
fn options_and_templates_never_break_out() {
    let db = Database::new();
    let (line, sha) = (super::bare(&super::key("ecdsa-256")), super::fingerprint("ecdsa-256"));
    let option = prop_oneof![hostile(), hostile().prop_map(|value| format!("environment=\"{value}\""))];
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
            // What stands between is one option: OpenSSH ends a quoted value at the first quote that no backslash is before.
            let options = &printed["restrict,".len()..printed.len() - line.len() - 2];
            prop_assert!(is_one_option(options), "{}", options);
        }
        Ok(())
    };
    runner(128).run(&(option, hostile()), test).unwrap();
}

/// As auth-options.c of OpenSSH reads it: a name, perhaps `="…"`, and then the end.
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
