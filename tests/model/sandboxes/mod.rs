//! Random sequences on several sandboxes of one process. After every step, each sandbox must hold the accounts of its
//! own model and show the time of its own clock.

mod actions;
mod perform;
mod stand_in;
mod time;

use crate::run;
use actions::{Action, Sequence, sequences};
use proptest::test_runner::TestCaseError;
use stand_in::StandIn;

fn check(sequence: &Sequence) -> Result<(), TestCaseError> {
    let mut stand_in = StandIn::start(sequence.precise, sequence.deterministic);
    let mut transcript = String::new();
    let mut take = |action: &Action| {
        transcript += &format!("{action:?}\n");
        perform::perform(&mut stand_in, action, &mut transcript)?;
        stand_in.compare()
    };
    let result = sequence.actions.iter().try_for_each(&mut take);
    let result = result.and_then(|()| stand_in.compare_tokens());
    let log = stand_in.log();
    let result = match log.contains("panicked") || log.contains("\"ERROR\"") {
        true => result.and(Err(log)),
        false => result,
    };
    result.map_err(|reason| TestCaseError::fail(format!("\n{transcript}{reason}")))
}

#[test]
fn sandboxes_agree_with_a_model_of_each() {
    run(8, sequences(30), check);
}
