//! Expectations that are checked when the stand-in is dropped.

mod support;

use accountd_test::{Accountd, Match, blocking};
use support::{create, panic_of};

#[tokio::test]
async fn a_drop_passes_when_expectations_are_met() {
    let accountd = Accountd::demo().start().await;
    accountd.requests().expect_on_drop("gitlab.v4.users.create", 1);
    accountd.requests().expect_on_drop("gitlab.v4.users.delete", 0);
    create(accountd.url(), "ada").await;
}

#[tokio::test]
#[should_panic(expected = "#1 POST /api/v4/users (gitlab.v4.users.create) by root: 201 differs in user")]
async fn a_drop_panics_with_the_closest_request() {
    let accountd = Accountd::demo().start().await;
    accountd.requests().expect_on_drop(Match::operation("gitlab.v4.users.create").user("janedoe"), 1);
    create(accountd.url(), "ada").await;
}

#[test]
fn the_panic_of_a_drop_names_all_unmet_expectations_and_their_lines() {
    let message = panic_of(|| {
        let accountd = blocking::Accountd::demo().start();
        accountd.requests().expect_on_drop("gitlab.v4.users.create", 1);
        accountd.requests().expect_on_drop("gitlab.v4.users.delete", 2);
    });
    assert!(message.contains(r#"{"operation":"gitlab.v4.users.delete"}"#), "{message}");
    assert_eq!(message.matches("(expected at tests/expectations.rs:").count(), 2, "{message}");
}

#[test]
fn a_sandbox_has_its_own_expectations() {
    let accountd = blocking::Accountd::demo().start();
    let sandbox = accountd.sandbox("t1");
    sandbox.requests().expect_on_drop("gitlab.v4.users.create", 1);
    assert!(panic_of(|| drop(sandbox)).contains("gitlab.v4.users.create"));
    accountd.sandbox("t1");
}

#[test]
fn a_test_that_fails_by_itself_keeps_its_own_panic() {
    let message = panic_of(|| {
        let accountd = blocking::Accountd::demo().start();
        accountd.requests().expect_on_drop("gitlab.v4.users.create", 1);
        panic!("the test's own");
    });
    assert_eq!(message, "the test's own");
}
