//! `GET events`: the journal as server-sent events.

use super::{create_user, refusal, reset, stand_in};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A listener and what it has received.
struct Listener(BufReader<TcpStream>);

/// One event: its type, its id and its data.
type Event = (String, String, Value);

impl Listener {
    fn start(server: &Server, query: &str, header: &str) -> Self {
        let mut stream = server.connect();
        write!(stream, "GET /_accountd/events{query} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n").unwrap();
        let mut listener = Self(BufReader::new(stream));
        assert_eq!(listener.line(), "HTTP/1.1 200 OK");
        let mut head = Vec::new();
        while head.last().is_none_or(|line: &String| !line.is_empty()) {
            head.push(listener.line());
        }
        assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
        // Without the sizes of the chunks.
        while listener.line() != ": connected" {}
        listener
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the stream has ended");
        line.trim_end().to_owned()
    }

    fn next(&mut self) -> Event {
        let (mut event, mut id, mut data) = ("message".to_owned(), String::new(), None);
        loop {
            let line = self.line();
            match line.split_once(": ") {
                Some(("event", name)) => event = name.to_owned(),
                Some(("id", number)) => id = number.to_owned(),
                Some(("data", text)) => data = Some(serde_json::from_str(text).unwrap()),
                _ if line.is_empty() && data.is_some() => return (event, id, data.unwrap()),
                _ => {}
            }
        }
    }

    /// The user names of the users that were created, in the next entries.
    fn created(&mut self) -> (String, Value) {
        let (event, id, data) = self.next();
        assert_eq!(event, "message", "{data}");
        (id, data["request"]["body"]["username"].clone())
    }
}

#[test]
fn a_listener_gets_the_entries_from_now_on() {
    let server = stand_in();
    create_user(&server.url(), "before");
    let mut listener = Listener::start(&server, "", "");
    create_user(&server.url(), "ada");
    create_user(&server.url(), "bea");
    assert_eq!(listener.created(), ("1.2".into(), "ada".into()));
    assert_eq!(listener.created(), ("1.3".into(), "bea".into()));
}

#[test]
fn an_event_is_the_entry_of_the_journal_without_secrets() {
    let server = stand_in();
    let mut listener = Listener::start(&server, "", "");
    server.get("/api/v4/user").private_token(JOHN).send().expect(200);
    let (_, _, event) = listener.next();
    assert_eq!(event, super::requests(&server)[0]);
    assert!(!event.to_string().contains(JOHN) && event.to_string().contains("sha256:"));
}

#[test]
fn a_listener_can_go_on_where_it_stopped() {
    let server = stand_in();
    for name in ["ada", "bea", "cleo"] {
        create_user(&server.url(), name);
    }
    let mut since = Listener::start(&server, "?since=2", "");
    assert_eq!(since.created(), ("1.3".into(), "cleo".into()));
    let mut again = Listener::start(&server, "", "Last-Event-ID: 1.1\r\n");
    assert_eq!(again.created(), ("1.2".into(), "bea".into()));
    reset(&server, "seed");
    create_user(&server.url(), "dora");
    // An event of an earlier epoch is followed by all of this one.
    let mut earlier = Listener::start(&server, "", "Last-Event-ID: 1.3\r\n");
    assert_eq!(earlier.created(), ("2.1".into(), "dora".into()));
}

#[test]
fn a_listener_is_told_of_a_reset_and_goes_on() {
    let server = stand_in();
    let mut listener = Listener::start(&server, "", "");
    create_user(&server.url(), "ada");
    reset(&server, "seed");
    create_user(&server.url(), "bea");
    assert_eq!(listener.created(), ("1.1".into(), "ada".into()));
    assert_eq!(listener.next(), ("reset".into(), "2.0".into(), json!({"epoch": 2})));
    assert_eq!(listener.created(), ("2.1".into(), "bea".into()));
}

#[test]
fn a_listener_that_is_too_slow_is_told_what_it_lost() {
    let server = Server::demo_with(&["--control", "--journal", "2"]);
    for name in ["ada", "bea", "cleo", "dora"] {
        create_user(&server.url(), name);
    }
    let mut listener = Listener::start(&server, "?since=1", "");
    assert_eq!(listener.next(), ("lost".into(), String::new(), json!({"count": 1})));
    assert_eq!(listener.created(), ("1.3".into(), "cleo".into()));
}

#[test]
fn the_number_of_listeners_is_bounded() {
    let server = stand_in();
    let mut listeners: Vec<_> = (0..16).map(|_| Listener::start(&server, "", "")).collect();
    assert_eq!(refusal(server.get("/_accountd/events").send()), (429, "too_many".to_owned()));
    // The server answers other calls meanwhile.
    create_user(&server.url(), "ada");
    listeners.iter_mut().for_each(|listener| assert_eq!(listener.created().1, "ada"));
    drop(listeners);
    let started = Instant::now();
    while !is_accepted(&server) {
        assert!(started.elapsed() < Duration::from_secs(5), "no place became free");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a new listener is accepted.
fn is_accepted(server: &Server) -> bool {
    let mut stream = server.connect();
    write!(stream, "GET /_accountd/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    status.ends_with(b"200")
}

#[test]
fn listeners_do_not_keep_the_server_from_stopping() {
    let mut server = stand_in();
    let mut listener = Listener::start(&server, "", "");
    let started = Instant::now();
    assert!(server.stop().success());
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    // The body has its end.
    let mut rest = String::new();
    listener.0.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "{rest:?}");
}

#[test]
fn a_parameter_that_is_unknown_is_refused() {
    let server = stand_in();
    assert_eq!(refusal(server.get("/_accountd/events?form=1").send()), (400, "unknown_key".to_owned()));
    assert_eq!(refusal(server.get("/_accountd/events?since=x").send()), (422, "invalid".to_owned()));
    let off = Server::demo_with(&["--control", "--journal", "off"]);
    assert_eq!(refusal(off.get("/_accountd/events").send()), (409, "conflict".to_owned()));
    off.get("/api/v4/user").private_token(ROOT).send().expect(200);
}
