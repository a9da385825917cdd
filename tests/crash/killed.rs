//! The server is killed at random moments, again and again, on the same database file.

use crate::harness::{Server, run};
use crate::history::{Progress, StopWriters};
use crate::random::Random;
use crate::state::{Accounts, stored};
use crate::writer::{INTERFACES, ROOT, Writer, archive};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tempfile::TempDir;

/// A folder with a database file that holds the first accounts of these writers.
pub fn database_for(prefixes: &[String]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archive.json");
    std::fs::write(&file, archive(prefixes).to_string()).unwrap();
    let db = folder.path().join("test.db");
    let output = run(&["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    folder
}

pub fn serve(folder: TempDir) -> Server {
    let db = folder.path().join("test.db").to_str().unwrap().to_owned();
    // The writers never stop.
    Server::start_in(folder, &["--db", &db, "--max-changes-per-day", "1000000"])
}

/// The prefixes of the writers of each round.
pub fn prefixes(rounds: u64) -> Vec<Vec<String>> {
    (0..rounds).map(|round| (0..INTERFACES.len()).map(|at| format!("r{round}w{at}")).collect()).collect()
}

/// Checks that the database file is not damaged.
#[track_caller]
pub fn assert_undamaged(db: &Path) {
    let output = run(&["check", "--db", db.to_str().unwrap()]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "no damage found\n", "{output:?}");
}

fn rounds() -> u64 {
    std::env::var("CRASH_ROUNDS").map_or(30, |rounds| rounds.parse().expect("CRASH_ROUNDS is a number"))
}

#[test]
fn an_answered_write_survives_sigkill() {
    let mut random = Random::for_test("killed");
    let prefixes = prefixes(rounds());
    let folder = database_for(&prefixes.concat());
    let mut expected = stored(&folder.path().join("test.db"));
    let mut server = serve(folder);
    let mut answered = 0;
    for names in prefixes {
        let mut writers = Writer::one_each(&server, &names, &mut random);
        let progress = Progress::default();
        std::thread::scope(|scope| {
            let stop = StopWriters(&progress);
            writers.iter_mut().for_each(|writer| drop(scope.spawn(|| writer.run(&progress))));
            progress.wait_for_answers(1 + random.below(60) as usize);
            std::thread::sleep(random.duration(Duration::from_millis(15)));
            progress.may_break.store(true, Ordering::Relaxed);
            server.signal("KILL");
            drop(stop);
        });
        server.wait();
        assert!(!server.log().contains("ERROR") && !server.log().contains("panicked"), "{}", server.log());
        // The next server recovers the WAL of this one.
        server = serve(std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap()));
        let found = stored(&server.db);
        for writer in &writers {
            writer.settle(&found);
            let before = writer.own_of(&expected);
            before.keys().for_each(|name| drop(expected.remove(name)));
            expected.extend(writer.history.lock().unwrap().confirmed().clone());
        }
        assert_same(&found, &expected);
        assert_undamaged(&server.db);
        assert_eq!(server.get("/api/v3/user").private_token(ROOT).send().expect(200)["username"], "root");
        answered += progress.answered.load(Ordering::Relaxed);
    }
    eprintln!("{answered} answered writes in {} rounds, none lost", rounds());
    assert!(answered as u64 >= rounds());
}

/// Compares account by account, so that a failure shows one account and not all of them.
#[track_caller]
fn assert_same(found: &Accounts, expected: &Accounts) {
    for (name, account) in found {
        assert_eq!(Some(account), expected.get(name), "{name}");
    }
    assert_eq!(found.len(), expected.len());
}
