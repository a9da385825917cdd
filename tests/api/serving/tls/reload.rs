//! SIGHUP: a new certificate without an end of service.

use super::authority::{Authority, Files, server};
use super::{Secured, curl, is_john};
use crate::harness::JOHN;
use crate::serving::wait_for;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A client that keeps its connection, and remembers the session for the next.
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

    fn connect(&self, secured: &Secured) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        StreamOwned::new(ClientConnection::new(self.config.clone(), name).unwrap(), secured.server.connect())
    }
}

/// The status of who John is.
fn status(stream: &mut StreamOwned<ClientConnection, TcpStream>) -> std::io::Result<String> {
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

/// The certificate that a server of these files shows.
fn leaf(files: &Files) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(&files.certificate).unwrap()
}

/// SIGHUP, until the log has that many lines with this text.
fn hang_up(secured: &Secured, text: &str, lines: usize) {
    secured.server.signal("HUP");
    wait_for(|| (secured.server.log().matches(text).count() == lines).then_some(()));
}

const RELOADED: &str = "the TLS certificate was reloaded";
const KEPT: &str = "the TLS certificate was not reloaded";

/// A second authority, which issues what the files hold from now on.
fn renew(secured: &Secured) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    secured.files.issue(&authority, server());
    let trusted = authority.trusted_in(folder.path());
    (folder, trusted)
}

#[test]
fn new_connections_get_the_new_certificate_and_old_ones_go_on() {
    let secured = Secured::start(&[]);
    let before = leaf(&secured.files);
    let client = Client::trusting(&secured.trusted);
    let mut old = client.connect(&secured);
    assert_eq!(status(&mut old).unwrap(), "HTTP/1.1 200");

    let (_folder, trusted) = renew(&secured);
    // Nothing changes by itself.
    assert_eq!(status(&mut client.connect(&secured)).unwrap(), "HTTP/1.1 200");
    hang_up(&secured, RELOADED, 1);

    assert_eq!(status(&mut old).unwrap(), "HTTP/1.1 200");
    assert_eq!(old.conn.peer_certificates().unwrap()[0], before);
    let mut new = Client::trusting(&trusted).connect(&secured);
    assert_eq!(status(&mut new).unwrap(), "HTTP/1.1 200");
    assert_eq!(new.conn.peer_certificates().unwrap()[0], leaf(&secured.files));
    assert_ne!(leaf(&secured.files), before);
    // Not even a session from before gets around the new certificate.
    let refused = status(&mut client.connect(&secured)).unwrap_err().to_string();
    assert!(refused.contains("UnknownIssuer"), "{refused}");
    is_john(&curl(&["--cacert", trusted.to_str().unwrap(), &secured.url("/api/v3/user")]));
}

#[test]
fn files_that_cannot_be_used_change_nothing() {
    let secured = Secured::start(&[]);
    let before = leaf(&secured.files);
    let client = Client::trusting(&secured.trusted);
    let (certificate, key) = (&secured.files.certificate, &secured.files.key);
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
        hang_up(&secured, KEPT, at + 1);
        let log = secured.server.log();
        let line = log.lines().rfind(|line| line.contains(KEPT)).unwrap();
        assert!(line.contains("ERROR") && line.contains(path.to_str().unwrap()) && line.contains(why), "{line}");
        let mut stream = client.connect(&secured);
        assert_eq!(status(&mut stream).unwrap(), "HTTP/1.1 200");
        assert_eq!(stream.conn.peer_certificates().unwrap()[0], before);
        std::fs::write(path, good).unwrap();
    }
    // A pair that is half new, as between the two writes of a renewal; then it is whole.
    let old = std::fs::read_to_string(key).unwrap();
    let (_folder, trusted) = renew(&secured);
    let new = std::fs::read_to_string(key).unwrap();
    std::fs::write(key, old).unwrap();
    hang_up(&secured, KEPT, 5);
    assert_eq!(status(&mut client.connect(&secured)).unwrap(), "HTTP/1.1 200");
    std::fs::write(key, new).unwrap();
    hang_up(&secured, RELOADED, 1);
    assert_eq!(status(&mut Client::trusting(&trusted).connect(&secured)).unwrap(), "HTTP/1.1 200");
}
