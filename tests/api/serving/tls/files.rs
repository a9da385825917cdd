//! Invalid certificate and key files: one error message names the file and the problem before the server does anything.

use super::authority::{Authority, Files, server};
use super::{TlsServer, assert_john, ssh_keygen};
use crate::cli::refused;
use crate::harness::{Server, file, run};
use crate::serving::wait_for;
use rcgen::KeyPair;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Runs `serve` with these files, which must fail; returns the error message.
#[track_caller]
fn startup_error(files: &Files) -> String {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("new.db");
    let base = ["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()];
    let line = refused(run(&[&base[..], &files.options()].concat()));
    assert!(!db.exists(), "a database was created");
    line
}

/// Writes a new key with its certificate to a folder.
fn certificate_pair(folder: &Path) -> Files {
    let files = Files::in_folder(folder);
    files.issue(&Authority::new(), server());
    files
}

#[track_caller]
fn assert_error(line: &str, option: &str, path: &Path, what: &str) {
    assert!(line.starts_with(&format!("accountd: {option} {}: ", path.display())) && line.contains(what), "{line}");
}

#[test]
fn a_missing_or_unreadable_file_is_named() {
    for what in ["No such file", "Is a directory"] {
        let folder = tempfile::tempdir().unwrap();
        let files = certificate_pair(folder.path());
        let take = |path: &Path| {
            std::fs::remove_file(path).unwrap();
            if what == "Is a directory" {
                std::fs::create_dir(path).unwrap();
            }
        };
        take(&files.key);
        assert_error(&startup_error(&files), "--tls-key", &files.key, what);
        take(&files.certificate);
        assert_error(&startup_error(&files), "--tls-cert", &files.certificate, what);
    }
}

#[test]
fn a_file_without_a_certificate_or_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate_pair(folder.path());
    let (certificate, key) = (std::fs::read(&files.certificate).unwrap(), std::fs::read(&files.key).unwrap());
    for wrong in [&b""[..], b"hello\n", &[0x30, 0x82, 1, 2, 0xff], &key] {
        std::fs::write(&files.certificate, wrong).unwrap();
        assert_error(&startup_error(&files), "--tls-cert", &files.certificate, "there is no certificate in it");
    }
    std::fs::write(&files.certificate, &certificate).unwrap();
    for wrong in [&b""[..], b"hello\n", &[0x30, 0x82, 1, 2, 0xff], &certificate] {
        std::fs::write(&files.key, wrong).unwrap();
        assert_error(&startup_error(&files), "--tls-key", &files.key, "there is no private key in it");
    }
}

#[test]
fn a_damaged_file_is_named_without_leaking_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate_pair(folder.path());
    let (certificate, key) =
        (std::fs::read_to_string(&files.certificate).unwrap(), std::fs::read_to_string(&files.key).unwrap());
    let half = |text: &str| text[..text.len() / 4].to_owned();
    let broken = |text: &str| text.replacen("\nMII", "\n!II", 1).replacen("\nMIG", "\n!IG", 1);
    let other = |text: &str| text.replacen("\nMII", "\nTUl", 1).replacen("\nMIG", "\nTUl", 1);
    for damage in [half, broken, other] {
        let damaged = damage(&certificate);
        assert_ne!(damaged, certificate);
        files.write(&damaged, &key);
        assert_error(&startup_error(&files), "--tls-cert", &files.certificate, "damaged");
        let damaged = damage(&key);
        assert_ne!(damaged, key);
        files.write(&certificate, &damaged);
        let line = startup_error(&files);
        assert_error(&line, "--tls-key", &files.key, "damaged");
        let secret: Vec<_> = key.lines().filter(|line| !line.starts_with("-----")).collect();
        assert!(secret.iter().all(|secret| !line.contains(&secret[4..20])), "{line}");
    }
}

#[test]
fn a_key_that_does_not_match_the_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate_pair(folder.path());
    std::fs::write(&files.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let line = startup_error(&files);
    assert_error(&line, "--tls-key", &files.key, "does not belong to the first certificate");
    assert!(line.contains(files.certificate.to_str().unwrap()), "{line}");
    // Also when the chain begins with another certificate.
    let files = certificate_pair(folder.path());
    let chain = std::fs::read_to_string(&files.certificate).unwrap();
    let second = chain.rfind("-----BEGIN").unwrap();
    std::fs::write(&files.certificate, format!("{}{}", &chain[second..], &chain[..second])).unwrap();
    assert_error(&startup_error(&files), "--tls-key", &files.key, "does not belong to the first certificate");
}

#[test]
fn encrypted_and_unsupported_keys_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, args, what) in [
        ("pkcs8", ["-t", "ecdsa", "-b", "256", "-m", "PKCS8", "-N", "secret"], "passphrase"),
        ("pem", ["-t", "ecdsa", "-b", "256", "-m", "PEM", "-N", "secret"], "passphrase"),
        ("p521", ["-t", "ecdsa", "-b", "521", "-m", "PKCS8", "-N", ""], "none of RSA"),
        ("short", ["-t", "rsa", "-b", "1024", "-m", "PKCS8", "-N", ""], "none of RSA"),
    ] {
        let mut files = certificate_pair(folder.path());
        files.key = folder.path().join(name);
        ssh_keygen(&args, &files.key);
        let line = startup_error(&files);
        assert_error(&line, "--tls-key", &files.key, what);
    }
}

#[test]
fn every_supported_key_type_and_format_works() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, bits, algorithm) in
        [("rsa", "2048", &rcgen::PKCS_RSA_SHA256), ("ecdsa", "384", &rcgen::PKCS_ECDSA_P384_SHA384)]
    {
        let mut tls_server = TlsServer::start(&[]);
        let path = folder.path().join(kind);
        ssh_keygen(&["-t", kind, "-b", bits, "-m", "PKCS8", "-N", ""], &path);
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(&std::fs::read_to_string(&path).unwrap(), algorithm).unwrap();
        let chain = tls_server.authority.chain(server(), &key);
        // PKCS #8, then the format specific to the key type.
        for notation in ["PKCS8", "PEM"] {
            ssh_keygen(&["-p", "-m", notation, "-N", ""], &path);
            tls_server.files.write(&chain, &std::fs::read_to_string(&path).unwrap());
            tls_server.restart();
            assert_john(&tls_server.curl(&[]));
        }
    }
    let mut tls_server = TlsServer::start(&[]);
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    tls_server.files.write(&tls_server.authority.chain(server(), &key), &key.serialize_pem());
    tls_server.restart();
    assert_john(&tls_server.curl(&[]));
}

impl TlsServer {
    /// Starts another server with the current files.
    fn restart(&mut self) {
        let folder = std::mem::replace(&mut self.server.folder, tempfile::tempdir().unwrap());
        let seed = file("fixtures/demo.json");
        let base = ["--memory", "--seed", seed.to_str().unwrap()];
        self.server = Server::start_in(folder, &[&base[..], &self.files.options()].concat());
    }
}

#[test]
fn certificate_and_key_must_be_given_together() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate_pair(folder.path());
    let options = files.options();
    for (given, missing) in [(&options[..2], "--tls-key"), (&options[2..], "--tls-cert")] {
        let output = run(&[&["serve", "--memory", "--listen", "127.0.0.1:0"], given].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(missing), "{stderr}");
    }
}

#[test]
fn a_key_readable_by_others_is_logged_as_a_warning() {
    for (mode, warned) in [(0o600, false), (0o640, false), (0o604, true), (0o644, true)] {
        let folder = tempfile::tempdir().unwrap();
        let files = certificate_pair(folder.path());
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut server = Server::start(&[&["--memory"][..], &files.options()].concat());
        let warning = |log: &str| {
            let line = log.lines().find(|line| line.contains("chmod"))?;
            Some((line.contains("WARN"), line.contains(files.key.to_str().unwrap())))
        };
        // The log is complete after the server has stopped.
        if warned {
            assert_eq!(wait_for(|| warning(&server.log())), (true, true));
        }
        server.stop();
        assert_eq!(warning(&server.log()).is_some(), warned, "{mode:o}: {}", server.log());
    }
}
