//! Limits on what a client of TLS may take, in time and connections.

use super::{Client, Outcome, Server, TestDialect, limits, router, text};
use accountd::http::Request;
use accountd::http::router::{anyone, get};
use accountd::http::server::tls::{Files, Tls};
use accountd::http::server::{Limits, Listener};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server with a certificate of its own, and what a client needs to trust it.
struct Secured {
    server: Server,
    trust: Arc<ClientConfig>,
}

async fn large(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    text("x".repeat(64 << 20))
}

impl Secured {
    fn start(limits: Limits) -> Secured {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = Files { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        let tls = Tls::load(files).unwrap();

        let router = router(vec![get("/large", "large", anyone(), large)]);
        let server = Server::start_on(|tcp| Listener { tls: Some(tls), ..Listener::from(tcp) }, limits, || (), router);
        Secured { server, trust: trust(made.cert.der().clone()) }
    }

    fn handshake(&self) -> StreamOwned<ClientConnection, TcpStream> {
        self.try_handshake().unwrap()
    }

    fn try_handshake(&self) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let name = ServerName::try_from("localhost").unwrap();
        let mut tls = ClientConnection::new(self.trust.clone(), name).unwrap();
        let mut tcp = self.server.connect().stream;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp)?;
        }
        Ok(StreamOwned::new(tls, tcp))
    }

    /// The first bytes of a handshake.
    fn hello(&self) -> Vec<u8> {
        let name = ServerName::try_from("localhost").unwrap();
        let mut hello = Vec::new();
        ClientConnection::new(self.trust.clone(), name).unwrap().write_tls(&mut hello).unwrap();
        hello
    }
}

fn trust(certificate: CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = versions.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    Arc::new(config.with_no_client_auth())
}

fn answered(stream: &mut impl Read) -> String {
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).unwrap();
    String::from_utf8(buffer[..read].to_vec()).unwrap()
}

/// Until the server has had enough; what it sent is of no interest.
fn wait_for_end(client: Client) {
    let mut stream = client.stream;
    let _ = stream.read_to_end(&mut Vec::new()).inspect_err(|error| {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    });
}

#[test]
fn requests_follow_each_other_after_one_handshake() {
    let secured = Secured::start(limits());
    let mut stream = secured.handshake();
    for _ in 0..3 {
        stream.write_all(GET).unwrap();
        let answer = answered(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok"), "{answer}");
    }
}

#[test]
fn a_handshake_that_does_not_end_is_given_up() {
    let secured = Secured::start(Limits { header_read: Duration::from_secs(60), ..limits() });
    wait_for_end(secured.server.connect());
    let hello = secured.hello();
    let mut half = secured.server.connect();
    half.send(&hello[..hello.len() / 2]);
    wait_for_end(half);
    // All of the client's part but what proves that it can read the answer.
    let mut silent = secured.server.connect();
    silent.send(&hello);
    wait_for_end(silent);
    // Bytes that come one by one buy no time.
    let mut drops = secured.server.connect();
    let sent = hello.iter().take_while(|byte| {
        sleep(Duration::from_millis(20));
        drops.try_send([**byte])
    });
    assert!(sent.count() < hello.len(), "the server took the whole of it");
}

#[test]
fn a_head_and_an_idle_connection_have_their_time_after_the_handshake() {
    let secured = Secured::start(limits());
    // Without a `close_notify` the end would be an error here.
    let mut end = Vec::new();
    assert_eq!(secured.handshake().read_to_end(&mut end).unwrap(), 0);
    let mut idle = secured.handshake();
    idle.write_all(GET).unwrap();
    idle.read_to_end(&mut end).unwrap();
    let answers = String::from_utf8(end).unwrap();
    assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{answers}");
    let mut half = secured.handshake();
    half.write_all(&GET[..10]).unwrap();
    let cut = half.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(cut.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_client_that_does_not_read_its_answer_is_given_up() {
    let secured = Secured::start(Limits { idle: Duration::from_secs(60), ..limits() });
    let mut stream = secured.handshake();
    stream.write_all(b"GET /api/large HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    // More than the time that it has to take any.
    sleep(Duration::from_secs(2));
    let mut answer = Vec::new();
    assert!(stream.read_to_end(&mut answer).is_err(), "the answer came whole");
    assert!(answer.len() < 64 << 20, "{}", answer.len());
}

#[test]
fn a_client_that_reads_slowly_is_not() {
    let secured = Secured::start(limits());
    let mut stream = secured.handshake();
    stream.write_all(b"GET /api/large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while (&mut stream).take(8 << 20).read_to_end(&mut answer).unwrap() > 0 {
        sleep(Duration::from_millis(200));
    }
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(answer.len() - end, 64 << 20);
}

#[test]
fn handshakes_count_among_the_connections() {
    let secured = Secured::start(Limits { max_connections: 2, handshake: Duration::from_secs(60), ..limits() });
    let silent = [secured.server.connect(), secured.server.connect()];
    let mut third = secured.server.connect();
    third.send(secured.hello());
    third.stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(third.stream.peek(&mut [0]).is_err(), "two are the limit");
    drop(silent);
    third.stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(third.stream.peek(&mut [0]).unwrap(), 1);
}

#[test]
fn a_stop_waits_for_no_handshake() {
    let mut secured =
        Secured::start(Limits { handshake: Duration::from_secs(60), stop: Duration::from_secs(60), ..limits() });
    let (silent, mut half) = (secured.server.connect(), secured.server.connect());
    half.send(&secured.hello()[..20]);
    let mut used = secured.handshake();
    used.write_all(GET).unwrap();
    assert!(answered(&mut used).starts_with("HTTP/1.1 200 "));
    secured.server.tell_to_stop();
    wait_for_end(silent);
    wait_for_end(half);
    // With a `close_notify`, without which this is an error.
    assert_eq!(used.read(&mut [0]).unwrap(), 0);
    secured.server.wait_for_end();
}

#[test]
fn plain_http_is_told_so_and_what_is_neither_is_closed() {
    let secured = Secured::start(limits());
    let answer = secured.server.get("/");
    assert_eq!(answer.status(), 400);
    let body = r#"{"message":"400 Bad Request: this port speaks TLS, the address begins with https://"}"#;
    assert_eq!(answer.body, body);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    for nonsense in [&b"\x80\x2e\x01\x03\x01"[..], b"SSH-2.0-client\r\n\r\n", &[0x16, 3, 1, 0, 1, 9], &[0x16; 300]] {
        let mut client = secured.server.connect();
        client.send(nonsense);
        wait_for_end(client);
    }
    let mut stream = secured.handshake();
    stream.write_all(GET).unwrap();
    assert!(answered(&mut stream).starts_with("HTTP/1.1 200 "));
}
