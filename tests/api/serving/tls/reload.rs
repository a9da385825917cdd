//! SIGHUP reloads the certificate without interrupting service.

use super::authority::{Authority, Files, server};
use super::{TlsServer, assert_john, curl};
use crate::harness::JOHN;
use crate::serving::wait_for;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A TLS client that resumes sessions across connections.
struct Client {
    config: Arc<ClientConfig>,
}

impl Client {
    fn trusting(root: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(root).unwrap()).unwrap();
        let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = versions.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        Self { config: Arc::new(config.with_no_client_auth()) }
    }

    fn connect(&self, tls_server: &TlsServer) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        StreamOwned::new(ClientConnection::new(self.config.clone(), name).unwrap(), tls_server.server.connect())
    }
}

/// Requests John's account and returns the start of the status line.
fn request_status(stream: &mut StreamOwned<ClientConnection, TcpStream>) -> std::io::Result<String> {
    stream.write_all(format!("GET /api/v3/user HTTP/1.1\r\nHost: test\r\nPRIVATE-TOKEN: {JOHN}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    while !answer.contains("john_smith") {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer)?;
        assert_ne!(read, 0, "{answer}");
        answer.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    Ok(answer[..12].to_owned())
}

/// The server certificate in these files.
fn leaf(files: &Files) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(&files.certificate).unwrap()
}

/// Sends SIGHUP and waits until the log has that many lines with this text.
fn send_sighup(tls_server: &TlsServer, text: &str, lines: usize) {
    tls_server.server.signal("HUP");
    wait_for(|| (tls_server.server.log().matches(text).count() == lines).then_some(()));
}

const RELOADED: &str = "the TLS certificate was reloaded";
const RELOAD_FAILED: &str = "the TLS certificate was not reloaded";

/// Replaces the certificate and key by new ones from another authority.
fn renew(tls_server: &TlsServer) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    tls_server.files.issue(&authority, server());
    let trusted = authority.trusted_in(folder.path());
    (folder, trusted)
}

#[test]
fn sighup_reloads_the_certificate_for_new_connections() {
    let tls_server = TlsServer::start(&[]);
    let before = leaf(&tls_server.files);
    let client = Client::trusting(&tls_server.trusted);
    let mut old = client.connect(&tls_server);
    assert_eq!(request_status(&mut old).unwrap(), "HTTP/1.1 200");

    let (_folder, trusted) = renew(&tls_server);
    // Without SIGHUP, the server keeps the old certificate.
    assert_eq!(request_status(&mut client.connect(&tls_server)).unwrap(), "HTTP/1.1 200");
    send_sighup(&tls_server, RELOADED, 1);

    assert_eq!(request_status(&mut old).unwrap(), "HTTP/1.1 200");
    assert_eq!(old.conn.peer_certificates().unwrap()[0], before);
    let mut new = Client::trusting(&trusted).connect(&tls_server);
    assert_eq!(request_status(&mut new).unwrap(), "HTTP/1.1 200");
    assert_eq!(new.conn.peer_certificates().unwrap()[0], leaf(&tls_server.files));
    assert_ne!(leaf(&tls_server.files), before);
    // Not even a client that resumes an old session gets the old certificate.
    let refused = request_status(&mut client.connect(&tls_server)).unwrap_err().to_string();
    assert!(refused.contains("UnknownIssuer"), "{refused}");
    assert_john(&curl(&["--cacert", trusted.to_str().unwrap(), &tls_server.url("/api/v3/user")]));
}

#[test]
fn the_sandboxes_of_a_stand_in_speak_tls_with_the_same_certificate() {
    let tls_server = TlsServer::start(&["--control"]);
    let json = ["--header", "Content-Type: application/json", "--data", r#"{"name": "t1"}"#];
    let created = tls_server.get("/_accountd/sandboxes", &json);
    let created: serde_json::Value = serde_json::from_slice(&created.stdout).unwrap();
    let url = format!("{}/api/v3/user", created["url"].as_str().unwrap());
    assert!(url.starts_with("https://"), "{url}");
    let ask = |trusted: &Path| curl(&["--cacert", trusted.to_str().unwrap(), &url]);
    assert_john(&ask(&tls_server.trusted));
    let (_folder, trusted) = renew(&tls_server);
    send_sighup(&tls_server, RELOADED, 1);
    assert_john(&ask(&trusted));
}

#[test]
fn an_invalid_certificate_or_key_is_not_loaded() {
    let tls_server = TlsServer::start(&[]);
    let before = leaf(&tls_server.files);
    let client = Client::trusting(&tls_server.trusted);
    let (certificate, key) = (&tls_server.files.certificate, &tls_server.files.key);
    let broken: [(&Path, Option<&str>, &str); 4] = [
        (certificate, Some(""), "there is no certificate in it"),
        (key, Some("-----BEGIN PRIVATE KEY-----\nMIG"), "damaged"),
        (certificate, None, "No such file"),
        (key, None, "No such file"),
    ];
    for (at, (path, text, why)) in broken.into_iter().enumerate() {
        let good = std::fs::read_to_string(path).unwrap();
        match text {
            Some(text) => std::fs::write(path, text).unwrap(),
            None => std::fs::remove_file(path).unwrap(),
        }
        send_sighup(&tls_server, RELOAD_FAILED, at + 1);
        let log = tls_server.server.log();
        let line = log.lines().rfind(|line| line.contains(RELOAD_FAILED)).unwrap();
        assert!(line.contains("ERROR") && line.contains(path.to_str().unwrap()) && line.contains(why), "{line}");
        let mut stream = client.connect(&tls_server);
        assert_eq!(request_status(&mut stream).unwrap(), "HTTP/1.1 200");
        assert_eq!(stream.conn.peer_certificates().unwrap()[0], before);
        std::fs::write(path, good).unwrap();
    }
    // A new certificate with the old key, as between the two writes of a renewal; then with its own key.
    let old = std::fs::read_to_string(key).unwrap();
    let (_folder, trusted) = renew(&tls_server);
    let new = std::fs::read_to_string(key).unwrap();
    std::fs::write(key, old).unwrap();
    send_sighup(&tls_server, RELOAD_FAILED, 5);
    assert_eq!(request_status(&mut client.connect(&tls_server)).unwrap(), "HTTP/1.1 200");
    std::fs::write(key, new).unwrap();
    send_sighup(&tls_server, RELOADED, 1);
    assert_eq!(request_status(&mut Client::trusting(&trusted).connect(&tls_server)).unwrap(), "HTTP/1.1 200");
}
