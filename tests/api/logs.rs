//! The log: one line per request, and no secrets (SPEC 2).

use crate::cli::{Commands, JANE, JOE, basic, light_server};
use crate::harness::{self, JACK, JOHN, ROOT, Request, Response, Server, read_file};
use crate::serving::wait_for;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Waits until the access log has this many lines, and returns all of them.
#[track_caller]
pub fn entries(server: &Server, count: usize) -> Vec<Value> {
    wait_for(|| {
        let log = server.log();
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}")));
        let entries: Vec<_> = lines.filter(|line| line["method"].is_string()).collect();
        (entries.len() >= count).then_some(entries)
    })
}

#[test]
fn each_request_is_one_line_without_the_query() {
    let server = light_server();
    let joe = basic("joe", JOE);
    let table = [
        (server.get("/api/v3/user").private_token(JOE), "GET", "/api/v3/user", Some("joe")),
        (server.get("/api/v3/users?search=secret&page=1").private_token(JANE), "GET", "/api/v3/users", Some("jane")),
        (server.get(&format!("/api/v3/user?private_token={JOE}")), "GET", "/api/v3/user", Some("joe")),
        (server.get("/api/v1.1/users/joe/").header("Authorization", &joe), "GET", "/api/v1.1/users/joe/", Some("joe")),
        (
            server.patch("/api/v1.1/users/joe/").bearer(JOE).json(json!({})),
            "PATCH",
            "/api/v1.1/users/joe/",
            Some("joe"),
        ),
        (server.get("/api/v1.1/users/jane/").bearer(JOE), "GET", "/api/v1.1/users/jane/", Some("joe")),
        (server.post("/api/v3/users").private_token(JOE).json(json!({})), "POST", "/api/v3/users", Some("joe")),
        (server.delete("/api/v3/users/99").private_token(JANE), "DELETE", "/api/v3/users/99", Some("jane")),
        (server.call("HEAD", "/api/v3/user").private_token(JOE), "HEAD", "/api/v3/user", Some("joe")),
        (server.get("/api/v3/user"), "GET", "/api/v3/user", None),
        (server.get("/api/v3/user").private_token("unknown-token"), "GET", "/api/v3/user", None),
        (server.put("/api/v3/user").private_token(JOE), "PUT", "/api/v3/user", None),
        (server.get("/api/v3/nothing?x=y"), "GET", "/api/v3/nothing", None),
        (server.get("/"), "GET", "/", None),
    ];
    for (n, (call, method, path, user)) in table.into_iter().enumerate() {
        let answer = call.send();
        let entries = entries(&server, n + 1);
        assert_eq!(entries.len(), n + 1, "{entries:?}");
        let entry = &entries[n];
        assert_eq!((&entry["method"], &entry["path"]), (&json!(method), &json!(path)), "{entry}");
        assert_eq!(entry["status"], answer.status, "{entry}");
        assert_eq!(entry["id"].as_str(), answer.header("x-request-id"), "{entry}");
        assert_eq!(entry["client"], "127.0.0.1", "{entry}");
        assert_eq!(entry.get("user").and_then(Value::as_str), user, "{entry}");
        assert!(entry["us"].is_u64() && entry["timestamp"].is_string(), "{entry}");
    }
}

#[test]
fn a_sign_in_is_logged_with_its_user() {
    let server = Server::demo();
    server.post("/api/v3/session").form(&[("login", "root"), ("password", "root-password")]).send().expect(201);
    server.post("/api/v3/session").form(&[("login", "root"), ("password", "wrong-password")]).send().expect(401);
    let entries = entries(&server, 2);
    assert_eq!((&entries[0]["user"], &entries[0]["status"]), (&json!("root"), &json!(201)));
    assert_eq!((entries[1].get("user"), &entries[1]["status"]), (None, &json!(401)));
}

#[test]
fn a_valid_request_id_of_the_caller_is_kept() {
    let server = Server::demo();
    let long = "x".repeat(500);
    let table = [("build-7.3_a", true), ("a\"b", false), ("a b", false), ("{}", false), (long.as_str(), false)];
    for (n, (id, valid)) in table.into_iter().enumerate() {
        let answer = server.get("/api/v3/user").header("X-Request-Id", id).send();
        let entry = entries(&server, n + 1).remove(n);
        assert_eq!(entry["id"].as_str(), answer.header("x-request-id"));
        assert_eq!(entry["id"] == id, valid, "{entry}");
        assert!(!entry["id"].as_str().unwrap().is_empty());
    }
}

#[test]
fn the_human_format_is_readable_text() {
    let server = Server::demo_with(&["--log-format", "human"]);
    let answer = server.get("/api/v3/user?private_token=root-api-token-for-examples").send();
    let id = answer.header("x-request-id").unwrap().to_owned();
    let line = wait_for(|| server.log().lines().find(|line| line.contains(&id)).map(str::to_owned));
    for part in ["GET", "/api/v3/user", "200", "root", "us=", "client=127.0.0.1"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(serde_json::from_str::<Value>(&line).is_err() && !line.contains('?') && !line.contains('\u{1b}'), "{line}");
}

#[test]
fn the_auto_format_is_json_without_a_terminal() {
    for args in [&[][..], &["--log-format", "auto"], &["--log-format", "json"]] {
        let server = Server::demo_with(args);
        server.get("/api/v3/user").send();
        assert_eq!(entries(&server, 1).len(), 1);
    }
}

#[test]
fn records_below_the_log_level_are_left_out() {
    for (level, logged) in [("error", false), ("warn", false), ("off", false), ("info", true), ("debug", true)] {
        let mut server = Server::demo_with(&["--log", level]);
        assert_eq!(server.get("/api/v3/user").private_token(ROOT).send().status, 200);
        assert!(server.stop().success());
        assert_eq!(server.log().contains("/api/v3/user"), logged, "{level}: {}", server.log());
    }
}

#[test]
fn a_path_cannot_forge_a_log_line_or_send_terminal_escapes() {
    for format in ["human", "json"] {
        let mut server = Server::demo_with(&["--log-format", format]);
        let paths: [&[u8]; 8] = [
            b"/a%0aGET%20/forged",
            b"/a%1b[31m",
            b"/caf\xc3\xa9",
            b"/a\xe2\x80\xaeb",
            b"/a\xc2\x85b",
            b"/a\x1b[31mb",
            b"/a\x7fb",
            b"/a\xffb",
        ];
        for path in paths {
            let request = [b"GET ", path, b" HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"].concat();
            let answer = String::from_utf8(server.raw(&request)).unwrap();
            assert!(answer.starts_with("HTTP/1.1 4"), "{path:?}: {answer}");
        }
        let long = format!("/{}", "x".repeat(20_000));
        assert_eq!(server.get(&long).send().status, 404);
        assert!(server.stop().success());
        let log = server.log();
        assert!(log.bytes().all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic()), "{log}");
        assert!(log.lines().all(|line| line.len() < 2000), "{log}");
        assert!(log.contains("/xxxxxxxx") && log.contains("forged"), "{log}");
        let forged = log.lines().filter(|line| line.contains("GET /forged") || line.starts_with("GET"));
        assert_eq!(forged.count(), 0, "{log}");
    }
}

/// A request to every endpoint of both dialects.
fn endpoints(server: &Server) -> Vec<Request> {
    let docker = [
        ("GET", ""),
        ("PATCH", ""),
        ("GET", "emails/"),
        ("POST", "emails/"),
        ("PATCH", "emails/"),
        ("DELETE", "emails/"),
    ];
    let gitlab = [
        ("POST", "session"),
        ("GET", "users"),
        ("GET", "users/1"),
        ("POST", "users"),
        ("PUT", "users/1"),
        ("DELETE", "users/99"),
        ("GET", "user"),
        ("GET", "user/keys"),
        ("POST", "user/keys"),
        ("GET", "user/keys/1"),
        ("DELETE", "user/keys/99"),
        ("GET", "users/1/keys"),
        ("POST", "users/1/keys"),
        ("DELETE", "users/1/keys/99"),
        ("GET", "nothing"),
        ("PATCH", "user"),
    ];
    let docker = docker.map(|(method, path)| server.call(method, &format!("/api/v1.1/users/janedoe/{path}")));
    docker.into_iter().chain(gitlab.map(|(method, path)| server.call(method, &format!("/api/v3/{path}")))).collect()
}

/// Texts that must not appear in the log: the secrets, and the Basic credentials in their encoded form.
#[derive(Default)]
struct Secrets(BTreeSet<String>);

impl Secrets {
    fn add(&mut self, secret: &str) -> String {
        self.0.insert(secret.to_owned());
        secret.to_owned()
    }

    fn basic(&mut self, user: &str, password: &str) -> String {
        let header = basic(user, &self.add(password));
        self.add(header.strip_prefix("Basic ").unwrap());
        header
    }

    #[track_caller]
    fn assert_absent_from(&self, text: &str) {
        for secret in &self.0 {
            assert!(!text.contains(secret.as_str()), "{secret}: {text}");
        }
    }
}

/// Calls every endpoint with every kind of secret in every place.
fn call_everything(server: &Server, secrets: &mut Secrets) {
    let headers = [
        ("Authorization", secrets.basic("janedoe", "janes-wrong-password")),
        ("Authorization", secrets.basic("janedoe", harness::JANE)),
        ("Authorization", format!("Bearer {}", secrets.add(harness::JANE))),
        ("Authorization", format!("Bearer {}", secrets.add("unknown-bearer-token"))),
        ("Authorization", secrets.add("Unknown-Scheme-with-a-secret")),
        ("Authorization", format!("Basic {}", secrets.add("!not-base64-but-secret!"))),
        ("PRIVATE-TOKEN", secrets.add(ROOT)),
        ("PRIVATE-TOKEN", secrets.add("unknown-private-token")),
        ("Cookie", secrets.add("session=secret-of-a-cookie")),
    ];
    for (name, value) in &headers {
        endpoints(server).into_iter().for_each(|call| drop(call.header(name, value).send()));
    }
    let password = secrets.add("a-new-pässword-of-a-user");
    let private = read_file("fixtures/keys/refused/private-openssh");
    private.lines().filter(|line| line.len() > 30 && !line.starts_with("---")).for_each(|line| drop(secrets.add(line)));
    let fields = [
        ("private_token", secrets.add(JOHN)),
        ("password", password),
        ("login", "root".to_owned()),
        ("username", "new_user".into()),
        ("name", "New User".into()),
        ("email", "new@example.com".into()),
        ("title", "mine".into()),
        ("key", private),
    ];
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let object: Value = fields.iter().map(|(name, value)| (*name, json!(value))).collect();
    let query = format!("?private_token={}&password={}", secrets.add(JACK), secrets.add("password-in-a-query"));
    let multipart = fields.iter().fold(String::new(), |body, (name, value)| {
        body + &format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }) + "--X--\r\n";
    for call in endpoints(server) {
        drop(call.clone().with_query(&query).send());
        drop(call.clone().form(&pairs).send());
        drop(call.clone().json(object.clone()).send());
        drop(call.clone().private_token(ROOT).json(object.clone()).send());
        drop(call.clone().header("Content-Type", "multipart/form-data; boundary=X").body(multipart.clone()).send());
        // JSON with an error in the middle of the secret.
        let broken = object.to_string().replace("a-new-p", "a-new-p\n");
        drop(call.header("Content-Type", "application/json").body(broken).send());
    }
}

#[test]
fn no_secret_is_ever_logged() {
    for format in ["json", "human"] {
        let mut server = Server::demo_with(&["--log", "trace", "--log-format", format]);
        let mut secrets = Secrets::default();
        call_everything(&server, &mut secrets);
        let login = [("login", "root".to_owned()), ("password", secrets.add("root-password"))];
        let login: Vec<_> = login.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let session: Response = server.post("/api/v3/session").form(&login).send();
        let session = secrets.add(session.expect(201)["private_token"].as_str().unwrap());
        assert_eq!(server.get("/api/v3/user").private_token(&session).send().status, 200);
        let jane = secrets.basic("janedoe", "password");
        assert_eq!(server.get("/api/v1.1/users/janedoe/").header("Authorization", &jane).send().status, 200);
        // This password is also an ordinary word in the log.
        secrets.0.remove("password");
        assert!(server.stop().success());
        let log = server.log();
        assert!(log.lines().filter(|line| line.contains("/api/v3/session")).count() > 10, "{log}");
        if format == "json" {
            log.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));
        }
        secrets.assert_absent_from(&log);
    }
}

#[test]
fn commands_log_no_secret() {
    let server = light_server();
    let path = server.path().to_str().unwrap();
    let key = harness::file("fixtures/keys/refused/private-openssh");
    let run = |args: &[&str], stdin: &str, code: i32| {
        let output = harness::run_with_stdin(&[args, &["--db", path, "--log", "trace"]].concat(), stdin);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let stderr = run(&["user", "password", "joe", "--password-stdin"], "correct-horse\n", 0);
    assert!(!stderr.contains("correct-horse"), "{stderr}");
    let stderr = run(&["key", "add", "joe", key.to_str().unwrap(), "--title", "mine"], "", 1);
    assert!(stderr.contains("private key") && !stderr.contains("b3BlbnNzaC1rZXk"), "{stderr}");
    let stderr = run(&["import", "/dev/stdin"], &crate::cli::light().to_string(), 1);
    assert!(stderr.contains("taken") && !stderr.contains(JANE) && !stderr.contains(JOE), "{stderr}");
    let stderr = run(&["token", "create", "joe", "--scope", "api"], "", 0);
    assert!(!stderr.contains("acd_"), "{stderr}");
}
