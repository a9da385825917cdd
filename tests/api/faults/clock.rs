//! The machine's clock jumps: libfaketime tells the server another time of day, and leaves alone the clock that only
//! goes forward, as a jump does.

use super::{add, added, cannot};
use crate::cli::{Commands, Database, JANE, JOE};
use crate::harness::{Server, accountd};
use serde_json::json;
use std::path::{Path, PathBuf};

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    let mut files = folders.filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")));
    files.find(|file| file.exists())
}

/// What time it is from now on (`@` and a time of the local zone, see faketime(1)).
fn set(folder: &Path, time: &str) {
    // Replaced as a whole: the server may be reading it.
    std::fs::write(folder.join("time.new"), format!("@{time}")).unwrap();
    std::fs::rename(folder.join("time.new"), folder.join("time")).unwrap();
}

fn serve(database: Database, library: &Path) -> Server {
    set(database.folder.path(), "2026-06-01 00:00:00");
    let mut command = accountd(&["serve", "--listen", "127.0.0.1:0", "--db", database.path().to_str().unwrap()]);
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", database.folder.path().join("time")).envs([
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("TZ", "UTC"),
    ]);
    Server::start_command(database.folder, command)
}

#[test]
fn clock_jumps_lose_no_writes() {
    let Some(library) = library() else {
        return cannot(
            "clock_jumps_lose_no_writes",
            "there is no /usr/lib/*/faketime/libfaketimeMT.so.1 (package libfaketime)",
        );
    };
    let database = Database::light();
    let args = ["token", "create", "joe", "--name", "ends", "--scope", "api", "--expires", "2090-01-01"];
    let ends = database.ok(&args).trim().to_owned();
    let mut server = serve(database, &library);
    let mut expected = Vec::new();
    let mut latest = String::new();
    // Now, the far future, the first day of a machine whose battery is empty, and now again.
    let times = [("2026-06-01", 200), ("2099-12-31", 401), ("1970-01-01", 200), ("2026-06-02", 200)];
    for (round, (day, status)) in times.into_iter().enumerate() {
        set(server.folder.path(), &format!("{day} 12:00:00"));
        assert_eq!(server.get("/api/v3/user").private(&ends).send().status, status, "{day}");
        assert_eq!(server.get("/api/v1.1/users/joe/").bearer(JOE).send().expect(200)["username"], "joe");
        let address = format!("joe{round}@example.com");
        add(&server, &address).expect(201);
        expected.push(address);
        let name = format!("user{round}");
        let body =
            json!({"username": name, "name": "N", "email": format!("{name}@e.example"), "password": "correct-horse"});
        let user = server.post("/api/v3/users").private(JANE).json(body).send().expect(201);
        assert!(user["created_at"].as_str().unwrap().starts_with(&format!("{day}T12:00:")), "{day}: {user}");
        let session = json!({"login": name, "password": "correct-horse"});
        let token = server.post("/api/v3/session").json(session).send().expect(201)["private_token"].clone();
        // A fresh session is good, and so is it at any other time.
        assert_eq!(server.get("/api/v3/user").private(token.as_str().unwrap()).send().expect(200)["username"], name);
        latest = latest.max(day.to_owned());
    }
    assert_eq!(added(&server), expected);
    let users = server.get("/api/v3/users").private(JANE).send().expect(200);
    let names: Vec<_> = users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["jane", "joe", "user0", "user1", "user2", "user3"], "by id, whatever the clock said");
    assert_eq!(server.ok(&["check"]), "no damage found\n");
    assert_eq!(server.stop().code(), Some(0));
    assert!(!server.log().contains("ERROR") && !server.log().contains("panicked"), "{}", server.log());
}
