//! Random sequences of operations through both dialects and the commands, against a model of the accounts in memory.
//!
//! Each answer has to be one that the documents allow there, and in the end what is there is what the model says. A
//! sequence that goes wrong is made as short as it can be and printed, with what was asked and answered.
//! `PROPTEST_CASES` raises the number of sequences: `PROPTEST_CASES=2000 cargo test --test model`.

mod accounts;
mod choice;
mod expected;
mod operations;
mod perform;
mod rules;
mod state;

use accountd_test_harness as harness;
use accounts::Accounts;
use choice::sequences;
use expected::difference;
use harness::Server;
use operations::Sequence;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use rules::answers;

/// The server, and what it should hold.
struct World {
    server: Server,
    accounts: Accounts,
    precise: bool,
    transcript: String,
}

impl World {
    fn start(file: bool, precise: bool) -> World {
        let accounts = state::start(!file);
        let folder = tempfile::tempdir().unwrap();
        let (seed, db) = (folder.path().join("seed.json"), folder.path().join("test.db"));
        std::fs::write(&seed, state::fixture(&accounts).to_string()).unwrap();
        let (seed, db) = (seed.to_str().unwrap().to_owned(), db.to_str().unwrap().to_owned());
        let place = if file { vec!["--db", &db] } else { vec!["--memory"] };
        let manner = if precise { "precise" } else { "documented" };
        let args = [&place[..], &["--seed", &seed, "--gitlab-errors", manner]].concat();
        let server = Server::start_in(folder, &args);
        World { server, accounts, precise, transcript: String::new() }
    }

    /// Does one step on both, and says what does not agree.
    fn take(&mut self, step: &operations::Step) -> Result<(), String> {
        let right = answers(&self.accounts, step, self.precise);
        let seen = perform::perform(&self.server, &self.accounts, step);
        self.transcript += &format!("{step:?}\n    {}\n    -> {} {}\n", seen.request, seen.status, seen.body);
        let agrees = |answer: &rules::Answer| {
            answer.expected.status == seen.status && difference(&answer.expected.body, &seen.body).is_none()
        };
        let Some(found) = right.iter().position(agrees) else {
            let wrong = right.iter().map(|answer| {
                let expected = &answer.expected;
                let why = difference(&expected.body, &seen.body).unwrap_or_default();
                format!("    expected {} {}  {why}\n", expected.status, expected.body)
            });
            return Err(wrong.collect());
        };
        let known = self.accounts.tokens.len();
        self.accounts = right.into_iter().nth(found).unwrap().after;
        if self.accounts.tokens.len() > known {
            let secret = ["token", "private_token"].iter().find_map(|name| seen.body[name].as_str());
            self.accounts.tokens.last_mut().unwrap().secret = secret.unwrap().to_owned();
        }
        Ok(())
    }
}

fn check(sequence: &Sequence, file: bool) -> Result<(), TestCaseError> {
    let mut world = World::start(file, sequence.precise);
    let mut taken = sequence.steps.iter().try_for_each(|step| world.take(step));
    if taken.is_ok() {
        let http = state::difference_over_http(&world.server, &world.accounts);
        let different = match file {
            true => http.or_else(|| state::difference_in_the_file(&world.server, &world.accounts)),
            false => http,
        };
        taken = different.map_or(Ok(()), |why| Err(format!("in the end: {why}\n")));
    }
    let log = world.server.log();
    if taken.is_ok() && (log.contains("panicked") || log.contains("\"ERROR\"")) {
        taken = Err(log);
    }
    taken.map_err(|why| TestCaseError::fail(format!("\n{}{why}", world.transcript)))
}

/// Runs so many sequences, or as many as `PROPTEST_CASES` says.
fn run(file: bool, cases: u32, longest: usize) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let result = TestRunner::new(config).run(&sequences(file, longest), |sequence| check(&sequence, file));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, shortest)) => panic!("{why}\nThe shortest sequence that goes wrong:\n{shortest:?}"),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_server_in_memory_agrees_with_the_model() {
    run(false, 60, 40);
}

#[test]
fn a_server_and_commands_on_one_file_agree_with_the_model() {
    run(true, 30, 30);
}
