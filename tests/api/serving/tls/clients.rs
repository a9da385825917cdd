//! TLS as clients see it: the certificate, the protocol versions, and https in the answers.

use super::authority::{self, Authority, NAME};
use super::{TlsServer, assert_john, curl, curl_error};
use crate::harness::{JOHN, Response, names};
use crate::logs::entries;
use crate::serving::Program;
use serde_json::Value;

/// Exit codes of curl(1): the peer's certificate cannot be verified; the TLS handshake failed.
const UNTRUSTED: i32 = 60;
const NO_HANDSHAKE: i32 = 35;

#[test]
fn stdout_says_https() {
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
fn the_whole_chain_is_sent_so_trusting_the_root_is_enough() {
    let tls_server = TlsServer::start(&[]);
    assert_john(&tls_server.curl(&[]));
    let resolve = format!("{NAME}:{}:127.0.0.1", tls_server.server.address.port());
    let url = format!("https://{NAME}:{}/api/v3/user", tls_server.server.address.port());
    assert_john(&curl(&["--cacert", tls_server.trusted.to_str().unwrap(), "--resolve", &resolve, &url]));
}

#[test]
fn clients_refuse_an_invalid_certificate() {
    let tls_server = TlsServer::start(&[]);
    // Issued by an unknown authority.
    let other = tempfile::tempdir().unwrap();
    let stranger = Authority::new().trusted_in(other.path());
    let stranger = ["--cacert", stranger.to_str().unwrap()];
    let error = curl_error(curl(&[&stranger[..], &[&tls_server.url("/api/v3/user")]].concat()), UNTRUSTED);
    assert!(error.contains("certificate"), "{error}");
    // Issued for another name.
    let resolve = format!("other.example:{}:127.0.0.1", tls_server.server.address.port());
    let url = format!("https://other.example:{}/api/v3/user", tls_server.server.address.port());
    let error =
        curl_error(curl(&["--cacert", tls_server.trusted.to_str().unwrap(), "--resolve", &resolve, &url]), UNTRUSTED);
    assert!(error.contains("other.example"), "{error}");
    // Expired.
    let error = curl_error(TlsServer::with(authority::expired(), &[]).curl(&[]), UNTRUSTED);
    assert!(error.contains("expired"), "{error}");
    // None of these clients sent its request, and with it the token: the only request in the log is a later one.
    assert_john(&tls_server.curl(&[]));
    assert_eq!(entries(&tls_server.server, 1).len(), 1);
    assert!(!tls_server.server.log().contains(JOHN), "{}", tls_server.server.log());
}

#[test]
fn only_tls_1_2_and_1_3_are_accepted() {
    let tls_server = TlsServer::start(&[]);
    for version in ["1.2", "1.3"] {
        assert_john(&tls_server.curl(&["--tls-max", version, &format!("--tlsv{version}")]));
    }
    // The client offers old versions only at OpenSSL's security level 0.
    for version in ["1.0", "1.1"] {
        let old = [&format!("--tlsv{version}"), "--tls-max", version, "--ciphers", "DEFAULT@SECLEVEL=0"];
        let error = curl_error(tls_server.curl(&old), NO_HANDSHAKE);
        assert!(error.contains(" alert "), "{error}");
    }
}

#[test]
fn alpn_offers_only_http_1_1() {
    let tls_server = TlsServer::start(&[]);
    let asked = tls_server.curl(&["--http2", "--verbose", "--output", "/dev/null", "--write-out", "%{http_version}"]);
    assert_eq!(String::from_utf8_lossy(&asked.stdout), "1.1", "{asked:?}");
    let stderr = String::from_utf8(asked.stderr).unwrap();
    assert!(stderr.contains("ALPN: server accepted http/1.1"), "{stderr}");
}

/// SPEC 1: without `--base-url`, URLs have the scheme and the `Host` of the request.
#[test]
fn urls_in_answers_use_the_scheme_and_host_of_the_request() {
    let tls_server = TlsServer::start(&[]);
    let headers = ["--dump-header", "-", "--output", "/dev/null"];
    let list = tls_server.get("/api/v3/users?per_page=1&page=2", &headers);
    let head = String::from_utf8(list.stdout).unwrap();
    let link =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("link: ").map(str::to_owned)).unwrap();
    let targets: Vec<_> = link.split(',').map(|target| target.trim()).collect();
    assert_eq!(targets.len(), 4, "{link}");
    let start = format!("<{}?", tls_server.url("/api/v3/users"));
    assert!(targets.iter().all(|target| target.starts_with(&start)), "{link}");

    const PROFILE: &str = "/api/v1.1/users/janedoe/";
    let jane = ["--user", "janedoe:password"];
    let profile: Value = serde_json::from_slice(&tls_server.get(PROFILE, &jane).stdout).unwrap();
    assert_eq!(profile["url"], tls_server.url(PROFILE));
    assert_eq!(names(&profile).len(), 12);

    let named = TlsServer::start(&["--base-url", "http://named.example"]);
    let profile: Value = serde_json::from_slice(&named.get(PROFILE, &jane).stdout).unwrap();
    assert_eq!(profile["url"], format!("http://named.example{PROFILE}"));
}

/// The client on sshd's hosts trusts the root certificates of the system.
#[test]
fn authorized_keys_verifies_the_certificate_of_its_server() {
    let tls_server = TlsServer::start(&[]);
    let token = tls_server.server.folder.path().join("token");
    std::fs::write(&token, "root-api-token-for-examples\n").unwrap();
    let ask = |trusted: Option<&str>| {
        let url = tls_server.url("");
        let args = ["authorized-keys", "--server", &url, "--token-file", token.to_str().unwrap(), "john_smith"];
        let mut command = crate::harness::accountd(&args);
        // rustls-native-certs reads these instead of the system's certificates.
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", trusted);
        }
        command.output().unwrap()
    };
    let trusting = ask(Some(tls_server.trusted.to_str().unwrap()));
    let keys = String::from_utf8_lossy(&trusting.stdout);
    assert!(trusting.status.success() && keys.starts_with("ssh-"), "{trusting:?}");
    let doubting = ask(None);
    assert!(!doubting.status.success() && doubting.stdout.is_empty(), "{doubting:?}");
    let stderr = String::from_utf8_lossy(&doubting.stderr);
    assert!(stderr.contains("certificate"), "{stderr}");
}

#[test]
fn plain_http_on_the_tls_port_gets_an_explanation() {
    let tls_server = TlsServer::start(&[]);
    for call in [
        tls_server.server.get("/api/v3/user").private_token(JOHN),
        tls_server.server.post("/api/v3/session").body("x".repeat(100_000)),
    ] {
        let answer: Response = call.send();
        assert_eq!(answer.status, 400, "{answer:?}");
        let body = r#"{"message":"400 Bad Request: this port speaks TLS, the address begins with https://"}"#;
        assert_eq!(answer.body, body);
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    assert_john(&tls_server.curl(&[]));
}
