//! `accountd import`, killed while it writes.

use super::{Outcomes, moments, reset, run_and_kill, run_whole, wal_of};
use crate::killed::{assert_undamaged, database_for};
use crate::random::Random;
use crate::state::key;
use rusqlite::Connection;
use serde_json::json;

#[test]
fn a_killed_import_is_complete_or_undone() {
    let mut random = Random::for_test("importing");
    let folder = database_for(&["before".to_owned()]);
    let db = folder.path().join("test.db");
    let user = |at: usize| {
        let name = format!("user{at}");
        json!({
            "username": name, "created_at": "2014-02-12T17:58:01.431312Z",
            "emails": [{"email": format!("{name}@example.com")}, {"email": format!("{name}@example.org")}],
            "keys": [{"title": "laptop", "key": key(&name), "created_at": "2014-02-12T17:58:01.431312Z"}],
        })
    };
    let file = folder.path().join("users.json");
    std::fs::write(&file, json!({"users": (0..400).map(user).collect::<Vec<_>>()}).to_string()).unwrap();
    let bytes = std::fs::read(&db).unwrap();
    let counts = || {
        let conn = Connection::open(&db).unwrap();
        let count = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let (keys, emails) = (count("SELECT count(*) FROM ssh_keys"), count("SELECT count(*) FROM emails"));
        format!("{} users, {keys} keys, {emails} addresses", count("SELECT count(*) FROM users"))
    };
    let old = counts();
    let args = ["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()];
    let time = run_whole(&args);
    let new = counts();
    assert_eq!((old.as_str(), new.as_str()), ("2 users, 0 keys, 2 addresses", "402 users, 400 keys, 802 addresses"));
    let mut outcomes = Outcomes::default();
    for moment in moments(&mut random, time, Some((wal_of(&db), bytes.len() as u64))) {
        reset(&db, &bytes);
        let succeeded = run_and_kill(&args, &moment);
        let found = counts();
        outcomes.count(&found, &old, &new);
        assert!(!succeeded || found == new, "it succeeded without having imported");
        if found == old {
            // A second import of the same users would be refused.
            run_whole(&args);
        }
        assert_eq!(counts(), new);
        assert_undamaged(&db);
    }
    eprintln!("importing: {outcomes:?}");
}
