//! The blocking methods: the same code as the asynchronous ones, so one test of each kind of answer.

mod support;

use accountd_test::Fault;
use accountd_test::blocking::Accountd;
use support::{names_in, panic_of};

fn status(url: &str, token: &str) -> u16 {
    let agent = ureq::Agent::from(ureq::Agent::config_builder().http_status_as_error(false).build());
    agent.get(format!("{url}/api/v4/user")).header("PRIVATE-TOKEN", token).call().unwrap().status().as_u16()
}

#[test]
fn a_test_needs_no_runtime() {
    let accountd = Accountd::seed("tests/fixtures/accounts.json").start();
    let sandbox = accountd.sandbox("t1");
    sandbox.reset_to("empty");
    assert!(names_in(&sandbox.state()).is_empty());
    assert_eq!(names_in(&accountd.state()), ["root"]);
}

#[test]
fn tokens_faults_clock_and_journal_work_without_a_runtime() {
    let accountd = Accountd::demo().clock("2030-01-01T00:00:00Z,frozen").start();
    let token = accountd.token("root");
    let fault = accountd.fail("gitlab.v4.users.current", Fault::status(503).times(1));
    assert_eq!((status(accountd.url(), &token), status(accountd.url(), &token)), (503, 200));
    assert_eq!(fault.hits(), 1);
    assert!(accountd.clock().advance("2h").starts_with("2030-01-01T02:00:00"));
    accountd.requests().expect("gitlab.v4.users.current", 2);
}

#[test]
fn the_panic_of_a_refused_call_says_why() {
    let accountd = Accountd::demo().start();
    assert!(panic_of(|| accountd.reset_to("snapshot:none")).contains("none"));
}
