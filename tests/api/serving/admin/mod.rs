//! `--admin-listen`: health checks and metrics on a separate address.

mod metrics;
mod openmetrics;
mod readiness;

use super::{Program, wait_for};
use crate::cli::refused;
use crate::harness::{JOHN, Request, Response, Server, run};
use std::net::{SocketAddr, TcpListener};

/// A server with an admin listener.
struct AdminServer {
    server: Server,
    admin: SocketAddr,
}

impl AdminServer {
    /// In memory, with the demo accounts.
    fn demo() -> Self {
        Self::of(Server::demo_with(&["--admin-listen", "127.0.0.1:0"]))
    }

    /// On a file, with the demo accounts without their passwords.
    fn on_file() -> Self {
        Self::of(Server::on_file_without_passwords(&["--admin-listen", "127.0.0.1:0"]))
    }

    fn of(server: Server) -> Self {
        let admin = wait_for(|| admin_address(&server.log()));
        Self { server, admin }
    }

    fn ask(&self, path: &str) -> Response {
        self.call("GET", path).send()
    }

    fn call(&self, method: &str, path: &str) -> Request {
        Request::to(method, &format!("http://{}{path}", self.admin))
    }
}

/// The address of the admin listener in the log, once it is there.
pub fn admin_address(log: &str) -> Option<SocketAddr> {
    let line = log.lines().find(|line| line.contains("admin listener") && line.ends_with('}'))?;
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    Some(line["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap())
}

#[test]
fn healthz_answers_ok() {
    let admin_server = AdminServer::demo();
    let answer = admin_server.ask("/healthz");
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let head = admin_server.call("HEAD", "/healthz").send();
    assert_eq!((head.status, head.body.as_str(), head.header("content-length")), (200, "", Some("2")));
}

#[test]
fn the_public_listener_serves_no_admin_endpoint() {
    for server in [Server::demo(), AdminServer::demo().server] {
        for path in ["/healthz", "/readyz", "/metrics", "/metrics/"] {
            let answer = server.get(path).private_token(JOHN).send();
            assert_eq!(answer.status, 404, "{path}: {answer:?}");
            assert!(!answer.body.contains("accountd_"), "{path}: {answer:?}");
        }
    }
}

#[test]
fn the_admin_listener_serves_no_public_endpoint() {
    let admin_server = AdminServer::demo();
    for path in ["/", "/api/v3/user", "/api/v1.1/users/janedoe/", "/john_smith.keys", "/metrics/x", "/healthz/readyz"] {
        let answer = admin_server.call("GET", path).private_token(JOHN).send();
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert_eq!(answer.body, "404 Not Found: the paths are /healthz, /readyz and /metrics");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = admin_server.call("POST", path).send();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
}

#[test]
fn the_admin_listener_adds_no_line_to_stdout() {
    let program = Program::start(&["serve", "--memory", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    let line = program.out_with("listening");
    assert_eq!(line.lines().count(), 1);
    let admin = wait_for(|| admin_address(&program.read("err")));
    assert!(!line.contains(&admin.to_string()), "{line}");
    assert_eq!(Request::to("GET", &format!("http://{admin}/healthz")).send().body, "ok");
    assert_eq!(program.stop(), line);
}

#[test]
fn an_admin_address_that_others_can_reach_is_logged_as_a_warning() {
    for (address, warned) in
        [("127.0.0.1:0", false), ("127.8.7.6:0", false), ("localhost:0", false), ("0.0.0.0:0", true)]
    {
        let mut admin_server = AdminServer::of(Server::demo_with(&["--admin-listen", address]));
        admin_server.server.stop();
        let log = admin_server.server.log();
        let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
        assert_eq!(warnings.len(), usize::from(warned), "{address}: {log}");
        assert!(warnings.iter().all(|line| line.contains("--admin-listen")), "{log}");
    }
}

/// A web page can have a browser send requests here under the page's own host name (DNS rebinding).
#[test]
fn metrics_are_not_served_under_a_foreign_host() {
    for (args, hosts, status) in [
        (&["127.0.0.1:0"][..], &["evil.example", "evil.example:80", "localhost.evil.example", "192.0.2.1"][..], 421),
        (&["127.0.0.1:0"], &["localhost", "LOCALHOST:9090", "127.0.0.1", "[::1]:9090"], 200),
        (&["0.0.0.0:0"], &["evil.example"], 421),
        // Only a name can be rebound, and a server does not know the addresses that others reach it by.
        (&["0.0.0.0:0"], &["192.0.2.1:9090", "localhost"], 200),
        (&["127.0.0.1:0", "--base-url", "https://accounts.example"], &["accounts.example:9090"], 200),
        (&["127.0.0.1:0", "--base-url", "https://accounts.example"], &["evil.example"], 421),
    ] {
        let admin_server = AdminServer::of(Server::demo_with(&[&["--admin-listen"], args].concat()));
        for host in hosts {
            let ask = |path: &str| {
                let url = format!("http://127.0.0.1:{}{path}", admin_server.admin.port());
                Request::to("GET", &url).header("Host", host).send()
            };
            let metrics = ask("/metrics");
            assert_eq!(metrics.status, status, "{host}: {metrics:?}");
            assert_eq!(metrics.body.contains("accountd_build"), status == 200, "{host}");
            // Supervisors use any name; the answer says nothing.
            assert_eq!((ask("/healthz").status, ask("/readyz").status), (200, 200), "{host}");
        }
    }
}

#[test]
fn an_admin_address_in_use_is_reported_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("new.db");
    let base = ["serve", "--db", db.to_str().unwrap(), "--listen", "127.0.0.1:0", "--admin-listen", &address];
    let line = refused(run(&base));
    assert!(line.contains(&address) && line.contains("--admin-listen names another"), "{line}");
    assert!(!db.exists(), "a database was created");
}

#[test]
fn the_admin_listener_stops_with_the_server() {
    let mut admin_server = AdminServer::demo();
    let _idle = std::net::TcpStream::connect(admin_server.admin).unwrap();
    assert_eq!(admin_server.ask("/healthz").status, 200);
    assert_eq!(admin_server.server.stop().code(), Some(0));
    assert!(std::net::TcpStream::connect(admin_server.admin).is_err());
    assert!(!admin_server.server.log().contains("in flight"), "{}", admin_server.server.log());
}
