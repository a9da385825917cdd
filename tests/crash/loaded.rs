//! Backups and an orderly end while everybody writes.

use crate::clients::{Course, Writer};
use crate::dice::Dice;
use crate::harness::run;
use crate::killed::{EVERY_WAY, Ending, assert_clean, prepared, serve, wait_for_answers};
use crate::state::stored;
use std::sync::Arc;
use std::sync::atomic::Ordering;

fn names() -> Vec<String> {
    (0..EVERY_WAY.len()).map(|at| format!("w{at}")).collect()
}

#[test]
fn a_backup_is_of_one_moment_and_has_all_that_was_answered_before() {
    let mut dice = Dice::of_this_run("backed up");
    let server = serve(prepared(&names()));
    let mut writers: Vec<_> =
        names().iter().zip(EVERY_WAY).map(|(name, how)| Writer::new(&server, name, how, dice.fork())).collect();
    let histories: Vec<_> = writers.iter().map(|writer| Arc::clone(&writer.history)).collect();
    let answered = || -> Vec<usize> { histories.iter().map(|history| history.lock().unwrap().answered).collect() };
    let course = Course::default();
    let mut backups = Vec::new();
    std::thread::scope(|scope| {
        let _ending = Ending(&course);
        writers.iter_mut().for_each(|writer| drop(scope.spawn(|| writer.run(&course))));
        for number in 1..=4 {
            wait_for_answers(&course, number * 25);
            let before = answered();
            let copy = server.folder.path().join(format!("copy{number}.db"));
            let output = run(&["backup", copy.to_str().unwrap(), "--db", server.db.to_str().unwrap()]);
            assert!(output.status.success(), "{output:?}");
            backups.push((copy, before, answered()));
        }
    });
    for (copy, before, after) in backups {
        assert_clean(&copy);
        let found = stored(&copy);
        for (at, writer) in writers.iter().enumerate() {
            let own = writer.own_of(&found);
            let history = writer.history.lock().unwrap();
            // One more than was answered afterwards: it may have been done already. A command that was killed has
            // taken the place of its attempt in the history.
            let last = (after[at] + 1).min(history.states.len() - 1);
            assert!(history.states[before[at]..=last].contains(&own), "{} in {}", writer.prefix, copy.display());
        }
    }
    assert_clean(&server.db);
}

/// SPEC 1: what is in flight is finished.
#[test]
fn sigterm_loses_no_answered_write_and_answers_whatever_it_does() {
    let mut dice = Dice::of_this_run("ended");
    let rounds = 5;
    let all: Vec<Vec<String>> =
        (0..rounds).map(|round| (0..EVERY_WAY.len()).map(|at| format!("r{round}w{at}")).collect()).collect();
    let mut folder = prepared(&all.concat());
    for names in all {
        let mut server = serve(folder);
        let mut writers: Vec<_> =
            names.iter().zip(EVERY_WAY).map(|(name, how)| Writer::new(&server, name, how, dice.fork())).collect();
        let course = Course::default();
        let mut ended = None;
        std::thread::scope(|scope| {
            let ending = Ending(&course);
            writers.iter_mut().for_each(|writer| drop(scope.spawn(|| writer.run(&course))));
            wait_for_answers(&course, 10 + dice.below(40) as usize);
            course.may_be_cut.store(true, Ordering::Relaxed);
            ended = Some(server.stop());
            drop(ending);
        });
        assert_eq!(ended.unwrap().code(), Some(0));
        assert!(!server.log().contains("ERROR") && !server.log().contains("WARN"), "{}", server.log());
        let found = stored(&server.db);
        for writer in &writers {
            // Not what a request without an answer would have made of it: none was done in silence.
            assert_eq!(writer.own_of(&found), *writer.history.lock().unwrap().sure(), "{}", writer.prefix);
            assert!(!writer.was_cut_short, "{}", writer.prefix);
        }
        assert_clean(&server.db);
        folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    }
}
