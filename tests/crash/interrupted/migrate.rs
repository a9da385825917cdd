//! `accountd` killed while it migrates a database.

use super::{Outcomes, moments, old_database, reset, run_and_kill, run_whole, wal_of};
use crate::killed::assert_undamaged;
use crate::random::Random;
use crate::state::digest;

#[test]
fn a_killed_migration_is_complete_or_undone() {
    let mut random = Random::for_test("migrating");
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    old_database(&db);
    let (bytes, old) = (std::fs::read(&db).unwrap(), digest(&db));
    // Any command that opens the database migrates it.
    let args = ["user", "show", "user1", "--db", db.to_str().unwrap()];
    let time = run_whole(&args);
    let new = digest(&db);
    assert!(old.starts_with("1:") && !new.starts_with("1:"), "{old} {new}");
    let mut outcomes = Outcomes::default();
    for moment in moments(&mut random, time, Some((wal_of(&db), bytes.len() as u64))) {
        reset(&db, &bytes);
        run_and_kill(&args, &moment);
        outcomes.count(&digest(&db), &old, &new);
        run_whole(&args);
        assert_eq!(digest(&db), new);
        assert_undamaged(&db);
    }
    eprintln!("migrating: {outcomes:?}");
}
