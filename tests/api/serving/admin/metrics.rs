//! The values at `/metrics`.

use super::openmetrics::Page;
use super::{AdminServer, wait_for};
use crate::harness::{JACK, JANE, JOHN, ROOT, Server, read_file};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

impl AdminServer {
    #[track_caller]
    fn page(&self) -> Page {
        let answer = self.ask("/metrics");
        assert_eq!(answer.status, 200, "{answer:?}");
        // As the documentation of the crate prometheus-client says.
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(answer.header("content-type"), Some(kind));
        Page::parse(&answer.body)
    }

    /// Waits until a series has this value.
    #[track_caller]
    fn wait_until(&self, series: &str, value: f64) {
        wait_for(|| (self.page().value(series) == value).then_some(()));
    }
}

fn requests(dialect: &str, method: &str, status: &str) -> String {
    format!("accountd_http_requests_total{{dialect=\"{dialect}\",method=\"{method}\",status=\"{status}\"}}")
}

/// The metric families and their types. All are present from the start; the request counter has no series yet.
const FAMILIES: [(&str, &str); 16] = [
    ("accountd_build", "info"),
    ("accountd_db_commits", "counter"),
    ("accountd_db_size_bytes", "gauge"),
    ("accountd_db_wal_size_bytes", "gauge"),
    ("accountd_db_write_queue_length", "gauge"),
    ("accountd_db_writes", "counter"),
    ("accountd_http_connections", "gauge"),
    ("accountd_http_request_duration_seconds", "histogram"),
    ("accountd_http_requests", "counter"),
    ("accountd_http_requests_in_flight", "gauge"),
    ("accountd_logins", "counter"),
    ("accountd_password_hashes_waiting", "gauge"),
    ("accountd_token_cache_lookups", "counter"),
    ("process_open_fds", "gauge"),
    ("process_resident_memory_bytes", "gauge"),
    ("process_start_time_seconds", "gauge"),
];

#[test]
fn every_metric_is_present_from_the_start() {
    let page = AdminServer::on_file().page();
    let types: Vec<_> = page.types.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    assert_eq!(types, FAMILIES);
    let series: Vec<_> = page.with_prefix("accountd_").into_iter().filter(|(_, value)| *value == 0.0).collect();
    for zero in [
        "accountd_logins_total{result=\"ok\"}",
        "accountd_logins_total{result=\"failed\"}",
        "accountd_logins_total{result=\"limited\"}",
        "accountd_token_cache_lookups_total{result=\"hit\"}",
        "accountd_token_cache_lookups_total{result=\"miss\"}",
        "accountd_http_connections",
        "accountd_http_requests_in_flight",
        "accountd_password_hashes_waiting",
        "accountd_db_write_queue_length",
    ] {
        assert!(series.iter().any(|(name, _)| *name == zero), "{zero}: {page:?}");
    }
    assert_eq!(page.value(&format!("accountd_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))), 1.0);
}

#[test]
fn each_request_is_counted_under_its_labels() {
    let admin_server = AdminServer::demo();
    let server = &admin_server.server;
    for _ in 0..3 {
        assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().status, 200);
    }
    assert_eq!(server.call("HEAD", "/api/v3/user").private_token(JOHN).send().status, 200);
    assert_eq!(server.get("/api/v3/user").send().status, 401);
    assert_eq!(server.get("/api/v30/user").send().status, 404);
    assert_eq!(server.get("/api/v1.1/users/janedoe/").bearer(JANE).send().status, 200);
    assert_eq!(server.call("BREW", "/api/v1.1/users/janedoe/").bearer(JANE).send().status, 405);
    assert_eq!(server.get("/api/v4/user").private_token(JOHN).send().status, 200);
    assert_eq!(server.get("/john_smith.keys").send().status, 200);
    let key = json!({"title": "new", "key": read_file("fixtures/keys/accepted/rsa-4096.pub")});
    assert_eq!(server.post("/api/v3/user/keys").private_token(JOHN).json(key).send().status, 201);
    // A request is counted after its answer has been handed to the socket, so the client may be a moment ahead.
    admin_server.wait_until(&requests("gitlab_v3", "POST", "2xx"), 1.0);

    let page = admin_server.page();
    let expected = [
        (requests("docker", "GET", "2xx"), 1.0),
        (requests("docker", "other", "4xx"), 1.0),
        (requests("gitlab_v3", "GET", "2xx"), 3.0),
        (requests("gitlab_v3", "GET", "4xx"), 1.0),
        (requests("gitlab_v3", "HEAD", "2xx"), 1.0),
        (requests("gitlab_v3", "POST", "2xx"), 1.0),
        (requests("gitlab_v4", "GET", "2xx"), 1.0),
        (requests("openssh", "GET", "2xx"), 1.0),
        (requests("other", "GET", "4xx"), 1.0),
    ];
    let counted = page.with_prefix("accountd_http_requests_total");
    assert_eq!(counted, expected.iter().map(|(name, count)| (name.as_str(), *count)).collect::<Vec<_>>());
    assert_eq!(page.value("accountd_http_requests_in_flight"), 0.0);

    for (dialect, count) in [("docker", 2.0), ("gitlab_v3", 6.0), ("gitlab_v4", 1.0), ("openssh", 1.0), ("other", 1.0)]
    {
        let name = |part: &str| format!("accountd_http_request_duration_seconds_{part}{{dialect=\"{dialect}\"}}");
        assert_eq!(page.value(&name("count")), count, "{dialect}");
        let sum = page.value(&name("sum"));
        assert!(sum > 0.0 && sum < 60.0, "{dialect}: {sum}");
        let buckets =
            page.with_prefix(&format!("accountd_http_request_duration_seconds_bucket{{dialect=\"{dialect}\","));
        let bound = |name: &str| match name.split('"').nth(3).unwrap() {
            "+Inf" => f64::INFINITY,
            bound => bound.parse().unwrap(),
        };
        let mut buckets: Vec<(f64, f64)> = buckets.iter().map(|(name, count)| (bound(name), *count)).collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(buckets.len() > 10 && buckets.is_sorted_by(|a, b| a.1 <= b.1), "{buckets:?}");
        assert_eq!(*buckets.last().unwrap(), (f64::INFINITY, count));
    }
}

#[test]
fn requests_to_the_admin_listener_are_not_counted() {
    let admin_server = AdminServer::demo();
    for path in ["/healthz", "/readyz", "/metrics", "/nowhere"] {
        admin_server.ask(path);
    }
    let page = admin_server.page();
    assert_eq!(page.with_prefix("accountd_http_requests_total"), []);
    assert_eq!(page.value("accountd_http_connections"), 0.0);
}

#[test]
fn open_connections_and_requests_in_flight_are_counted() {
    let admin_server = AdminServer::demo();
    let mut open: Vec<TcpStream> = (0..3).map(|_| admin_server.server.connect()).collect();
    admin_server.wait_until("accountd_http_connections", 3.0);
    let head = format!(
        "POST /api/v1.1/users/janedoe/emails/ HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {JANE}\r\n\
         Content-Length: 2\r\n\r\n{{"
    );
    open[0].write_all(head.as_bytes()).unwrap();
    admin_server.wait_until("accountd_http_requests_in_flight", 1.0);
    assert_eq!(admin_server.page().with_prefix("accountd_http_requests_total"), []);
    open[0].write_all(b"}").unwrap();
    assert_ne!(open[0].read(&mut [0; 1000]).unwrap(), 0);
    admin_server.wait_until("accountd_http_requests_in_flight", 0.0);
    assert_eq!(admin_server.page().value(&requests("docker", "POST", "4xx")), 1.0);
    // A request whose client disconnects is no longer in flight.
    open[1].write_all(head.as_bytes()).unwrap();
    admin_server.wait_until("accountd_http_requests_in_flight", 1.0);
    drop(open);
    admin_server.wait_until("accountd_http_connections", 0.0);
    admin_server.wait_until("accountd_http_requests_in_flight", 0.0);
}

#[test]
fn logins_are_counted_by_result() {
    let admin_server = AdminServer::demo();
    let profile = || admin_server.server.get("/api/v1.1/users/janedoe/");
    let session = |password| {
        let login = [("login", "john_smith"), ("password", password)];
        admin_server.server.post("/api/v3/session").form(&login).send().status
    };
    // The second is answered from the cache and counts all the same.
    for _ in 0..2 {
        assert_eq!(profile().basic("janedoe", "password").send().status, 200);
    }
    assert_eq!(session("john-password"), 201);
    for (name, password) in [("janedoe", "wrong"), ("nobody", "password"), ("janedoe", "")] {
        assert_eq!(profile().basic(name, password).send().status, 401);
    }
    assert_eq!(session("wrong"), 401);
    // Tokens do not count as logins, not even as the password of Basic.
    assert_eq!(profile().basic("janedoe", JANE).send().status, 200);
    assert_eq!(profile().bearer("nonsense").send().status, 401);
    let page = admin_server.page();
    let result = |result: &str| page.value(&format!("accountd_logins_total{{result=\"{result}\"}}"));
    assert_eq!((result("ok"), result("failed"), result("limited")), (3.0, 4.0, 0.0));
    assert_eq!(page.value("accountd_password_hashes_waiting"), 0.0);
}

#[test]
fn token_cache_hits_and_misses_are_counted() {
    let admin_server = AdminServer::on_file();
    let ask = |token| assert_eq!(admin_server.server.get("/api/v3/user").private_token(token).send().status, 200);
    // Hits and misses during `work`. A commit empties the cache, and the server itself writes shortly after its start,
    // so this is repeated until there was no commit in between.
    let lookups = |work: &dyn Fn()| {
        wait_for(|| {
            let before = admin_server.page();
            work();
            let after = admin_server.page();
            let more = |name: &str| after.value(name) - before.value(name);
            let [hits, misses] = ["hit", "miss"]
                .map(|result| more(&format!("accountd_token_cache_lookups_total{{result=\"{result}\"}}")));
            (more("accountd_db_commits_total") == 0.0).then_some((hits, misses))
        })
    };
    // It may be cached since before the last commit.
    let (hits, misses) = lookups(&|| [JOHN, JOHN].into_iter().for_each(ask));
    assert_eq!(hits + misses, 2.0);
    assert_eq!(lookups(&|| (0..5).for_each(|_| ask(JOHN))), (5.0, 0.0));
    assert_eq!(lookups(&|| [ROOT, ROOT, ROOT, JOHN].into_iter().for_each(ask)), (3.0, 1.0));
    // A commit by any process empties the cache. The trial write of /readyz is not a commit.
    let rename = || {
        let done = admin_server.server.cli(&["user", "update", "janedoe", "--name", "Jane Roe"]);
        assert!(done.status.success(), "{done:?}");
    };
    assert_eq!(lookups(&|| (rename(), ask(JOHN)).0), (0.0, 1.0));
    let tried = || {
        ask(JOHN);
        assert_eq!(admin_server.ask("/readyz").status, 200);
        ask(JOHN);
    };
    assert_eq!(lookups(&tried), (2.0, 0.0));
}

#[test]
fn queued_writes_share_one_commit() {
    let admin_server = AdminServer::of(Server::on_file(&["--admin-listen", "127.0.0.1:0"]));
    let counts = || {
        let page = admin_server.page();
        (page.value("accountd_db_writes_total"), page.value("accountd_db_commits_total"))
    };
    let before = counts();
    let add = |at: usize| {
        let address = json!({"email": format!("jane{at}@example.com")});
        let call = admin_server.server.post("/api/v1.1/users/janedoe/emails/");
        // With a password, because the use of a token makes the server write its last-used time.
        call.basic("janedoe", "password").json(address).send().status
    };
    assert_eq!(add(0), 201);
    assert_eq!(counts(), (before.0 + 1.0, before.1 + 1.0));
    // While another process holds the lock, writes queue up.
    let lock = rusqlite::Connection::open(&admin_server.server.db).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let added: Vec<_> = (1..=8).map(|at| scope.spawn(move || add(at))).collect();
        // The writer has taken the first of the eight.
        admin_server.wait_until("accountd_db_write_queue_length", 7.0);
        lock.execute_batch("ROLLBACK").unwrap();
        assert!(added.into_iter().all(|added| added.join().unwrap() == 201));
    });
    assert_eq!(counts(), (before.0 + 9.0, before.1 + 2.0));
    admin_server.wait_until("accountd_db_write_queue_length", 0.0);
}

#[test]
fn the_database_file_sizes_are_reported() {
    let admin_server = AdminServer::on_file();
    let key = json!({"title": "new", "key": read_file("fixtures/keys/accepted/rsa-4096.pub")});
    assert_eq!(admin_server.server.post("/api/v3/user/keys").private_token(JOHN).json(key).send().status, 201);
    let page = admin_server.page();
    let db = admin_server.server.db.to_str().unwrap();
    for (name, path) in [("accountd_db_size_bytes", db), ("accountd_db_wal_size_bytes", &format!("{db}-wal"))] {
        let size = std::fs::metadata(path).unwrap().len();
        assert!(size > 0);
        assert_eq!(page.value(name), size as f64, "{name}");
    }
    // A database in memory has no files.
    assert_eq!(AdminServer::demo().page().with_prefix("accountd_db_size"), []);
}

#[test]
#[cfg(target_os = "linux")]
fn process_metrics_match_proc() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let admin_server = AdminServer::demo();
    let page = admin_server.page();
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let started = page.value("process_start_time_seconds");
    assert!((before..=after).contains(&started), "{before} {started} {after}");
    let pid = admin_server.server.pid();
    let files = || std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count() as f64;
    // Our own connection may be closed by now.
    let open = page.value("process_open_fds");
    assert!((files() - open).abs() <= 1.0, "{open} {}", files());
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident = line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0;
    let reported = page.value("process_resident_memory_bytes");
    assert!((0.8..1.25).contains(&(reported / resident)), "{reported} {resident}");
}

#[test]
fn metrics_contain_no_names_tokens_or_addresses() {
    let admin_server = AdminServer::on_file();
    for token in [JOHN, JACK, ROOT, "made-up-token"] {
        admin_server.server.get("/api/v3/users/1?private_token=made-up-too").private_token(token).send();
    }
    admin_server.server.get("/janedoe.keys").send();
    let text = admin_server.ask("/metrics").body;
    assert!(text.contains("accountd_http_requests_total{"), "{text}");
    let folder = admin_server.server.folder.path().to_str().unwrap();
    for secret in [JOHN, JACK, ROOT, "made-up", "jane", "john", "example.com", "127.0.0.1", folder] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
