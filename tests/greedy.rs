//! Clients that are slow or want too much. Meanwhile the others are answered, the server's memory stays small, and its
//! file descriptors come back. What their latency is, `benches/greedy` measures.

use accountd_test_harness as harness;
use harness::{JOHN, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// The most that the server may ever have had, in KiB.
const MOST_MEMORY: u64 = 64 << 10;

const GET: &str = "GET /api/v3/user HTTP/1.1\r\nHost: localhost\r\n";

/// A server, and how it was before anybody came.
struct Watched {
    server: Server,
    descriptors: usize,
}

impl Watched {
    fn start(args: &[&str]) -> Self {
        // For the crowds of clients here, and inherited by the server.
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
        let server = Server::demo_with(args);
        server.get("/api/v3/user").private(JOHN).send().expect(200);
        let descriptors = descriptors(&server);
        Self { server, descriptors }
    }

    /// `count` connections, each with these bytes sent on it.
    fn crowd(&self, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
        let one = || {
            let mut stream = self.server.connect();
            stream.write_all(bytes).unwrap();
            stream
        };
        (0..count).map(|_| one()).collect()
    }

    /// Whether those who behave are answered, one after the other, each on a connection of its own.
    #[track_caller]
    fn others_are_answered(&self) {
        for _ in 0..10 {
            assert_eq!(self.server.get("/api/v3/user").private(JOHN).send().expect(200)["id"], 1);
            let name = serde_json::json!({"full_name": "John"});
            self.server.patch("/api/v1.1/users/john_smith/").bearer(JOHN).json(name).send().expect(200);
        }
    }

    /// Everybody has gone: so have their connections, and the memory never was too much.
    #[track_caller]
    fn ends_well(self) {
        let until = Instant::now() + Duration::from_secs(20);
        while descriptors(&self.server) > self.descriptors {
            let left = descriptors(&self.server);
            assert!(Instant::now() < until, "{left} descriptors instead of {}", self.descriptors);
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        println!("at most {} MiB", peak >> 10);
        assert!(peak < MOST_MEMORY, "{peak} KiB");
        self.others_are_answered();
        let log = self.server.log();
        assert!(!log.contains("panicked") && !log.contains("\"ERROR\""), "{log}");
    }
}

fn descriptors(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count()
}

/// All that comes until the server hangs up, or nothing more comes.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answer: &str) -> Vec<&str> {
    answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect()
}

#[test]
fn two_thousand_idle_connections_with_room_for_them() {
    let watched = Watched::start(&["--max-connections", "4096"]);
    let mut asked = watched.crowd(1_900, format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n").as_bytes());
    // Few enough to look at all before the first of them is sent away, which is after 10 s.
    let silent = watched.crowd(100, b"");
    let until = Instant::now() + Duration::from_secs(8);
    // The connection that was there at the start may have gone meanwhile.
    while descriptors(&watched.server) < watched.descriptors - 1 + 2_000 {
        assert!(Instant::now() < until, "{} descriptors", descriptors(&watched.server));
        std::thread::sleep(Duration::from_millis(10));
    }
    watched.others_are_answered();
    // Those who were idle can go on.
    for stream in &mut asked {
        stream.write_all(format!("{GET}Connection: close\r\nPRIVATE-TOKEN: {JOHN}\r\n\r\n").as_bytes()).unwrap();
    }
    for stream in asked {
        assert_eq!(statuses(&rest(stream)), ["200", "200"]);
    }
    drop(silent);
    watched.ends_well();
}

#[test]
fn two_thousand_idle_connections_and_room_for_half_of_them() {
    let watched = Watched::start(&[]);
    let asked = watched.crowd(1_000, format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n").as_bytes());
    let silent = watched.crowd(1_000, b"");
    watched.others_are_answered();
    assert!(descriptors(&watched.server) <= watched.descriptors + 1_024 + 1, "more than the limit");
    drop((asked, silent));
    watched.ends_well();
}

#[test]
fn more_connections_than_the_usual_limit_on_open_files() {
    let folder = tempfile::tempdir().unwrap();
    let script = "ulimit -S -n 64 && exec \"$@\"";
    let seed = harness::file("fixtures/demo.json");
    let args = ["serve", "--listen", "127.0.0.1:0", "--memory", "--seed", seed.to_str().unwrap()];
    let mut child = Command::new("sh")
        .args(["-c", script, "sh", harness::binary()])
        .args(args)
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    let request = format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n");
    let crowd: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    for mut stream in crowd.iter() {
        stream.write_all(request.as_bytes()).unwrap();
    }
    for mut stream in crowd.iter() {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!std::fs::read_to_string(folder.path().join("log")).unwrap().contains("ERROR"));
}

#[test]
fn heads_and_bodies_that_come_byte_by_byte() {
    let watched = Watched::start(&[]);
    let post = format!("POST /api/v3/user/keys HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {JOHN}\r\n");
    let mut slow = watched.crowd(150, GET.as_bytes());
    slow.extend(watched.crowd(150, format!("{post}Content-Length: 1000000\r\n\r\n{{\"a\":\"").as_bytes()));
    slow.extend(watched.crowd(150, format!("{post}Transfer-Encoding: chunked\r\n\r\nfffff\r\n").as_bytes()));
    for _ in 0..5 {
        slow.iter_mut().for_each(|stream| stream.write_all(b"x").unwrap());
        watched.others_are_answered();
    }
    drop(slow);
    watched.ends_well();
}

/// Whoever can connect can send a body: it is read before anybody knows who sends it.
#[test]
fn two_hundred_bodies_of_nearly_a_megabyte_that_do_not_end() {
    let watched = Watched::start(&[]);
    let post = "POST /api/v3/user/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n";
    let mut greedy = watched.crowd(200, post.as_bytes());
    let piece = vec![b'x'; 64 << 10];
    for stream in &mut greedy {
        stream.set_nonblocking(true).unwrap();
    }
    for _ in 0..15 {
        // What the server does not read yet waits in the socket, or does not get there.
        greedy.iter_mut().for_each(|stream| drop(stream.write(&piece)));
        watched.server.get("/api/v3/user").private(JOHN).send().expect(200);
    }
    watched.others_are_answered();
    drop(greedy);
    watched.ends_well();
}

#[test]
fn a_chunked_body_without_end() {
    let watched = Watched::start(&[]);
    for headers in ["", "Content-Type: application/json\r\n", "Content-Type: multipart/form-data; boundary=B\r\n"] {
        let head = format!(
            "POST /api/v3/user/keys HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {JOHN}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n"
        );
        let mut stream = watched.server.connect();
        stream.write_all(head.as_bytes()).unwrap();
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
        let until = Instant::now() + Duration::from_secs(20);
        // SPEC 2: over 1 MiB is 413. For some seconds the server reads on, so that the client sees it.
        while stream.write_all(chunk.as_bytes()).is_ok() {
            assert!(Instant::now() < until, "the server does not hang up");
        }
        watched.others_are_answered();
    }
    watched.ends_well();
}

#[test]
fn bodies_that_lie_about_their_length() {
    let watched = Watched::start(&[]);
    let put = |length: usize, body: &str| {
        let head = format!("PATCH /api/v1.1/users/john_smith/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {JOHN}\r\n");
        format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    for _ in 0..50 {
        // Longer than it says: the rest is no request.
        let longer = watched.crowd(1, put(2, "{} and more\r\n\r\n").as_bytes()).remove(0);
        assert_eq!(statuses(&rest(longer)), ["200", "400"]);
        // Shorter, and then nothing.
        let shorter = watched.crowd(1, put(100, "{\"full_name\":\"Half\"}").as_bytes()).remove(0);
        shorter.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = rest(shorter);
        assert!(statuses(&answer).is_empty() || statuses(&answer) == ["400"], "{answer}");
    }
    let user = watched.server.get("/api/v3/user").private(JOHN).send().expect(200);
    assert_ne!(user["name"], "Half");
    watched.ends_well();
}

#[test]
fn ten_thousand_pipelined_requests_of_one_who_does_not_read() {
    let watched = Watched::start(&[]);
    let mut greedy = watched.crowd(4, b"");
    let many = format!("{GET}PRIVATE-TOKEN: {JOHN}\r\n\r\n").repeat(10_000);
    for stream in &mut greedy {
        stream.set_nonblocking(true).unwrap();
        // As much as goes in without anybody reading what comes out.
        let mut left = many.as_bytes();
        let until = Instant::now() + Duration::from_secs(1);
        while !left.is_empty() && Instant::now() < until {
            match stream.write(left) {
                Ok(written) => left = &left[written..],
                Err(_) => std::thread::yield_now(),
            }
        }
    }
    watched.others_are_answered();
    drop(greedy);
    watched.ends_well();
}

#[test]
fn three_hundred_heads_of_a_megabyte() {
    let watched = Watched::start(&[]);
    let head = format!("{GET}X: {}", "x".repeat(1 << 20));
    for _ in 0..3 {
        let mut greedy: Vec<_> = (0..100).map(|_| watched.server.connect()).collect();
        for stream in &mut greedy {
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(head.as_bytes());
        }
        watched.others_are_answered();
        for mut stream in greedy {
            stream.set_nonblocking(false).unwrap();
            // The server may have hung up before all of it was sent.
            let _ = stream.write_all(head.as_bytes());
            let answer = rest(stream);
            assert!(statuses(&answer).is_empty() || statuses(&answer) == ["431"], "{answer}");
        }
    }
    watched.ends_well();
}
