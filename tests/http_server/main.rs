//! Tests of the HTTP server as a library: they need time limits shorter than those of `accountd serve`, or handlers that
//! are slow, panic or send 64 MiB. Each starts a small server on a free port; the client sends raw bytes.

mod addresses;
mod bodies;
mod connections;
mod observing;
mod routing;
mod tls;

use accountd::http::error::{ErrorHead, RequestError};
use accountd::http::reference::Requirement;
use accountd::http::reply::{self, Piece};
use accountd::http::router::{Dialect, Route, Router, Rule};
use accountd::http::server::{Limits, Listener, serve};
use accountd::http::{Request, RequestContext};
use accountd_test_harness::{OTHER_ADDRESS, connect_from};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use warp::reply::Response;

/// A dialect whose error responses show the error.
struct TestDialect;

enum TestError {
    Request(RequestError),
    /// A 404 from a handler.
    Missing,
    /// A 200 from a rule, before the body is read.
    Unread,
}

impl From<RequestError> for TestError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl Dialect for TestDialect {
    type Error = TestError;
    const NAME: &'static str = "test";
    const PREFIX: &'static str = "/api";
    const LABEL: &'static str = "docker";

    fn refuse(&self, error: TestError, _request: &Arc<RequestContext>) -> Response {
        match error {
            TestError::Request(RequestError::Body(error)) => {
                reply::text(StatusCode::OK, format!("{} {error}", error.status().as_u16()))
            }
            TestError::Request(ref error @ RequestError::MethodNotAllowed { ref allow }) => {
                ErrorHead::from(error).json(&format!("only {allow}"))
            }
            TestError::Request(error) => ErrorHead::from(&error).json(&"no such route"),
            TestError::Missing => reply::json(StatusCode::NOT_FOUND, &"missing"),
            TestError::Unread => reply::text(StatusCode::OK, "unread"),
        }
    }
}

/// Refuses every request before its body is read.
#[derive(Clone, Copy)]
struct Refuse;

impl Rule<TestDialect> for Refuse {
    type Permission = ();

    fn requirement(self) -> Requirement {
        Requirement::none("anyone")
    }

    async fn permit(self, _: &TestDialect, _: &mut Request) -> Result<(), TestError> {
        Err(TestError::Unread)
    }
}

type Outcome = Result<Response, TestError>;

/// A handler's 200 with this text.
fn text(text: impl Into<bytes::Bytes>) -> Outcome {
    Ok(reply::text(StatusCode::OK, text))
}

/// Responds with 64 MiB, which are made while they are sent.
async fn large(_: Arc<TestDialect>, _: Request, _: ()) -> Outcome {
    let mut pieces = 0..1024;
    let piece = Bytes::from_static(&[b'x'; 64 << 10]);
    let next = move || match pieces.next() {
        Some(_) => Ok(Piece::More(piece.clone())),
        None => Ok(Piece::Last(Bytes::new())),
    };
    let response = reply::in_pieces(reply::text_ok, next).unwrap();
    Ok(reply::with_header(response, CONTENT_LENGTH, HeaderValue::from(64 << 20)))
}

/// The response to paths outside `/api`.
fn ok() -> Response {
    reply::text(StatusCode::OK, "ok")
}

fn router(routes: Vec<Route<TestDialect>>) -> Router {
    let mut router = Router::new(ok);
    router.add(TestDialect, routes);
    router
}

/// A limit that no test waits for. A test of one limit shortens that one, so that no other limit can make it pass.
const LONG: Duration = Duration::from_secs(120);
/// Ends a test whose server does not respond. It is far below [`LONG`].
const CLIENT_TIMEOUT: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    Limits {
        handshake: LONG,
        header_read: LONG,
        body_read: LONG,
        idle: LONG,
        write_stall: LONG,
        max_connections: 16,
        max_connections_per_address: 16,
        stop: LONG,
        ..Limits::default()
    }
}

/// Checks that a limit ended something that began after `start`: not earlier, and long before any [`LONG`] limit.
fn assert_ended_by(limit: Duration, start: Instant) {
    let elapsed = start.elapsed();
    assert!(limit <= elapsed && elapsed < LONG / 2, "{elapsed:?}");
}

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// `prepare` runs in the server's thread, and its value is dropped with the server.
    fn start_with<P>(limits: Limits, prepare: impl FnOnce() -> P + Send + 'static, router: Router) -> Server {
        Server::start_on(Listener::from, limits, prepare, router)
    }

    fn start_on<P>(
        listener: impl FnOnce(TcpListener) -> Listener + Send + 'static,
        limits: Limits,
        prepare: impl FnOnce() -> P + Send + 'static,
        router: Router,
    ) -> Server {
        let (bound, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let _prepared = prepare();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
                bound.send(tcp.local_addr().unwrap()).unwrap();
                let stopped = async {
                    let _ = stopped.await;
                };
                serve(listener(tcp), router, limits, stopped).await;
            });
        });
        Server { address: address.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }

    fn start(limits: Limits, router: Router) -> Server {
        Server::start_with(limits, || (), router)
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(CLIENT_TIMEOUT)).unwrap();
        Client { stream, received: Vec::new() }
    }

    /// Connects from another address than [`Server::connect`].
    fn connect_from_elsewhere(&self) -> Client {
        Client { stream: connect_from(OTHER_ADDRESS, self.address), received: Vec::new() }
    }

    /// Sends one request on a new connection.
    fn send(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut client = self.connect();
        client.send(request);
        client.answer()
    }

    fn get(&self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"))
    }

    fn request_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    fn wait_for_end(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

struct Client {
    stream: TcpStream,
    /// Received bytes that belong to the next answers.
    received: Vec<u8>,
}

impl Client {
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// False once the server has closed the connection.
    fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// The next answer. It ends as `Content-Length` says, and has no body without one.
    fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    fn answer_to(&mut self, method: &str) -> Answer {
        let end = loop {
            if let Some(index) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break index + 4;
            }
            assert!(self.read_more(), "no answer: {:?}", String::from_utf8_lossy(&self.received));
        };
        let head = String::from_utf8(self.received.drain(..end).collect()).unwrap();
        let mut answer = Answer { head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let length = if method == "HEAD" { 0 } else { length };
        while self.received.len() < length {
            assert!(self.read_more(), "half an answer");
        }
        answer.body = String::from_utf8(self.received.drain(..length).collect()).unwrap();
        answer
    }

    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 8192];
        match self.stream.read(&mut buffer) {
            Ok(read) => {
                self.received.extend(&buffer[..read]);
                read > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether the server sends anything within this time.
    fn is_answered_within(&self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let read = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(Some(CLIENT_TIMEOUT)).unwrap();
        read.is_ok()
    }

    /// Waits for the server to close the connection, and returns the bytes that it sent before.
    fn rest(mut self) -> String {
        while self.read_more() {}
        String::from_utf8(self.received).unwrap()
    }
}

#[derive(Debug)]
struct Answer {
    head: String,
    body: String,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(": ").or_else(|| line.split_once(':'))?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}
