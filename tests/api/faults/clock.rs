//! The wall clock of the machine jumps. A preloaded library (clock.c) moves the server's wall clock and leaves its
//! monotonic clock alone, as a real jump does.

use super::{add, added};
use crate::cli::{Commands, Database, JANE, JOE};
use crate::harness::{Server, accountd, file};
use jiff::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles clock.c with the C compiler that the bundled SQLite needs, too.
fn compile_library(folder: &Path) -> PathBuf {
    let library = folder.join("clock.so");
    let source = file("tests/api/faults/clock.c");
    let mut cc = Command::new("cc");
    let output = cc.args(["-D_GNU_SOURCE", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
}

/// Sets the server's wall clock to this time.
fn set_clock(folder: &Path, time: &str) {
    let offset = time.parse::<Timestamp>().unwrap().as_second() - Timestamp::now().as_second();
    // Renamed into place, because the server may be reading the file.
    std::fs::write(folder.join("offset.new"), offset.to_string()).unwrap();
    std::fs::rename(folder.join("offset.new"), folder.join("offset")).unwrap();
}

fn serve(database: Database) -> Server {
    let folder = database.folder.path();
    set_clock(folder, "2026-06-01T00:00:00Z");
    let mut command = accountd(&["serve", "--listen", "127.0.0.1:0", "--db", database.path().to_str().unwrap()]);
    command.env("LD_PRELOAD", compile_library(folder)).env("CLOCK_OFFSET_FILE", folder.join("offset"));
    Server::start_command(database.folder, command)
}

#[test]
fn clock_jumps_lose_no_writes() {
    let database = Database::light();
    let args = ["token", "create", "joe", "--name", "ends", "--scope", "api", "--expires", "2090-01-01"];
    let expiring = database.ok(&args).trim().to_owned();
    let mut server = serve(database);
    let mut expected = Vec::new();
    // The present, the far future, the first day of a machine whose battery is empty, and the present again.
    let times = [("2026-06-01", 200), ("2099-12-31", 401), ("1970-01-01", 200), ("2026-06-02", 200)];
    for (round, (day, status)) in times.into_iter().enumerate() {
        set_clock(server.folder.path(), &format!("{day}T12:00:00Z"));
        assert_eq!(server.get("/api/v3/user").private_token(&expiring).send().status, status, "{day}");
        assert_eq!(server.get("/api/v1.1/users/joe/").bearer(JOE).send().expect(200)["username"], "joe");
        let address = format!("joe{round}@example.com");
        add(&server, &address).expect(201);
        expected.push(address);
        let name = format!("user{round}");
        let body =
            json!({"username": name, "name": "N", "email": format!("{name}@e.example"), "password": "correct-horse"});
        let user = server.post("/api/v3/users").private_token(JANE).json(body).send().expect(201);
        assert!(user["created_at"].as_str().unwrap().starts_with(&format!("{day}T12:00:")), "{day}: {user}");
        let session = json!({"login": name, "password": "correct-horse"});
        let token = server.post("/api/v3/session").json(session).send().expect(201)["private_token"].clone();
        // A new session is valid whatever the time is.
        assert_eq!(
            server.get("/api/v3/user").private_token(token.as_str().unwrap()).send().expect(200)["username"],
            name
        );
    }
    assert_eq!(added(&server), expected);
    let users = server.get("/api/v3/users").private_token(JANE).send().expect(200);
    let names: Vec<_> = users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["jane", "joe", "user0", "user1", "user2", "user3"], "not ordered by id");
    assert_eq!(server.ok(&["check"]), "no damage found\n");
    assert_eq!(server.stop().code(), Some(0));
    assert!(!server.log().contains("ERROR") && !server.log().contains("panicked"), "{}", server.log());
}
