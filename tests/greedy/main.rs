//! Clients that are slow or send too much. Meanwhile the server answers other clients and uses little memory;
//! afterwards it has closed its file descriptors. `benches/greedy` measures the latency that the other clients see.

mod answers;
mod bodies;
mod connections;
mod costs;
mod endpoints;
mod filled;
mod heads;
mod routes;

use accountd_test_harness::{JOHN, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The server's peak memory must stay below this, in KiB.
const PEAK_MEMORY_LIMIT: u64 = 64 << 10;

/// The first lines of a request, to which a test adds headers.
const GET: &str = "GET /api/v3/user HTTP/1.1\r\nHost: localhost\r\n";

/// A server, and the number of file descriptors that it had before the greedy clients connected.
struct ServerUnderLoad {
    server: Server,
    descriptors: usize,
}

impl ServerUnderLoad {
    fn start(args: &[&str]) -> Self {
        raise_descriptor_limit();
        Self::of(Server::demo_with(args))
    }

    fn of(server: Server) -> Self {
        server.get("/api/v3/user").private_token(JOHN).send().expect(200);
        let descriptors = descriptors(&server);
        Self { server, descriptors }
    }

    /// Opens connections and sends these bytes on each.
    fn connections(&self, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
        let connect = || {
            let mut stream = self.server.connect();
            stream.write_all(bytes).unwrap();
            stream
        };
        (0..count).map(|_| connect()).collect()
    }

    /// Reads and writes as a well-behaved client, each request on a new connection.
    #[track_caller]
    fn assert_answers_other_clients(&self) {
        for _ in 0..10 {
            assert_eq!(self.server.get("/api/v3/user").private_token(JOHN).send().expect(200)["id"], 1);
            let name = serde_json::json!({"full_name": "John"});
            self.server.patch("/api/v1.1/users/john_smith/").bearer(JOHN).json(name).send().expect(200);
        }
    }

    /// Once all greedy clients have disconnected: the descriptors are closed, memory has stayed below the limit and
    /// nothing went wrong.
    #[track_caller]
    fn assert_recovers(self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while descriptors(&self.server) > self.descriptors {
            let left = descriptors(&self.server);
            assert!(Instant::now() < deadline, "{left} descriptors instead of {}", self.descriptors);
            std::thread::sleep(Duration::from_millis(20));
        }
        let peak = peak_memory(&self.server);
        println!("peak memory: {} MiB", peak >> 10);
        assert!(peak < PEAK_MEMORY_LIMIT, "{peak} KiB");
        self.assert_answers_other_clients();
        let log = self.server.log();
        assert!(!log.contains("panicked") && !log.contains("\"ERROR\""), "{log}");
    }
}

/// The greatest resident memory so far, in KiB.
fn peak_memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The clients in this process need the descriptors, and the server inherits the limit.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

fn descriptors(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count()
}

/// Reads until the server closes the connection or sends nothing for 5 s.
fn read_to_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status codes of all responses in the text.
fn statuses(answer: &str) -> Vec<&str> {
    answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect()
}
