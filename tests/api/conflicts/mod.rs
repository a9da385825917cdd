//! Concurrent changes that conflict: exactly one succeeds, the other is refused properly, and the database stays sound.

mod administrators;
mod command_line;
mod emails;
mod uniqueness;
mod updates;

use crate::harness::{Request, Response, Server};
use std::sync::Barrier;

/// How often each race is repeated, because its outcome is a matter of timing.
const ROUNDS: usize = 20;

/// Runs all of these at the same time and returns their results in order.
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

/// Sends all of these requests at the same time.
fn send_all(calls: impl IntoIterator<Item = Request>) -> Vec<Response> {
    race(calls.into_iter().map(|call| Box::new(move || call.send()) as Box<dyn FnOnce() -> Response + Send>).collect())
}

fn statuses(answers: &[Response]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// Asserts that one of two answers is its success and the other its refusal; returns the index of the success.
#[track_caller]
fn winner(answers: &[Response], success: [u16; 2], refusal: [u16; 2]) -> usize {
    let found = statuses(answers);
    if found == [success[0], refusal[1]] {
        0
    } else if found == [refusal[0], success[1]] {
        1
    } else {
        panic!("{answers:?}")
    }
}

/// Asserts that `accountd check` finds nothing while the server runs, and that the server logged no error.
#[track_caller]
fn assert_clean(server: &Server) {
    let output = server.cli(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("\"ERROR\""), "{log}");
}
