//! `accountd backup`, killed while it copies.

use super::{Outcomes, moments, old_database, run_and_kill, run_whole};
use crate::killed::assert_undamaged;
use crate::random::Random;
use crate::state::digest;

#[test]
fn a_killed_backup_is_complete_or_leaves_no_file() {
    let mut random = Random::for_test("backing up");
    let folder = tempfile::tempdir().unwrap();
    let (db, copy) = (folder.path().join("test.db"), folder.path().join("copy.db"));
    old_database(&db);
    let args = ["backup", copy.to_str().unwrap(), "--db", db.to_str().unwrap()];
    // The first backup also migrates the database, so the second one is timed.
    run_whole(&args);
    std::fs::remove_file(&copy).unwrap();
    let time = run_whole(&args);
    let content = digest(&db);
    assert_eq!(digest(&copy), content);
    let mut outcomes = Outcomes::default();
    for moment in moments(&mut random, time, None) {
        std::fs::remove_file(&copy).unwrap();
        run_and_kill(&args, &moment);
        let found = if copy.exists() { digest(&copy) } else { "none".to_owned() };
        outcomes.count(&found, "none", &content);
        if found == "none" {
            run_whole(&args);
        }
        assert_eq!(digest(&copy), content);
        assert_undamaged(&copy);
    }
    assert_eq!(digest(&db), content);
    eprintln!("backing up: {outcomes:?}");
}
