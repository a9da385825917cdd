//! Starting and stopping `accountd serve` (SPEC 1).

pub mod admin;
mod demo;
mod shutdown;
mod tls;

use crate::cli::{JANE, JOE, light_server, ok, refused, reopen};
use crate::harness::{Server, accountd, binary, run};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running program whose whole output a test examines. It is killed when this is dropped.
pub struct Program {
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts the program in its own temporary folder. stdout and stderr go to the files `out` and `err` in it.
    pub fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name| std::fs::File::create(folder.path().join(name)).unwrap();
        let mut command = accountd(args);
        let child = command.current_dir(folder.path()).stdout(file("out")).stderr(file("err")).spawn().unwrap();
        Self { child, folder }
    }

    /// The contents so far of `out` or `err`.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Waits until stdout contains this text and returns all of stdout.
    #[track_caller]
    pub fn out_with(&self, text: &str) -> String {
        wait_for(|| Some(self.read("out")).filter(|out| out.contains(text) && out.ends_with('\n')))
    }

    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    /// Stops the program with SIGTERM and returns all of stdout.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.read("out")
    }
}

/// Calls `look` until it returns a value. Panics after 20 s.
#[track_caller]
pub fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "timed out");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn stdout_gets_one_line_once_connections_are_accepted() {
    let program = Program::start(&["serve", "--memory", "--listen", "127.0.0.1:0"]);
    let line = program.out_with("listening");
    let address: SocketAddr = line.strip_prefix("listening on http://").unwrap().trim_end().parse().unwrap();
    assert_eq!(line, format!("listening on http://127.0.0.1:{}\n", address.port()));
    assert_ne!(address.port(), 0);
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /api/v3/user HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 401 ") || answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert_eq!(program.stop(), line);
}

#[test]
fn serve_listens_on_the_requested_port() {
    // This port was free a moment ago, and other tests use port 0.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let program = Program::start(&["serve", "--memory", "--listen", &address.to_string()]);
    assert_eq!(program.out_with("listening"), format!("listening on http://{address}\n"));
    let help = ok(run(&["serve", "--help"]));
    assert!(help.contains("[default: 127.0.0.1:8080]"), "{help}");
}

#[test]
fn listen_accepts_a_host_name() {
    let program = Program::start(&["serve", "--memory", "--listen", "localhost:0"]);
    let line = program.out_with("listening");
    let address: SocketAddr = line.strip_prefix("listening on http://").unwrap().trim_end().parse().unwrap();
    assert!(address.ip().is_loopback());
}

#[test]
fn an_address_in_use_is_reported_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().map(|address| (address.to_string(), taken)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("new.db");
    let line = refused(run(&["serve", "--db", db.to_str().unwrap(), "--listen", &taken.0]));
    assert!(line.contains(&taken.0) && line.contains("--listen"), "{line}");
    assert!(!db.exists(), "a database was created");
}

#[test]
fn low_password_cost_is_allowed_only_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let args = ["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap(), "--password-cost", "low"];
    let line = refused(run(&args));
    assert!(line.contains("--password-cost low") && line.contains("--memory"), "{line}");
    assert!(!db.exists());
    for cost in ["low", "standard"] {
        let server = Server::start(&["--memory", "--password-cost", cost]);
        assert_eq!(server.get("/api/v3/user").send().status, 401);
    }
}

#[test]
fn a_missing_administrator_is_logged_with_the_command_that_adds_one() {
    let folder = tempfile::tempdir().unwrap();
    // A path that a shell would split or expand unless it is quoted.
    let path = folder.path().join("it's $HOME.db");
    let args = ["--db", path.to_str().unwrap(), "--log-format", "human"];
    let server = Server::start_in(folder, &args);
    let advice =
        wait_for(|| server.log().lines().find_map(|line| Some(line.split_once("no administrator")?.1.to_owned())));
    let command = advice.split_once("create one with: ").unwrap().1.to_owned();
    assert!(command.starts_with("accountd user add ") && command.contains(" --admin"), "{command}");
    // The command is run as if pasted, but with --generate, because there is no terminal to prompt for a password.
    let bin = Path::new(binary()).parent().unwrap().display();
    let line = format!("PATH='{bin}':$PATH; {command} --generate --json");
    let added = ok(Command::new("sh").args(["-c", &line]).stdin(Stdio::null()).output().unwrap());
    let added: serde_json::Value = serde_json::from_str(&added).unwrap();
    assert_eq!(added["admin"], true);
    let login = [("login", added["username"].as_str().unwrap()), ("password", added["password"].as_str().unwrap())];
    let session = server.post("/api/v3/session").form(&login).send().expect(201);
    assert_eq!(session["is_admin"], true);
}

#[test]
fn the_administrator_warning_appears_only_without_an_active_administrator() {
    let mut server = light_server();
    assert!(server.stop().success());
    assert!(!server.log().contains("administrator"), "{}", server.log());
    // A blocked administrator does not count.
    let db = server.db.to_str().unwrap().to_owned();
    rusqlite::Connection::open(&db).unwrap().execute("UPDATE users SET state = 'blocked'", []).unwrap();
    let server = reopen(server, &[]);
    wait_for(|| server.log().contains("no administrator").then_some(()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_memory_database_leaves_nothing_on_disk() {
    for signal in ["TERM", "INT", "KILL"] {
        let folder = tempfile::tempdir().unwrap();
        let (home, temporary) = (folder.path().join("home"), folder.path().join("tmp"));
        std::fs::create_dir_all(&home).unwrap();
        std::fs::create_dir(&temporary).unwrap();
        let mut command = accountd(&["serve", "--memory", "--listen", "127.0.0.1:0"]);
        command.env("HOME", &home).env("TMPDIR", &temporary).current_dir(&home);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = [0; 20];
        child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
        // The paths of its open files, at which they were created.
        let links = std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
        let open = links.filter_map(|link| std::fs::read_link(link.unwrap().path()).ok());
        let files: Vec<PathBuf> = open.filter(|path| path.to_string_lossy().contains(".db")).collect();
        assert!(!files.is_empty(), "no open database file was found");
        for file in &files {
            let name = file.to_str().unwrap().strip_suffix(" (deleted)").unwrap_or_else(|| panic!("{file:?} exists"));
            assert!(!Path::new(name).parent().unwrap().exists(), "{name}");
        }
        Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.success(), signal != "KILL");
        for folder in [home, temporary] {
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{folder:?}");
        }
    }
}

#[test]
fn memory_ignores_the_named_database() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let mut server = Server::start_in(folder, &["--memory", "--db", db.to_str().unwrap()]);
    assert_eq!(server.get("/api/v3/user").send().status, 401);
    assert!(server.stop().success());
    assert!(!db.exists());
}

#[test]
fn threads_sets_the_number_of_worker_threads() {
    let runtimes = |threads: &str| {
        let server = Server::demo_with(&["--threads", threads]);
        assert_eq!(server.get("/api/v3/user").private_token("john-smith-api-token-for-examples").send().status, 200);
        let tasks = std::fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
        // A thread may end while the list is read.
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
        names.filter(|name| name.starts_with("tokio-rt")).count()
    };
    // Tokio also starts threads for blocking work, such as loading the seeds.
    assert!(runtimes("1") < 20);
    assert!(runtimes("20") >= 20);
}

#[test]
fn a_connection_over_the_limit_waits_for_another_to_close() {
    let server = Server::demo_with(&["--max-connections", "2"]);
    let request =
        b"GET /api/v3/user HTTP/1.1\r\nHost: test\r\nPRIVATE-TOKEN: john-smith-api-token-for-examples\r\n\r\n";
    let status = |stream: &mut std::net::TcpStream| {
        let mut head = [0; 12];
        stream.read_exact(&mut head).map(|()| String::from_utf8(head.to_vec()).unwrap())
    };
    let mut open: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut open {
        stream.write_all(request).unwrap();
        assert_eq!(status(stream).unwrap(), "HTTP/1.1 200");
    }
    let mut third = server.connect();
    third.write_all(request).unwrap();
    third.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert_eq!(status(&mut third).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(open.pop());
    third.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(status(&mut third).unwrap(), "HTTP/1.1 200");
}

#[test]
fn commands_take_effect_without_a_restart() {
    let server = light_server();
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().status, 200);
    assert_eq!(server.get("/api/v3/users/2/keys").private_token(JANE).send().status, 200);
    ok(server.cli(&["user", "update", "jane", "--name", "Jane Roe"]));
    assert_eq!(server.get("/api/v3/user").private_token(JANE).send().expect(200)["name"], "Jane Roe");
}
