//! `authorized-keys --server`: lookups from a host without a database.

use super::fake_server::FakeServer;
use super::{ADMIN, Database, bare, fingerprint, key, ok, refused, refused_with};
use crate::harness::{Server, accountd};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

/// A host with a token file and a folder for the cache.
pub struct Host {
    pub folder: tempfile::TempDir,
    token: PathBuf,
}

impl Host {
    pub fn new() -> Self {
        Self::with_token(&format!("{ADMIN}\n"))
    }

    pub fn with_token(token: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, token).unwrap();
        Self { folder, token: path }
    }

    pub fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    pub fn ask(&self, url: &str, args: &[&str]) -> Output {
        let server = ["authorized-keys", "--server", url, "--token-file", self.token.to_str().unwrap()];
        accountd(&[&server, args].concat()).output().unwrap()
    }

    pub fn ask_cached(&self, url: &str, args: &[&str]) -> Output {
        let cache = self.cache();
        self.ask(url, &[&["--cache", cache.to_str().unwrap()], args].concat())
    }
}

/// The JSON of one key, as documented in src/openssh/README.md.
pub fn entry(username: &str, key: &str) -> Value {
    json!({"user_id": 3, "username": username, "key_id": 14, "key": key, "expires_at": null})
}

#[test]
fn a_server_gives_the_same_keys_as_the_database() {
    let db = Database::new();
    let (sha, line) = (fingerprint("rsa-2048"), key("ecdsa-256"));
    let (kind, base64) = (line.split(' ').next().unwrap(), line.split(' ').nth(1).unwrap());
    let queries: [&[&str]; 8] = [
        &["jane"],
        &["JOHN", "--restrict", "--command", "serve {username} {user_id} {key_id} {fingerprint}"],
        &["--fingerprint", &sha],
        &["jane", "--fingerprint", &sha, "--option", "no-pty"],
        &["john", "--fingerprint", &sha],
        &["--key-type", kind, "--key", base64],
        &["bob"],
        &["a&username=jane+%20\u{e9}"],
    ];
    let expected = queries.map(|args| db.keys(args));
    assert_eq!(expected.each_ref().map(|text| text.lines().count()), [3, 1, 1, 1, 0, 1, 0, 0]);
    let (server, host) = (db.serve(&[]), Host::new());
    for url in [server.url(), format!("{}/", server.url())] {
        let answers = queries.map(|args| ok(&host.ask(&url, args)));
        assert_eq!(answers, expected);
    }
}

#[test]
fn the_request_carries_the_token_and_nothing_else() {
    let (fake, host) = (FakeServer::responding("200 OK", "[]"), Host::new());
    assert_eq!(ok(&host.ask(&fake.url(), &["Jane", "--fingerprint", &fingerprint("ecdsa-256")])), "");
    let request_heads = fake.request_heads();
    let [head] = &request_heads[..] else { panic!("{request_heads:?}") };
    let line = head.lines().next().unwrap();
    assert_eq!(
        line,
        "GET /api/accountd/authorized_keys?username=jane&fingerprint=SHA256%3A8%2B%2BVd0VgrlyfE1nSc3P%2FcVi9naNScAlOU9xFZ6i169A HTTP/1.1"
    );
    assert!(head.to_ascii_lowercase().contains(&format!("\r\nauthorization: bearer {ADMIN}\r\n")), "{head}");
}

#[test]
fn an_insufficient_token_yields_no_keys() {
    let mut fixture = super::accounts();
    fixture["users"][2]["tokens"] = json!([{"token": "an-ordinary-users-token", "scopes": ["api"]}]);
    fixture["users"][0]["tokens"] = json!([
        {"token": ADMIN, "scopes": ["read_user"]},
        {"token": "an-administrators-other-token", "scopes": ["profile_read"]},
    ]);
    let server = Database::of(&fixture).serve(&[]);
    // An administrator's token needs only the scope read_user.
    assert_eq!(ok(&Host::new().ask(&server.url(), &["john"])), bare(&key("ecdsa-256")) + "\n");
    for (token, status) in [
        ("an-ordinary-users-token", "403"),
        ("an-administrators-other-token", "403"),
        ("a-token-that-nobody-has", "401"),
    ] {
        let line = refused(&Host::with_token(token).ask(&server.url(), &["john"]));
        assert!(line.contains(status) && !line.contains(token), "{line}");
    }
}

#[test]
fn an_invalid_token_file_is_an_error() {
    let fake = FakeServer::responding("200 OK", "[]");
    for text in ["", "\n", "two words", "a\nb\n", "\u{e9}", "\0"] {
        let line = refused(&Host::with_token(text).ask(&fake.url(), &["john"]));
        assert!(line.contains("/token: "), "{line}");
    }
    let host = Host::new();
    std::fs::remove_file(&host.token).unwrap();
    refused(&host.ask(&fake.url(), &["john"]));
    assert_eq!(fake.request_heads(), Vec::<String>::new());
}

#[test]
fn an_invalid_server_url_is_a_usage_error() {
    for url in ["", "127.0.0.1:80", "ftp://example.com", "file:///etc/passwd", "http://"] {
        refused_with(&Host::new().ask(url, &["john"]), 2);
    }
}

/// Anything but a complete answer of an accountd server is refused as a whole.
#[test]
fn a_malformed_response_yields_no_keys() {
    let good = entry("john", &bare(&key("ecdsa-256")));
    let line = bare(&key("ed25519"));
    let with = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        // A valid key before the malformed one does not help.
        json!([good, bad]).to_string()
    };
    let bodies = [
        String::new(),
        "null".into(),
        "{}".into(),
        "<html><body>Welcome</body></html>".into(),
        good.to_string(),
        json!([[]]).to_string(),
        json!([good, {"username": "john"}]).to_string(),
        format!("[{good}"),
        format!("[{good}] {}", bare(&key("ed25519"))),
        with("username", "".into()),
        with("username", "a b".into()),
        with("username", "john\" ssh-ed25519".into()),
        with("username", "john\nroot".into()),
        with("username", 3.into()),
        with("user_id", "3; rm".into()),
        with("key_id", Value::Null),
        with("expires_at", "soon".into()),
        with("key", "".into()),
        with("key", "nonsense".into()),
        with("key", format!("{line}\n{}", bare(&key("rsa-2048"))).into()),
        with("key", format!("{line} comment\n{}", bare(&key("rsa-2048"))).into()),
        with("key", format!("{line} a\u{2028}b").into()),
        with("key", format!("command=\"id\" {line}").into()),
        with("key", format!("# {line}").into()),
        with("key", format!("{line}\0").into()),
        with("key", key("ed25519").replace("ssh-ed25519", "ssh-rsa").into()),
    ];
    for body in bodies {
        let (fake, host) = (FakeServer::responding("200 OK", body.clone()), Host::new());
        let output = host.ask(&fake.url(), &["john"]);
        assert_eq!(output.stdout, b"", "{body}");
        refused(&output);
    }
}

#[test]
fn the_text_of_a_key_cannot_add_a_line() {
    let line = bare(&key("ed25519"));
    let (kind, base64) = line.split_once(' ').unwrap();
    // A folded key is accepted (SPEC 6), and a comment is not printed.
    let folded = format!("{kind} {}\r\n{}\n", &base64[..20], &base64[20..]);
    let comment = format!("{line} \",command=\"id\" # x");
    let body = json!([entry("john", &folded), entry("JOHN", &comment)]).to_string();
    let (fake, host) = (FakeServer::responding("200 OK", body), Host::new());
    assert_eq!(ok(&host.ask(&fake.url(), &["john"])), format!("{line}\n{line}\n"));
}

#[test]
fn binary_and_oversized_responses_are_refused() {
    let huge = format!("[{}]", " ".repeat(2 << 20));
    for body in [b"\xff\xfe[]".to_vec(), huge.into_bytes()] {
        let (fake, host) = (FakeServer::responding("200 OK", body), Host::new());
        refused(&host.ask(&fake.url(), &["john"]));
    }
    let (fake, host) = (FakeServer::new(|stream| stream.write_all(b"\x00\x01nonsense\r\n\r\n").unwrap()), Host::new());
    refused(&host.ask(&fake.url(), &["john"]));
}

#[test]
fn every_status_but_200_is_refused() {
    let body = json!([entry("john", &bare(&key("ed25519")))]).to_string();
    for status in
        ["201 Created", "204 No Content", "301 Moved", "400 Bad", "401 Who", "403 No", "404 Gone", "500 Oh", "503 Busy"]
    {
        let (fake, host) = (FakeServer::responding(status, body.clone()), Host::new());
        let line = refused(&host.ask(&fake.url(), &["john"]));
        assert!(line.contains(&status[..3]), "{line}");
    }
}

/// Following a redirect could send the token to another server.
#[test]
fn a_redirect_is_not_followed() {
    let other = FakeServer::responding("200 OK", json!([entry("john", &bare(&key("ed25519")))]).to_string());
    let to = other.url();
    let fake = FakeServer::new(move |stream| {
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {to}/api\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    assert!(refused(&Host::new().ask(&fake.url(), &["john"])).contains("302"));
    assert_eq!(other.request_heads(), Vec::<String>::new());
}

/// The timeout is 2 s. The upper bound of this test is generous, because it only has to tell a timeout from none: these
/// servers would take 30 s.
#[test]
fn a_slow_server_times_out() {
    let silent = || FakeServer::new(|_| std::thread::sleep(Duration::from_secs(30)));
    let trickling = || {
        FakeServer::new(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n");
            for _ in 0..60 {
                std::thread::sleep(Duration::from_millis(500));
                let _ = stream.write_all(b"[");
            }
        })
    };
    for fake in [silent(), trickling()] {
        let begin = Instant::now();
        refused(&Host::new().ask(&fake.url(), &["john"]));
        assert!(begin.elapsed() >= Duration::from_millis(1900), "{:?}", begin.elapsed());
        assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    }
}

#[test]
fn an_unreachable_server_without_a_cache_is_an_error() {
    let (mut server, host) = (Server::demo(), Host::new());
    let url = server.url();
    server.stop();
    let line = refused(&host.ask(&url, &["john"]));
    assert!(line.starts_with(&format!("accountd: {url}: ")), "{line}");
}
