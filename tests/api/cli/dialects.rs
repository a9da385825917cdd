//! `serve --dialects`.

use super::{ok, wrong_usage};
use crate::harness::{Server, run};

#[test]
fn all_dialects_are_served_by_default_and_any_choice_starts() {
    let help = ok(run(&["serve", "--help"]));
    assert!(help.contains("[default: docker,gitlab-v3,gitlab-v4]"), "{help}");
    for dialects in ["docker", "gitlab-v3", "gitlab-v4", "docker,gitlab-v4", "gitlab-v4,docker,gitlab-v3"] {
        Server::start(&["--memory", "--dialects", dialects]);
    }
}

#[test]
fn an_unknown_or_empty_choice_is_a_usage_error_that_names_the_dialects() {
    for dialects in ["gitlab", "docker,", "", "v3", "Docker"] {
        let said = wrong_usage(run(&["serve", "--memory", "--dialects", dialects]));
        assert!(said.contains("[possible values: docker, gitlab-v3, gitlab-v4]"), "{dialects:?}: {said}");
    }
}
