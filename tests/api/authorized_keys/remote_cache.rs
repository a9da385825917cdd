//! `authorized-keys --server --cache`: keeps answers for the time when the server is down.

use super::fake_server::FakeServer;
use super::remote_server::{Host, entry};
use super::{ADMIN, Database, bare, fingerprint, key, listing, ok, refused};
use crate::harness::Server;
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

/// Asserts that stderr says in one line that the answer is from the cache; returns stdout.
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

/// Runs these lookups against a server, then stops it.
fn queried_then_stopped(host: &Host, queries: &[&[&str]]) -> (Server, String) {
    let mut server = Database::new().serve(&[]);
    let url = server.url();
    for args in queries {
        ok(&host.ask_cached(&url, args));
    }
    server.stop();
    (server, url)
}

#[test]
fn the_cache_answers_repeated_lookups_while_the_server_is_down() {
    let (host, sha) = (Host::new(), fingerprint("rsa-2048"));
    let (_server, url) = queried_then_stopped(&host, &[&["john"], &["--fingerprint", &sha]]);
    assert_eq!(from_the_cache(&host.ask_cached(&url, &["john"]), &url), john());
    // Options are not part of the lookup.
    let output = host.ask_cached(&url, &["JOHN", "--restrict", "--command", "x {username} {key_id}"]);
    assert_eq!(from_the_cache(&output, &url), format!("restrict,command=\"x john 14\" {}", john()));
    let output = host.ask_cached(&url, &["--fingerprint", &sha]);
    assert_eq!(from_the_cache(&output, &url), bare(&key("rsa-2048")) + "\n");
    // Other lookups are not answered, even where cached answers could be combined.
    for args in [&["jane"][..], &["--fingerprint", &fingerprint("ecdsa-256")], &["jane", "--fingerprint", &sha]] {
        assert!(refused(&host.ask_cached(&url, args)).starts_with(&format!("accountd: {url}: ")), "{args:?}");
    }
}

#[test]
fn a_server_error_counts_as_down() {
    for status in ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "429 Too Many Requests"] {
        let host = Host::new();
        let good = FakeServer::responding("200 OK", json!([entry("john", &key("ecdsa-256"))]).to_string());
        ok(&host.ask_cached(&good.url(), &["john"]));
        let bad = FakeServer::responding(status, "");
        assert_eq!(from_the_cache(&host.ask_cached(&bad.url(), &["john"]), &bad.url()), john(), "{status}");
    }
}

#[test]
fn a_hanging_server_counts_as_down() {
    let host = Host::new();
    let (_server, _) = queried_then_stopped(&host, &[&["john"]]);
    let silent = FakeServer::new(|_| std::thread::sleep(Duration::from_secs(30)));
    assert_eq!(from_the_cache(&host.ask_cached(&silent.url(), &["john"]), &silent.url()), john());
}

/// Otherwise an attacker who keeps the server busy could keep a blocked user's access for as long as `--max-stale`.
#[test]
fn a_server_that_accepts_connections_without_an_answer_limits_the_age_to_five_minutes() {
    let silent = FakeServer::new(|_| std::thread::sleep(Duration::from_secs(30)));
    let failing = FakeServer::responding("503 Service Unavailable", "");
    let reset = FakeServer::new(|_| {});
    let minutes = jiff::SignedDuration::from_mins;
    let cases: [(&FakeServer, i64, &[&str], bool); 6] = [
        (&silent, 6, &[], false),
        (&silent, 4, &[], true),
        (&failing, 6, &[], false),
        (&failing, 6, &["--max-stale-reachable", "10m"], true),
        (&failing, 4, &["--max-stale", "3m"], false),
        (&reset, 6, &[], false),
    ];
    std::thread::scope(|scope| {
        for (server, age, args, good) in cases {
            scope.spawn(move || {
                let host = Host::new();
                let (_server, _) = queried_then_stopped(&host, &[&["john"]]);
                backdate(&host, minutes(age));
                let output = host.ask_cached(&server.url(), &[&["john"], args].concat());
                if good {
                    assert_eq!(from_the_cache(&output, &server.url()), john());
                } else {
                    assert!(refused(&output).contains("accepts connections"), "{age} {args:?} {output:?}");
                }
                let away = "http://127.0.0.1:1";
                if !args.contains(&"--max-stale") {
                    assert_eq!(from_the_cache(&host.ask_cached(away, &["john"]), away), john());
                }
            });
        }
    });
}

#[test]
fn a_fresh_answer_can_be_required() {
    let host = Host::new();
    let mut server = Database::new().serve(&[]);
    let url = server.url();
    let args = ["john", "--require-fresh"];
    assert_eq!(ok(&host.ask_cached(&url, &args)), john());
    assert_eq!(ok(&host.ask(&url, &args)), john());
    server.stop();
    assert!(refused(&host.ask_cached(&url, &args)).contains("--require-fresh"));
    assert_eq!(from_the_cache(&host.ask_cached(&url, &["john"]), &url), john());
}

#[test]
fn a_server_that_fails_now_and_then_is_asked_again() {
    let good = json!([entry("john", &key("ecdsa-256"))]).to_string();
    let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{good}", good.len());
    for failures in [vec![busy], vec![String::new(), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[".to_owned()]] {
        let (count, answer) = (failures.len(), answer.clone());
        let answers = std::sync::Mutex::new(failures.into_iter().chain([answer]));
        let flaky = FakeServer::new(move |stream| {
            let text = answers.lock().unwrap().next().unwrap();
            stream.write_all(text.as_bytes()).unwrap();
        });
        assert_eq!(ok(&Host::new().ask(&flaky.url(), &["john"])), john());
        assert!(flaky.request_heads().len() > count);
    }
}

/// A user with that many keys cannot log in with a deleted one.
#[test]
fn an_answer_over_a_mebibyte_is_an_error_that_the_cache_does_not_hide() {
    let host = Host::new();
    let (_server, _) = queried_then_stopped(&host, &[&["john"]]);
    let large = FakeServer::responding("200 OK", format!("[{}]", " ".repeat(1 << 20)));
    assert!(refused(&host.ask_cached(&large.url(), &["john"])).contains("larger than 1 MiB"));
    let binary = FakeServer::responding("200 OK", b"[\"\xff\"]".to_vec());
    refused(&host.ask_cached(&binary.url(), &["john"]));
}

/// Answering from the cache would hide that the token was revoked or that the URL is wrong.
#[test]
fn a_refusal_is_not_answered_from_the_cache() {
    let host = Host::new();
    let (_server, _) = queried_then_stopped(&host, &[&["john"]]);
    for (status, body) in
        [("401 Unauthorized", ""), ("403 Forbidden", ""), ("404 Not Found", ""), ("200 OK", "welcome")]
    {
        let fake = FakeServer::responding(status, body);
        refused(&host.ask_cached(&fake.url(), &["john"]));
    }
    let away = "http://127.0.0.1:1";
    assert_eq!(from_the_cache(&host.ask_cached(away, &["john"]), away), john());
}

#[test]
fn changes_seen_before_the_server_went_down_stay_in_force() {
    let host = Host::new();
    let mut server = Database::new().serve(&[]);
    let url = server.url();
    assert_eq!(ok(&host.ask_cached(&url, &["john"])), john());
    assert_eq!(ok(&host.ask_cached(&url, &["jane"])).lines().count(), 3);
    server.put("/api/v3/users/3/block").private_token(ADMIN).send().expect(200);
    server.delete("/api/v3/users/2/keys/11").private_token(ADMIN).send().expect(200);
    assert_eq!(ok(&host.ask_cached(&url, &["john"])), "");
    assert_eq!(ok(&host.ask_cached(&url, &["jane"])).lines().count(), 2);
    server.stop();
    // The empty answer has removed the cached one.
    refused(&host.ask_cached(&url, &["john"]));
    let left = ["rsa-2048", "sk-ssh-ed25519"].map(|name| bare(&key(name)) + "\n").concat();
    assert_eq!(from_the_cache(&host.ask_cached(&url, &["jane"]), &url), left);
}

/// The cache file of the only lookup so far.
fn only_file(host: &Host) -> PathBuf {
    let files = listing(&host.cache());
    assert_eq!(files.len(), 1, "{files:?}");
    host.cache().join(&files[0].0)
}

/// Makes the cached answer older by `span`.
fn backdate(host: &Host, span: jiff::SignedDuration) {
    let file = only_file(host);
    let mut cached: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    cached["at"] = (jiff::Timestamp::now() - span).to_string().into();
    std::fs::write(file, cached.to_string()).unwrap();
}

#[test]
fn a_cached_answer_expires() {
    let host = Host::new();
    let (_server, url) = queried_then_stopped(&host, &[&["john"]]);
    let hours = jiff::SignedDuration::from_hours;
    for (old, args, good) in [
        (hours(23), &["john"][..], true),
        (hours(25), &["john"], false),
        (hours(25), &["john", "--max-stale", "2d"], true),
        (hours(1), &["john", "--max-stale", "30m"], false),
        (hours(1), &["john", "--max-stale", "0s"], false),
        // A time in the future: the clock was set back, so the age is unknown.
        (hours(-1), &["john"], false),
    ] {
        backdate(&host, old);
        let output = host.ask_cached(&url, args);
        if good {
            assert_eq!(from_the_cache(&output, &url), john(), "{old} {args:?}");
        } else {
            assert!(refused(&output).contains(&url), "{old} {args:?}");
        }
    }
}

#[test]
fn cache_files_are_private_and_must_be_intact() {
    let host = Host::new();
    let (_server, url) = queried_then_stopped(&host, &[&["john"]]);
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&host.cache()), mode(&only_file(&host))), (0o700, 0o600));
    // A damaged cache file is not used.
    let file = only_file(&host);
    let whole = std::fs::read(&file).unwrap();
    for text in [&b""[..], &whole[..whole.len() / 2], b"nonsense", b"[]", b"\xff"] {
        std::fs::write(&file, text).unwrap();
        refused(&host.ask_cached(&url, &["john"]));
    }
    // Cached keys are validated like keys from the server.
    let forged = String::from_utf8(whole).unwrap().replace("ecdsa-sha2", "command=\\\"id\\\" ecdsa-sha2");
    std::fs::write(&file, forged).unwrap();
    refused(&host.ask_cached(&url, &["john"]));
    assert_eq!(listing(&host.cache()).len(), 1);
}

#[test]
fn a_cached_answer_is_not_used_for_another_lookup() {
    let host = Host::new();
    let (_server, url) = queried_then_stopped(&host, &[&["john"], &["jane"]]);
    let files = listing(&host.cache());
    let paths: Vec<_> = files.iter().map(|(name, _)| host.cache().join(name)).collect();
    let texts: Vec<_> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    std::fs::write(&paths[0], &texts[1]).unwrap();
    std::fs::write(&paths[1], &texts[0]).unwrap();
    refused(&host.ask_cached(&url, &["john"]));
    refused(&host.ask_cached(&url, &["jane"]));
}

#[test]
fn a_cache_folder_writable_by_others_is_not_used() {
    let server = Database::new().serve(&[]);
    let host = Host::new();
    ok(&host.ask_cached(&server.url(), &["john"]));
    let cache = host.cache();
    for mode in [0o770, 0o702, 0o777] {
        std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(refused(&host.ask_cached(&server.url(), &["john"])).contains("--cache"), "{mode:o}");
    }
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o700)).unwrap();
    // A folder of another user: only root can give one away, and / belongs to root.
    let foreign = if rustix::process::geteuid().is_root() {
        chown(&cache, Some(65534), None).unwrap();
        cache.as_path()
    } else {
        Path::new("/")
    };
    let output = host.ask(&server.url(), &["--cache", foreign.to_str().unwrap(), "john"]);
    assert!(refused(&output).contains("--cache"), "{foreign:?}");
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::rename(&cache, elsewhere.path().join("cache")).unwrap();
    symlink(elsewhere.path().join("cache"), &cache).unwrap();
    assert!(refused(&host.ask_cached(&server.url(), &["john"])).contains("--cache"));
    std::fs::remove_file(&cache).unwrap();
    std::fs::write(&cache, "").unwrap();
    assert!(refused(&host.ask_cached(&server.url(), &["john"])).contains("--cache"));
}

/// Anyone can offer keys to a shared account such as `git`, and must not be able to fill the disk with cache files.
#[test]
fn unknown_keys_are_not_cached() {
    let server = Database::new().serve(&[]);
    let host = Host::new();
    ok(&host.ask_cached(&server.url(), &["john"]));
    let before = listing(&host.cache());
    for name in ["rsa-3072", "rsa-4096", "ecdsa-384", "ecdsa-521"] {
        assert_eq!(ok(&host.ask_cached(&server.url(), &["--fingerprint", &fingerprint(name)])), "");
    }
    assert_eq!(listing(&host.cache()), before);
}
