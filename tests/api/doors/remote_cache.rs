//! `authorized-keys --server --cache`: what was answered, for the time when the server is away.

use super::super::harness::Server;
use super::fake::Fake;
use super::remote::{Host, entry};
use super::{ADMIN, Database, bare, fingerprint, key, listing, ok, refused};
use serde_json::{Value, json};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::process::Output;

/// stdout, and the one line on stderr that says where it is from.
#[track_caller]
fn from_the_cache(output: &Output, url: &str) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.starts_with(&format!("accountd: {url}: ")), "{stderr}");
    assert!(stderr.contains("answering from the cache") && stderr.lines().count() == 1, "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn john() -> String {
    bare(&key("ecdsa-256")) + "\n"
}

/// A server that was asked these questions and is gone.
fn asked_and_gone(host: &Host, questions: &[&[&str]]) -> (Server, String) {
    let mut server = Database::new().serve(&[]);
    let url = server.url();
    for args in questions {
        ok(&host.ask_cached(&url, args));
    }
    server.stop();
    (server, url)
}

#[test]
fn while_the_server_is_away_the_cache_answers_what_was_asked_before() {
    let (host, sha) = (Host::new(), fingerprint("rsa-2048"));
    let (_server, url) = asked_and_gone(&host, &[&["john"], &["--fingerprint", &sha]]);
    assert_eq!(from_the_cache(&host.ask_cached(&url, &["john"]), &url), john());
    // Options are of the line and not of the question.
    let output = host.ask_cached(&url, &["JOHN", "--restrict", "--command", "x {username} {key_id}"]);
    assert_eq!(from_the_cache(&output, &url), format!("restrict,command=\"x john 14\" {}", john()));
    let output = host.ask_cached(&url, &["--fingerprint", &sha]);
    assert_eq!(from_the_cache(&output, &url), bare(&key("rsa-2048")) + "\n");
    // Other questions have no answer, though one could be put together.
    for args in [&["jane"][..], &["--fingerprint", &fingerprint("ecdsa-256")], &["jane", "--fingerprint", &sha]] {
        assert!(refused(&host.ask_cached(&url, args)).starts_with(&format!("accountd: {url}: ")), "{args:?}");
    }
}

#[test]
fn a_server_that_is_out_of_order_is_away_too() {
    for status in ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "429 Too Many Requests"] {
        let host = Host::new();
        let good = Fake::saying("200 OK", json!([entry("john", &key("ecdsa-256"))]).to_string());
        ok(&host.ask_cached(&good.url(), &["john"]));
        let bad = Fake::saying(status, "");
        assert_eq!(from_the_cache(&host.ask_cached(&bad.url(), &["john"]), &bad.url()), john(), "{status}");
    }
}

#[test]
fn a_server_that_hangs_is_away_too() {
    let host = Host::new();
    let (_server, _) = asked_and_gone(&host, &[&["john"]]);
    let silent = Fake::new(|_| std::thread::sleep(std::time::Duration::from_secs(30)));
    assert_eq!(from_the_cache(&host.ask_cached(&silent.url(), &["john"]), &silent.url()), john());
}

/// A token that was revoked, or an answer that is none: what was kept would hide it.
#[test]
fn a_refusal_is_not_papered_over() {
    let host = Host::new();
    let (_server, _) = asked_and_gone(&host, &[&["john"]]);
    for (status, body) in
        [("401 Unauthorized", ""), ("403 Forbidden", ""), ("404 Not Found", ""), ("200 OK", "welcome")]
    {
        let fake = Fake::saying(status, body);
        refused(&host.ask_cached(&fake.url(), &["john"]));
    }
    let away = "http://127.0.0.1:1";
    assert_eq!(from_the_cache(&host.ask_cached(away, &["john"]), away), john());
}

#[test]
fn who_was_blocked_or_lost_a_key_before_the_server_went_stays_out() {
    let host = Host::new();
    let mut server = Database::new().serve(&[]);
    let url = server.url();
    assert_eq!(ok(&host.ask_cached(&url, &["john"])), john());
    assert_eq!(ok(&host.ask_cached(&url, &["jane"])).lines().count(), 3);
    server.put("/api/v3/users/3/block").private(ADMIN).send().expect(200);
    server.delete("/api/v3/users/2/keys/11").private(ADMIN).send().expect(200);
    assert_eq!(ok(&host.ask_cached(&url, &["john"])), "");
    assert_eq!(ok(&host.ask_cached(&url, &["jane"])).lines().count(), 2);
    server.stop();
    assert_eq!(String::from_utf8_lossy(&host.ask_cached(&url, &["john"]).stdout), "");
    let left = ["rsa-2048", "sk-ssh-ed25519"].map(|name| bare(&key(name)) + "\n").concat();
    assert_eq!(from_the_cache(&host.ask_cached(&url, &["jane"]), &url), left);
}

/// The file of the only question asked.
fn only_file(host: &Host) -> PathBuf {
    let files = listing(&host.cache());
    assert_eq!(files.len(), 1, "{files:?}");
    host.cache().join(&files[0].0)
}

/// Sets back when the answer was kept.
fn age(host: &Host, span: jiff::SignedDuration) {
    let file = only_file(host);
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    kept["at"] = (jiff::Timestamp::now() - span).to_string().into();
    std::fs::write(file, kept.to_string()).unwrap();
}

#[test]
fn an_answer_grows_stale() {
    let host = Host::new();
    let (_server, url) = asked_and_gone(&host, &[&["john"]]);
    let hours = jiff::SignedDuration::from_hours;
    for (old, args, good) in [
        (hours(23), &["john"][..], true),
        (hours(25), &["john"], false),
        (hours(25), &["john", "--max-stale", "2d"], true),
        (hours(1), &["john", "--max-stale", "30m"], false),
        (hours(1), &["john", "--max-stale", "0s"], false),
        // The clock was set back: nobody knows how old it is.
        (hours(-1), &["john"], false),
    ] {
        age(&host, old);
        let output = host.ask_cached(&url, args);
        if good {
            assert_eq!(from_the_cache(&output, &url), john(), "{old} {args:?}");
        } else {
            assert!(refused(&output).contains(&url), "{old} {args:?}");
        }
    }
}

#[test]
fn files_are_whole_and_for_their_owner_only() {
    let host = Host::new();
    let (_server, url) = asked_and_gone(&host, &[&["john"]]);
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&host.cache()), mode(&only_file(&host))), (0o700, 0o600));
    // Whatever is wrong with a file, it is no answer.
    let file = only_file(&host);
    let whole = std::fs::read(&file).unwrap();
    for text in [&b""[..], &whole[..whole.len() / 2], b"nonsense", b"[]", b"\xff"] {
        std::fs::write(&file, text).unwrap();
        refused(&host.ask_cached(&url, &["john"]));
    }
    // A forged key is looked at as if the server had sent it.
    let forged = String::from_utf8(whole).unwrap().replace("ecdsa-sha2", "command=\\\"id\\\" ecdsa-sha2");
    std::fs::write(&file, forged).unwrap();
    refused(&host.ask_cached(&url, &["john"]));
    assert_eq!(listing(&host.cache()).len(), 1);
}

#[test]
fn the_answer_to_one_question_is_none_to_another() {
    let host = Host::new();
    let (_server, url) = asked_and_gone(&host, &[&["john"], &["jane"]]);
    let files = listing(&host.cache());
    let paths: Vec<_> = files.iter().map(|(name, _)| host.cache().join(name)).collect();
    let texts: Vec<_> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    std::fs::write(&paths[0], &texts[1]).unwrap();
    std::fs::write(&paths[1], &texts[0]).unwrap();
    refused(&host.ask_cached(&url, &["john"]));
    refused(&host.ask_cached(&url, &["jane"]));
}

#[test]
fn a_folder_that_somebody_else_can_write_to_is_not_used() {
    let server = Database::new().serve(&[]);
    let host = Host::new();
    ok(&host.ask_cached(&server.url(), &["john"]));
    let cache = host.cache();
    for mode in [0o770, 0o702, 0o777] {
        std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(refused(&host.ask_cached(&server.url(), &["john"])).contains("--cache"), "{mode:o}");
    }
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o700)).unwrap();
    // Only root can make it another's.
    if chown(&cache, Some(65534), None).is_ok() {
        assert!(refused(&host.ask_cached(&server.url(), &["john"])).contains("--cache"));
    }
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::rename(&cache, elsewhere.path().join("cache")).unwrap();
    symlink(elsewhere.path().join("cache"), &cache).unwrap();
    assert!(refused(&host.ask_cached(&server.url(), &["john"])).contains("--cache"));
    std::fs::remove_file(&cache).unwrap();
    std::fs::write(&cache, "").unwrap();
    assert!(refused(&host.ask_cached(&server.url(), &["john"])).contains("--cache"));
}

/// Whoever offers keys to the shared account must not fill the disk.
#[test]
fn a_strangers_key_leaves_nothing_behind() {
    let server = Database::new().serve(&[]);
    let host = Host::new();
    ok(&host.ask_cached(&server.url(), &["john"]));
    let before = listing(&host.cache());
    for name in ["rsa-3072", "rsa-4096", "ecdsa-384", "ecdsa-521"] {
        assert_eq!(ok(&host.ask_cached(&server.url(), &["--fingerprint", &fingerprint(name)])), "");
    }
    assert_eq!(listing(&host.cache()), before);
}
