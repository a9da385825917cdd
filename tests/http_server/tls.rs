//! TLS connections: their time limits, their share of the connection limit, and the stop of the server.

use super::{CLIENT_TIMEOUT, Client, LONG, Server, assert_ended_by, large, limits, router};
use accountd::http::router::{anyone, get};
use accountd::http::server::tls::{Files, Tls};
use accountd::http::server::{Limits, Listener};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server with its own certificate, and the client configuration that trusts it.
struct Secured {
    server: Server,
    trust: Arc<ClientConfig>,
}

impl Secured {
    fn start(limits: Limits) -> Secured {
        let folder = tempfile::tempdir().unwrap();
        let generated = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = Files { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        std::fs::write(&files.certificate, generated.cert.pem()).unwrap();
        std::fs::write(&files.key, generated.signing_key.serialize_pem()).unwrap();
        let tls = Tls::load(files).unwrap();

        let router = router(vec![get("/large", "large", anyone(), large)]);
        let server = Server::start_on(|tcp| Listener { tls: Some(tls), ..Listener::from(tcp) }, limits, || (), router);
        Secured { server, trust: trust(generated.cert.der().clone()) }
    }

    fn handshake(&self) -> StreamOwned<ClientConnection, TcpStream> {
        self.handshake_on(self.server.connect().stream).unwrap()
    }

    fn handshake_on(&self, mut tcp: TcpStream) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let name = ServerName::try_from("localhost").unwrap();
        let mut tls = ClientConnection::new(self.trust.clone(), name).unwrap();
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

fn read_answer(stream: &mut impl Read) -> String {
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).unwrap();
    String::from_utf8(buffer[..read].to_vec()).unwrap()
}

/// Waits until the server closes or resets the connection, and discards what it sent.
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
        let answer = read_answer(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok"), "{answer}");
    }
}

#[test]
fn an_unfinished_handshake_is_closed_after_its_time_limit() {
    let handshake = Duration::from_millis(400);
    let secured = Secured::start(Limits { handshake, ..limits() });
    let hello = secured.hello();
    // Nothing, half of the first message, and all of it but not the next one.
    for sent in [0, hello.len() / 2, hello.len()] {
        let start = Instant::now();
        let mut client = secured.server.connect();
        client.send(&hello[..sent]);
        wait_for_end(client);
        assert_ended_by(handshake, start);
    }
    // Single bytes do not extend the time.
    let start = Instant::now();
    let mut trickle = secured.server.connect();
    let sent = hello.iter().take_while(|byte| {
        sleep(Duration::from_millis(20));
        trickle.try_send([**byte])
    });
    assert!(sent.count() < hello.len(), "the server read the whole message");
    assert_ended_by(handshake, start);
}

#[test]
fn the_time_of_a_head_begins_after_the_handshake() {
    let header_read = Duration::from_millis(400);
    let secured = Secured::start(Limits { header_read, ..limits() });
    let start = Instant::now();
    // Without a `close_notify` the end would be an error here.
    assert_eq!(secured.handshake().read_to_end(&mut Vec::new()).unwrap(), 0);
    assert_ended_by(header_read, start);
    let start = Instant::now();
    let mut half = secured.handshake();
    half.write_all(&GET[..10]).unwrap();
    let error = half.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    assert_ended_by(header_read, start);
}

#[test]
fn an_idle_connection_is_closed_after_its_own_time_limit() {
    let idle = Duration::from_millis(400);
    let secured = Secured::start(Limits { idle, ..limits() });
    let start = Instant::now();
    let mut stream = secured.handshake();
    stream.write_all(GET).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{answers}");
    assert_ended_by(idle, start);
}

#[test]
fn a_client_that_does_not_read_its_answer_is_disconnected() {
    let secured = Secured::start(Limits { write_stall: Duration::from_millis(400), ..limits() });
    let mut stream = secured.handshake();
    stream.write_all(b"GET /api/large HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    // Longer than the time limit for reading any more of it.
    sleep(Duration::from_secs(2));
    let mut answer = Vec::new();
    assert!(stream.read_to_end(&mut answer).is_err(), "the answer is complete");
    assert!(answer.len() < 64 << 20, "{}", answer.len());
}

#[test]
fn a_client_that_reads_slowly_is_served() {
    let secured = Secured::start(Limits { write_stall: Duration::from_secs(1), ..limits() });
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
fn handshakes_count_as_connections() {
    let secured = Secured::start(Limits { max_connections: 2, ..limits() });
    let silent = [secured.server.connect(), secured.server.connect()];
    let mut third = secured.server.connect();
    third.send(secured.hello());
    third.stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(third.stream.peek(&mut [0]).is_err(), "the third connection was served");
    drop(silent);
    third.stream.set_read_timeout(Some(CLIENT_TIMEOUT)).unwrap();
    assert_eq!(third.stream.peek(&mut [0]).unwrap(), 1);
}

#[test]
fn unfinished_handshakes_make_room_for_another_address() {
    let secured = Secured::start(Limits { max_connections: 3, ..limits() });
    let hello = secured.hello();
    let unfinished = [0, hello.len() / 2, hello.len()].map(|sent| {
        let mut client = secured.server.connect();
        client.send(&hello[..sent]);
        client
    });
    sleep(Duration::from_millis(200));
    let start = Instant::now();
    let mut stream = secured.handshake_on(secured.server.connect_from_elsewhere().stream).unwrap();
    stream.write_all(GET).unwrap();
    assert!(read_answer(&mut stream).starts_with("HTTP/1.1 200 "));
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    drop(unfinished);
}

#[test]
fn a_stop_does_not_wait_for_handshakes() {
    let mut secured = Secured::start(limits());
    let (silent, mut half) = (secured.server.connect(), secured.server.connect());
    half.send(&secured.hello()[..20]);
    let mut used = secured.handshake();
    used.write_all(GET).unwrap();
    assert!(read_answer(&mut used).starts_with("HTTP/1.1 200 "));
    let start = Instant::now();
    secured.server.request_stop();
    wait_for_end(silent);
    wait_for_end(half);
    // Without a `close_notify` this would be an error.
    assert_eq!(used.read(&mut [0]).unwrap(), 0);
    secured.server.wait_for_end();
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
}

#[test]
fn plain_http_gets_an_explanation_and_other_protocols_are_closed() {
    let secured = Secured::start(Limits { handshake: Duration::from_millis(400), ..limits() });
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
    assert!(read_answer(&mut stream).starts_with("HTTP/1.1 200 "));
}
