//! The server is killed at random moments, on one file, again and again.

use crate::clients::{Course, ROOT, Through, Writer, fixture};
use crate::dice::Dice;
use crate::harness::{Server, run};
use crate::state::{Accounts, stored};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub const EVERY_WAY: [Through; 6] =
    [Through::Docker, Through::Docker, Through::Gitlab, Through::Creating, Through::Commands, Through::Importing];

/// Ends the writers also when an assertion fails.
pub struct Ending<'a>(pub &'a Course);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// A database file with the users of these writers.
pub fn prepared(prefixes: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fixture.json");
    std::fs::write(&file, fixture(prefixes).to_string()).unwrap();
    let db = folder.path().join("test.db");
    let output = run(&["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    folder
}

pub fn serve(folder: tempfile::TempDir) -> Server {
    let db = folder.path().join("test.db").to_str().unwrap().to_owned();
    Server::start_in(folder, &["--db", &db])
}

#[track_caller]
pub fn assert_clean(db: &Path) {
    let output = run(&["check", "--db", db.to_str().unwrap()]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "no damage found\n", "{output:?}");
}

/// Waits until this many writes have been answered.
pub fn wait_for_answers(course: &Course, wanted: usize) {
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while course.answered.load(Ordering::Relaxed) < wanted {
        assert!(std::time::Instant::now() < end, "the writers do not get on");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn rounds() -> u64 {
    std::env::var("CRASH_ROUNDS").map_or(30, |rounds| rounds.parse().expect("CRASH_ROUNDS is a number"))
}

#[test]
fn what_was_answered_outlives_every_kill() {
    let mut dice = Dice::of_this_run("killed");
    let prefixes: Vec<Vec<String>> =
        (0..rounds()).map(|round| (0..EVERY_WAY.len()).map(|at| format!("r{round}w{at}")).collect()).collect();
    let folder = prepared(&prefixes.concat());
    let mut everybody = stored(&folder.path().join("test.db"));
    let mut server = serve(folder);
    let mut answered = 0;
    for names in prefixes {
        let mut writers: Vec<_> =
            names.iter().zip(EVERY_WAY).map(|(name, how)| Writer::new(&server, name, how, dice.fork())).collect();
        let course = Course::default();
        std::thread::scope(|scope| {
            let ending = Ending(&course);
            writers.iter_mut().for_each(|writer| drop(scope.spawn(|| writer.run(&course))));
            wait_for_answers(&course, 1 + dice.below(60) as usize);
            std::thread::sleep(dice.up_to(Duration::from_millis(15)));
            course.may_be_cut.store(true, Ordering::Relaxed);
            server.signal("KILL");
            drop(ending);
        });
        server.wait();
        assert!(!server.log().contains("ERROR") && !server.log().contains("panicked"), "{}", server.log());
        // The next server recovers the log of the one before it.
        server = serve(std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap()));
        let found = stored(&server.db);
        for writer in &writers {
            writer.settle(&found);
            let before = writer.own_of(&everybody);
            before.keys().for_each(|name| drop(everybody.remove(name)));
            everybody.extend(writer.history.lock().unwrap().sure().clone());
        }
        assert_same(&found, &everybody);
        assert_clean(&server.db);
        assert_eq!(server.get("/api/v3/user").private(ROOT).send().expect(200)["username"], "root");
        answered += course.answered.load(Ordering::Relaxed);
    }
    eprintln!("{answered} answered writes in {} rounds, all there", rounds());
    assert!(answered as u64 >= rounds());
}

/// Nobody lost, nobody who never was, nobody changed.
#[track_caller]
fn assert_same(found: &Accounts, expected: &Accounts) {
    for (name, account) in found {
        assert_eq!(Some(account), expected.get(name), "{name}");
    }
    assert_eq!(found.len(), expected.len());
}
