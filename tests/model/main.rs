//! Model-based tests: random sequences of operations, over HTTP and by commands, on a server and on a model of it.
//!
//! Each response must be one that the documents allow in that state, and in the end the server must hold the accounts
//! of the model. A sequence that fails is shrunk and printed with its requests and responses.
//!
//! Other sequences run on the sandboxes of a stand-in, with resets between them, and compare all of them with models.
//!
//! `PROPTEST_CASES=2000 cargo test --test model` runs more sequences.

mod accounts;
mod compare;
mod entities;
mod expected;
mod late_writes;
mod operations;
mod perform;
mod refusal;
mod rules;
mod sandboxes;
mod start;
mod strategies;

use accountd_test_harness as harness;
use accounts::Accounts;
use expected::difference;
use harness::Server;
use operations::{Sequence, Step};
use perform::Observed;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use rules::acceptable_answers;
use strategies::sequences;

/// A server and the model of it.
struct World {
    server: Server,
    accounts: Accounts,
    precise: bool,
    transcript: String,
}

impl World {
    fn start(file: bool, precise: bool) -> World {
        let accounts = start::accounts(!file);
        let folder = tempfile::tempdir().unwrap();
        let (seed, db) = (folder.path().join("seed.json"), folder.path().join("test.db"));
        std::fs::write(&seed, start::seed(&accounts).to_string()).unwrap();
        let (seed, db) = (seed.to_str().unwrap().to_owned(), db.to_str().unwrap().to_owned());
        let database = if file { vec!["--db", &db] } else { vec!["--memory"] };
        let errors = if precise { "precise" } else { "documented" };
        let args = [&database[..], &["--seed", &seed, "--gitlab-errors", errors]].concat();
        let server = Server::start_in(folder, &args);
        World { server, accounts, precise, transcript: String::new() }
    }

    /// Performs a step on the server and follows it in the model. Fails if no acceptable answer matches the response.
    fn take(&mut self, step: &Step) -> Result<(), String> {
        let observed = perform::perform(&self.server, &self.accounts, step);
        self.transcript +=
            &format!("{step:?}\n    {}\n    -> {} {}\n", observed.request, observed.status, observed.body);
        self.accounts = follow(&self.accounts, step, self.precise, &observed)?;
        Ok(())
    }
}

/// The accounts after a step that was answered like this. Fails if the answer is none of the acceptable ones.
fn follow(before: &Accounts, step: &Step, precise: bool, observed: &Observed) -> Result<Accounts, String> {
    let acceptable = acceptable_answers(before, step, precise);
    let matches = |answer: &rules::Answer| {
        answer.expected.status == observed.status && difference(&answer.expected.body, &observed.body).is_none()
    };
    let Some(found) = acceptable.iter().position(matches) else {
        let lines = acceptable.iter().map(|answer| {
            let expected = &answer.expected;
            let difference = difference(&expected.body, &observed.body).unwrap_or_default();
            format!("    expected {} {}  {difference}\n", expected.status, expected.body)
        });
        return Err(lines.collect());
    };
    let mut after = acceptable.into_iter().nth(found).unwrap().after;
    if after.tokens.len() > before.tokens.len() {
        let secret = ["token", "private_token"].iter().find_map(|name| observed.body[name].as_str());
        after.tokens.last_mut().unwrap().secret = secret.unwrap().to_owned();
    }
    Ok(after)
}

fn check(sequence: &Sequence, file: bool) -> Result<(), TestCaseError> {
    let mut world = World::start(file, sequence.precise);
    let mut result = sequence.steps.iter().try_for_each(|step| world.take(step));
    if result.is_ok() {
        // The file first: looking at the accounts with rotated tokens revokes others.
        let in_the_file = file.then(|| compare::difference_in_the_file(&world.server, &world.accounts)).flatten();
        let difference = in_the_file.or_else(|| compare::difference_over_http(&world.server.url(), &world.accounts));
        result = difference.map_or(Ok(()), |text| Err(format!("after the last step: {text}\n")));
    }
    let log = world.server.log();
    if result.is_ok() && (log.contains("panicked") || log.contains("\"ERROR\"")) {
        result = Err(log);
    }
    result.map_err(|reason| TestCaseError::fail(format!("\n{}{reason}", world.transcript)))
}

/// As many as `PROPTEST_CASES` says, else this many.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Runs this many sequences, or as many as `PROPTEST_CASES` says.
fn run<S: Strategy>(cases: u32, sequences: S, check: impl Fn(&S::Value) -> Result<(), TestCaseError>) {
    let cases = self::cases(cases);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let result = TestRunner::new(config).run(&sequences, |sequence| check(&sequence));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, shortest)) => panic!("{reason}\nThe shortest sequence that fails:\n{shortest:?}"),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_server_with_an_in_memory_database_agrees_with_the_model() {
    run(60, sequences(false, 40), |sequence| check(sequence, false));
}

#[test]
fn a_server_and_commands_on_the_same_file_agree_with_the_model() {
    run(30, sequences(true, 30), |sequence| check(sequence, true));
}
