//! What clients get to see: the certificate, the version, https in the answers.

use super::authority::{self, Authority, NAME};
use super::{Secured, curl, fails, is_john};
use crate::harness::{Answer, JOHN, names};
use crate::serving::Program;
use serde_json::Value;

/// curl's exit codes, of its manual: the peer's certificate is not to be trusted; the TLS handshake failed.
const UNTRUSTED: i32 = 60;
const NO_HANDSHAKE: i32 = 35;

#[test]
fn the_line_on_stdout_says_https() {
    let folder = tempfile::tempdir().unwrap();
    let files = authority::Files::in_folder(folder.path());
    files.issue(&Authority::new(), authority::server());
    let options = ["serve", "--memory", "--listen", "127.0.0.1:0"];
    let program = Program::start(&[&options[..], &files.options()].concat());
    let line = program.out_with("listening");
    let port = line.strip_prefix("listening on https://127.0.0.1:").unwrap().trim_end();
    assert_ne!(port.parse::<u16>().unwrap(), 0);
    assert_eq!(program.stop(), line);
}

#[test]
fn who_trusts_the_root_is_answered_because_the_chain_is_sent() {
    let secured = Secured::start(&[]);
    is_john(&secured.curl(&[]));
    let resolve = format!("{NAME}:{}:127.0.0.1", secured.server.address.port());
    let url = format!("https://{NAME}:{}/api/v3/user", secured.server.address.port());
    is_john(&curl(&["--cacert", secured.trusted.to_str().unwrap(), "--resolve", &resolve, &url]));
}

#[test]
fn a_client_refuses_a_certificate_that_it_should_not_believe() {
    let secured = Secured::start(&[]);
    // From an authority that the client does not know.
    let other = tempfile::tempdir().unwrap();
    let stranger = Authority::new().trusted_in(other.path());
    let stranger = ["--cacert", stranger.to_str().unwrap()];
    let said = fails(curl(&[&stranger[..], &[&secured.url("/api/v3/user")]].concat()), UNTRUSTED);
    assert!(said.contains("certificate"), "{said}");
    // For another name.
    let resolve = format!("other.example:{}:127.0.0.1", secured.server.address.port());
    let url = format!("https://other.example:{}/api/v3/user", secured.server.address.port());
    let said = fails(curl(&["--cacert", secured.trusted.to_str().unwrap(), "--resolve", &resolve, &url]), UNTRUSTED);
    assert!(said.contains("other.example"), "{said}");
    // Of another time.
    let said = fails(Secured::with(authority::expired(), &[]).curl(&[]), UNTRUSTED);
    assert!(said.contains("expired"), "{said}");
    // The token was not sent to any of them, and those who look are served.
    is_john(&secured.curl(&[]));
    let secrets = secured.server.log();
    assert!(!secrets.contains(JOHN), "{secrets}");
}

#[test]
fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let secured = Secured::start(&[]);
    for version in ["1.2", "1.3"] {
        is_john(&secured.curl(&["--tls-max", version, &format!("--tlsv{version}")]));
    }
    // OpenSSL's level 0 is what lets the client try.
    for version in ["1.0", "1.1"] {
        let old = [&format!("--tlsv{version}"), "--tls-max", version, "--ciphers", "DEFAULT@SECLEVEL=0"];
        let said = fails(secured.curl(&old), NO_HANDSHAKE);
        assert!(said.contains(" alert "), "{said}");
    }
}

#[test]
fn http_1_1_is_all_that_is_offered() {
    let secured = Secured::start(&[]);
    let asked = secured.curl(&["--http2", "--verbose", "--output", "/dev/null", "--write-out", "%{http_version}"]);
    assert_eq!(String::from_utf8_lossy(&asked.stdout), "1.1", "{asked:?}");
    let said = String::from_utf8(asked.stderr).unwrap();
    assert!(said.contains("ALPN: server accepted http/1.1"), "{said}");
}

/// SPEC 1: without `--base-url`, the scheme and `Host` that the caller used.
#[test]
fn addresses_in_answers_are_those_that_the_caller_used() {
    let secured = Secured::start(&[]);
    let headers = ["--dump-header", "-", "--output", "/dev/null"];
    let list = secured.get("/api/v3/users?per_page=1&page=2", &headers);
    let head = String::from_utf8(list.stdout).unwrap();
    let link =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("link: ").map(str::to_owned)).unwrap();
    let targets: Vec<_> = link.split(',').map(|target| target.trim()).collect();
    assert_eq!(targets.len(), 4, "{link}");
    let start = format!("<{}?", secured.url("/api/v3/users"));
    assert!(targets.iter().all(|target| target.starts_with(&start)), "{link}");

    const PROFILE: &str = "/api/v1.1/users/janedoe/";
    let jane = ["--user", "janedoe:password"];
    let profile: Value = serde_json::from_slice(&secured.get(PROFILE, &jane).stdout).unwrap();
    assert_eq!(profile["url"], secured.url(PROFILE));
    assert_eq!(names(&profile).len(), 12);

    let named = Secured::start(&["--base-url", "http://named.example"]);
    let profile: Value = serde_json::from_slice(&named.get(PROFILE, &jane).stdout).unwrap();
    assert_eq!(profile["url"], format!("http://named.example{PROFILE}"));
}

/// accountd's own client, which sshd's hosts use, with a root certificate that the system trusts.
#[test]
fn authorized_keys_asks_a_server_with_tls() {
    let secured = Secured::start(&[]);
    let token = secured.server.folder.path().join("token");
    std::fs::write(&token, "root-api-token-for-examples\n").unwrap();
    let ask = |trusted: Option<&str>| {
        let url = secured.url("");
        let args = ["authorized-keys", "--server", &url, "--token-file", token.to_str().unwrap(), "john_smith"];
        let mut command = crate::harness::accountd(&args);
        // What rustls-native-certs reads in place of the system's certificates.
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", trusted);
        }
        command.output().unwrap()
    };
    let trusting = ask(Some(secured.trusted.to_str().unwrap()));
    let keys = String::from_utf8_lossy(&trusting.stdout);
    assert!(trusting.status.success() && keys.starts_with("ssh-"), "{trusting:?}");
    let doubting = ask(None);
    assert!(!doubting.status.success() && doubting.stdout.is_empty(), "{doubting:?}");
    let said = String::from_utf8_lossy(&doubting.stderr);
    assert!(said.contains("certificate"), "{said}");
}

#[test]
fn plain_http_is_told_where_it_came() {
    let secured = Secured::start(&[]);
    for call in [
        secured.server.get("/api/v3/user").private(JOHN),
        secured.server.post("/api/v3/session").body("x".repeat(100_000)),
    ] {
        let answer: Answer = call.send();
        assert_eq!(answer.status, 400, "{answer:?}");
        let body = r#"{"message":"400 Bad Request: this port speaks TLS, the address begins with https://"}"#;
        assert_eq!(answer.body, body);
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    is_john(&secured.curl(&[]));
}
