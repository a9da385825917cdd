//! Requests at the same moment for what only one can have: one winner, a proper refusal, a clean database.

mod administrators;
mod command_line;
mod emails;
mod uniqueness;
mod updates;

use crate::harness::{Answer, Call, Server};
use std::sync::Barrier;

/// How often each race is run: who wins is chance.
const ROUNDS: usize = 20;

/// Does all of these at the same moment; what came of each, in their order.
fn race<T: Send>(racers: Vec<Box<dyn FnOnce() -> T + Send + '_>>) -> Vec<T> {
    let start = Barrier::new(racers.len());
    std::thread::scope(|scope| {
        let racers: Vec<_> = racers
            .into_iter()
            .map(|racer| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    racer()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

/// Sends all of these at the same moment.
fn send_all(calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    race(calls.into_iter().map(|call| Box::new(move || call.send()) as Box<dyn FnOnce() -> Answer + Send>).collect())
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// Checks that one of two answers has the status of success and the other its refusal; which one won.
#[track_caller]
fn winner(answers: &[Answer], success: [u16; 2], refusal: [u16; 2]) -> usize {
    let found = statuses(answers);
    if found == [success[0], refusal[1]] {
        0
    } else if found == [refusal[0], success[1]] {
        1
    } else {
        panic!("{answers:?}")
    }
}

/// What `accountd check` says of the database while the server runs on it.
#[track_caller]
fn assert_clean(server: &Server) {
    let output = server.cli(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("\"ERROR\""), "{log}");
}
