//! Backups, and a graceful shutdown, while all writers write.

use crate::harness::run;
use crate::history::{Progress, StopWriters};
use crate::killed::{assert_undamaged, database_for, prefixes, serve};
use crate::random::Random;
use crate::state::stored;
use crate::writer::Writer;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[test]
fn a_backup_is_a_snapshot_with_every_write_answered_before_it() {
    let mut random = Random::for_test("backed up");
    let prefixes = prefixes(1).concat();
    let server = serve(database_for(&prefixes));
    let mut writers = Writer::one_each(&server, &prefixes, &mut random);
    let histories: Vec<_> = writers.iter().map(|writer| Arc::clone(&writer.history)).collect();
    let answered = || -> Vec<usize> { histories.iter().map(|history| history.lock().unwrap().answered).collect() };
    let progress = Progress::default();
    let mut backups = Vec::new();
    std::thread::scope(|scope| {
        let _stop = StopWriters(&progress);
        writers.iter_mut().for_each(|writer| drop(scope.spawn(|| writer.run(&progress))));
        for number in 1..=4 {
            progress.wait_for_answers(number * 25);
            let before = answered();
            let copy = server.folder.path().join(format!("copy{number}.db"));
            let output = run(&["backup", copy.to_str().unwrap(), "--db", server.db.to_str().unwrap()]);
            assert!(output.status.success(), "{output:?}");
            backups.push((copy, before, answered()));
        }
    });
    for (copy, before, after) in backups {
        assert_undamaged(&copy);
        let found = stored(&copy);
        for (at, writer) in writers.iter().enumerate() {
            let own = writer.own_of(&found);
            let history = writer.history.lock().unwrap();
            // The write after the last answered one may have been done already. The state of a killed command that did
            // nothing was replaced by the next.
            let last = (after[at] + 1).min(history.states.len() - 1);
            assert!(history.states[before[at]..=last].contains(&own), "{} in {}", writer.prefix, copy.display());
        }
    }
    assert_undamaged(&server.db);
}

/// SPEC 1: on SIGTERM the server finishes the requests in flight.
#[test]
fn sigterm_loses_no_answered_write_and_leaves_no_write_unanswered() {
    let mut random = Random::for_test("terminated");
    let all = prefixes(5);
    let mut folder = database_for(&all.concat());
    for names in all {
        let mut server = serve(folder);
        let mut writers = Writer::one_each(&server, &names, &mut random);
        let progress = Progress::default();
        let mut status = None;
        std::thread::scope(|scope| {
            let stop = StopWriters(&progress);
            writers.iter_mut().for_each(|writer| drop(scope.spawn(|| writer.run(&progress))));
            progress.wait_for_answers(10 + random.below(40) as usize);
            progress.may_break.store(true, Ordering::Relaxed);
            status = Some(server.stop());
            drop(stop);
        });
        assert_eq!(status.unwrap().code(), Some(0));
        // A slow disk can keep the database locked for longer than a write waits.
        let log = server.log();
        let fault = log
            .lines()
            .find(|line| !line.contains("is busy") && ["ERROR", "WARN"].iter().any(|level| line.contains(level)));
        assert_eq!(fault, None, "{log}");
        let found = stored(&server.db);
        for writer in &writers {
            // Not `settle`: a write without an answer must not have been done.
            assert_eq!(writer.own_of(&found), *writer.history.lock().unwrap().confirmed(), "{}", writer.prefix);
            assert!(!writer.was_truncated, "{}", writer.prefix);
        }
        assert_undamaged(&server.db);
        folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    }
}
