//! `accountd restore`, killed while it replaces a database.

use super::{Outcomes, USERS, moments, old_database, reset, run_and_kill, run_whole, wal_of};
use crate::killed::{assert_undamaged, database_for, serve};
use crate::random::Random;
use crate::state::digest;
use crate::writer::ROOT;
use serde_json::json;

#[test]
fn a_killed_restore_is_complete_or_undone() {
    let mut random = Random::for_test("restoring");
    let folder = database_for(&["before".to_owned()]);
    let (db, backup) = (folder.path().join("test.db"), folder.path().join("backup.db"));
    let (bytes, old) = (std::fs::read(&db).unwrap(), digest(&db));
    // A backup of an old version, so that the restore also migrates.
    old_database(&backup);
    let args = ["restore", backup.to_str().unwrap(), "--force", "--db", db.to_str().unwrap()];
    let time = run_whole(&args);
    let new = digest(&db);
    let size = db.metadata().unwrap().len();
    let mut outcomes = Outcomes::default();
    for moment in moments(&mut random, time, Some((wal_of(&db), size))) {
        reset(&db, &bytes);
        run_and_kill(&args, &moment);
        assert_undamaged(&db);
        outcomes.count(&digest(&db), &old, &new);
        run_whole(&args);
        assert_eq!(digest(&db), new);
    }
    eprintln!("restoring: {outcomes:?}");
}

#[test]
fn a_restore_killed_beside_a_running_server_is_complete_or_undone() {
    let mut random = Random::for_test("restoring beside a server");
    let server = serve(database_for(&["before".to_owned()]));
    let (old_backup, backup) = (server.folder.path().join("old.db"), server.folder.path().join("backup.db"));
    assert!(server.cli(&["backup", old_backup.to_str().unwrap()]).status.success());
    old_database(&backup);
    // Both databases have this token. Its user shows which of them the server reads.
    let username = || -> String {
        let user = server.get("/api/v3/user").private_token(ROOT).send().expect(200);
        user["username"].as_str().unwrap().to_owned()
    };
    let args = ["restore", backup.to_str().unwrap(), "--force", "--db", server.db.to_str().unwrap()];
    let time = run_whole(&args);
    let size = server.db.metadata().unwrap().len();
    let mut outcomes = Outcomes::default();
    for moment in moments(&mut random, time, Some((wal_of(&server.db), size))) {
        let output = server.cli(&["restore", old_backup.to_str().unwrap(), "--force"]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(username(), "root");
        run_and_kill(&args, &moment);
        let found = username();
        outcomes.count(&found, "root", "user1");
        let body = json!({"company": format!("{found}, Inc.")});
        server.patch(&format!("/api/v1.1/users/{found}/")).bearer(ROOT).json(body).send().expect(200);
        assert_undamaged(&server.db);
        assert_eq!(server.sql::<i64>("SELECT count(*) FROM users"), if found == "root" { 2 } else { USERS });
        run_whole(&args);
        assert_eq!(username(), "user1");
    }
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    eprintln!("restoring beside a server: {outcomes:?}");
}
