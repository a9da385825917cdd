//! A small server on a free port, and a client that sends exactly the bytes it is told to.

mod bodies;
mod connections;
mod observing;
mod routing;
mod tls;

use super::error::{ErrorHead, RoutingError};
use super::input::BodyError;
use super::router::{Dialect, Route, Router, Rule};
use super::server::{Limits, Listener, serve};
use super::{Request, RequestContext, reply};
use hyper::StatusCode;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use warp::reply::Response;

/// A dialect whose errors show what the tests want to see.
struct TestDialect;

enum TestError {
    Body(BodyError),
    Routing(RoutingError),
    /// 404 from a handler.
    Missing,
    /// 200, by a rule, so that the body is not read.
    Unread,
}

impl From<BodyError> for TestError {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<RoutingError> for TestError {
    fn from(error: RoutingError) -> Self {
        Self::Routing(error)
    }
}

impl Dialect for TestDialect {
    type Error = TestError;
    const NAME: &'static str = "test";
    const PREFIX: &'static str = "/api";
    const LABEL: &'static str = "docker";

    fn refuse(&self, error: TestError, _request: &Arc<RequestContext>) -> Response {
        match error {
            TestError::Body(error) => reply::text(StatusCode::OK, format!("{} {error}", error.status().as_u16())),
            TestError::Routing(ref error @ RoutingError::MethodNotAllowed { ref allow }) => {
                ErrorHead::from(error).json(&format!("only {allow}"))
            }
            TestError::Routing(error) => ErrorHead::from(&error).json(&"not here"),
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

    async fn permit(self, _: &TestDialect, _: &mut Request) -> Result<(), TestError> {
        Err(TestError::Unread)
    }
}

type Outcome = Result<Response, TestError>;

/// A handler's 200 with a line of text.
fn text(text: impl Into<bytes::Bytes>) -> Outcome {
    Ok(reply::text(StatusCode::OK, text))
}

/// The response to paths that are not below `/api`.
fn ok() -> Response {
    reply::text(StatusCode::OK, "ok")
}

fn router(routes: Vec<Route<TestDialect>>) -> Router {
    let mut router = Router::new(ok);
    router.add(TestDialect, routes);
    router
}

/// Limits that make a test of them short.
fn limits() -> Limits {
    Limits {
        handshake: Duration::from_millis(400),
        header_read: Duration::from_millis(400),
        body_read: Duration::from_millis(400),
        idle: Duration::from_millis(400),
        write_stall: Duration::from_millis(400),
        max_connections: 16,
        stop: Duration::from_secs(2),
        ..Limits::default()
    }
}

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// `prepare` runs inside the server's thread, and its value lives as long as the server.
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
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Client { stream, ahead: Vec::new() }
    }

    /// One request on a connection of its own.
    fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut client = self.connect();
        client.send(request);
        client.answer()
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"))
    }

    fn tell_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    fn wait_for_end(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

struct Client {
    stream: TcpStream,
    /// What has come of the answers after the last one.
    ahead: Vec<u8>,
}

impl Client {
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// False once the server has gone.
    fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// The next answer, whose end is told by `Content-Length`, or 204 or 304.
    fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    fn answer_to(&mut self, method: &str) -> Answer {
        let end = loop {
            if let Some(at) = self.ahead.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_more(), "no answer: {:?}", String::from_utf8_lossy(&self.ahead));
        };
        let head = String::from_utf8(self.ahead.drain(..end).collect()).unwrap();
        let mut answer = Answer { head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let length = if method == "HEAD" { 0 } else { length };
        while self.ahead.len() < length {
            assert!(self.read_more(), "half an answer");
        }
        answer.body = String::from_utf8(self.ahead.drain(..length).collect()).unwrap();
        answer
    }

    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 8192];
        match self.stream.read(&mut buffer) {
            Ok(read) => {
                self.ahead.extend(&buffer[..read]);
                read > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits for the server to close, and returns what it sent before.
    fn rest(mut self) -> String {
        while self.read_more() {}
        String::from_utf8(self.ahead).unwrap()
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
