//! Changes of the application.

use super::Access;
use crate::cli::Commands;
use crate::harness::Request;
use crate::oauth::{
    Application, DOCKER, EXAMPLE, GITLAB, WIKI, assert_error, assert_error_page, auto_approving_on_file, count,
    profile_status, send_authorization, start,
};
use crate::serving::admin::admin_address;
use crate::serving::wait_for;
use serde_json::json;

#[test]
fn deleting_an_application_ends_its_access() {
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let mut other = Access::obtain(&server, EXAMPLE);
    server.ok(&["app", "delete", WIKI.id]);
    access.assert_statuses(401);
    let answers = [
        WIKI.refresh(&server, &access.tokens.refresh, &[]),
        WIKI.exchange(&server, &access.code, &[]),
        WIKI.introspect(&server, &access.tokens.access),
        WIKI.revoke(&server, &access.tokens.access),
    ];
    answers.iter().for_each(|answer| drop(assert_error(answer, 401, "invalid_client")));
    for paths in [DOCKER, GITLAB] {
        assert_error_page(&send_authorization(&server, paths, &WIKI.query("")), &[]);
    }
    assert_eq!(EXAMPLE.introspect(&server, &access.tokens.access).expect(200), json!({"active": false}));
    other.assert_valid(&server);
}

#[test]
fn a_rotated_secret_replaces_the_old_one_immediately() {
    let server = auto_approving_on_file();
    let mut access = Access::obtain(&server, WIKI);
    let rotated = server.json(&["app", "rotate-secret", WIKI.id]);
    let new: &'static str = String::leak(rotated["client_secret"].as_str().unwrap().to_owned());
    // The authorizations of the users are kept.
    assert_error(&WIKI.refresh(&server, &access.tokens.refresh, &[]), 401, "invalid_client");
    assert_error(&WIKI.exchange(&server, &access.code, &[]), 401, "invalid_client");
    access.app = Application { secret: Some(new), ..WIKI };
    access.assert_valid(&server);
}

/// The client is authenticated again inside the write, so that the old secret does not work after the rotation.
#[test]
fn requests_that_wait_while_the_secret_is_rotated_are_refused() {
    let server = start(false, &["--auto-approve", "janedoe", "--admin-listen", "127.0.0.1:0"]);
    let admin = wait_for(|| admin_address(&server.log()));
    let access = Access::obtain(&server, WIKI);
    let other = rusqlite::Connection::open(&server.db).unwrap();
    let rotated =
        "BEGIN IMMEDIATE; UPDATE applications SET secret_hash = zeroblob(32) WHERE client_id = 'WikiClientID'";
    std::thread::scope(|scope| {
        other.execute_batch(rotated).unwrap();
        let waiting = [
            scope.spawn(|| WIKI.exchange(&server, &access.code, &[])),
            scope.spawn(|| WIKI.refresh(&server, &access.tokens.refresh, &[])),
            scope.spawn(|| WIKI.revoke(&server, &access.tokens.refresh)),
            scope.spawn(|| WIKI.revoke(&server, &access.tokens.access)),
        ];
        // The writer has taken the fourth request from the queue.
        let waits = |page: &str| page.lines().any(|line| line == "accountd_db_write_queue_length 3");
        let metrics = || Request::to("GET", &format!("http://{admin}/metrics")).send().body;
        wait_for(|| waits(&metrics()).then_some(()));
        other.execute_batch("COMMIT").unwrap();
        for answer in waiting.map(|thread| thread.join().unwrap()) {
            assert_error(&answer, 401, "invalid_client");
        }
    });
    assert_eq!(profile_status(&server, &access.tokens.access), 200, "nothing was revoked");
    assert_eq!(
        (count(&server, "tokens WHERE kind = 'oauth'"), count(&server, "authorizations")),
        (1, 2),
        "nothing was used up"
    );
}

/// RFC 6749 section 4.1.2.1: the browser is not redirected to an application that is not registered.
#[test]
fn requests_that_wait_while_the_application_is_deleted_get_a_page() {
    let server = start(false, &["--auto-approve", "janedoe", "--admin-listen", "127.0.0.1:0"]);
    let admin = wait_for(|| admin_address(&server.log()));
    let other = rusqlite::Connection::open(&server.db).unwrap();
    std::thread::scope(|scope| {
        other.execute_batch("BEGIN IMMEDIATE; DELETE FROM applications WHERE client_id = 'WikiClientID'").unwrap();
        let waiting = [(); 2].map(|()| scope.spawn(|| send_authorization(&server, DOCKER, &WIKI.query(""))));
        let waits = |page: &str| page.lines().any(|line| line == "accountd_db_write_queue_length 1");
        wait_for(|| waits(&Request::to("GET", &format!("http://{admin}/metrics")).send().body).then_some(()));
        other.execute_batch("COMMIT").unwrap();
        for page in waiting.map(|thread| thread.join().unwrap()) {
            assert_eq!((page.status, page.header("location")), (400, None), "{page:?}");
            assert!(page.body.contains("The application is no longer registered here."), "{page:?}");
        }
    });
}
