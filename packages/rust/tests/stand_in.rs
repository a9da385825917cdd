//! Every word of a stand-in, with reqwest as the client that is tested.

mod support;

use accountd_test::{Accountd, Authorization, Connection, Credential, Fault, Match, NewToken};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;
use support::{ROOT, client, create, get, names_in, try_create, usernames};

#[tokio::test]
async fn a_reset_undoes_what_a_client_did() {
    let accountd = Accountd::demo().start().await;
    let before = usernames(&accountd).await;
    let id = create(accountd.url(), "ada").await;
    assert_eq!(usernames(&accountd).await.len(), before.len() + 1);
    accountd.reset().await;
    assert_eq!(usernames(&accountd).await, before);
    assert_eq!(create(accountd.url(), "ada").await, id, "ids start again, too");
    accountd.reset_to("empty").await;
    assert!(usernames(&accountd).await.is_empty());
}

#[tokio::test]
async fn a_seed_is_relative_to_the_package() {
    let accountd = Accountd::seed("tests/fixtures/accounts.json").start().await;
    assert_eq!(usernames(&accountd).await, ["root"]);
    assert_eq!(get(accountd.url(), "/api/v4/user", "root-token-of-this-suite").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_state_can_be_read_and_loaded() {
    let accountd = Accountd::demo().start().await;
    let fixture = json!({ "users": [{ "username": "ada", "emails": [{ "email": "ada@example.com" }] }] });
    let ids = accountd.import_state(&fixture).await;
    let user = get(accountd.url(), &format!("/api/v4/users/{}", ids["ada"]), ROOT).await;
    assert_eq!(user.json::<serde_json::Value>().await.unwrap()["username"], "ada");
    assert!(names_in(&accountd.state().await).contains(&"ada".to_owned()));
}

#[tokio::test]
async fn a_snapshot_survives_a_reset() {
    let accountd = Accountd::demo().start().await;
    create(accountd.url(), "ada").await;
    let with_ada = accountd.snapshot("with-ada").await;
    accountd.reset().await;
    assert!(!usernames(&accountd).await.contains(&"ada".to_owned()));
    accountd.reset_to(&with_ada).await;
    assert!(usernames(&accountd).await.contains(&"ada".to_owned()));
}

#[tokio::test]
async fn a_sandbox_has_its_own_users_and_ends_with_its_drop() {
    let accountd = Accountd::demo().start().await;
    let url = {
        let sandbox = accountd.sandbox("t1").await;
        create(sandbox.url(), "ada").await;
        assert!(!usernames(&accountd).await.contains(&"ada".to_owned()));
        let copy = accountd.sandbox_from("t2", "empty").await;
        assert!(usernames(&copy).await.is_empty());
        sandbox.url().to_owned()
    };
    assert!(client().get(url).send().await.unwrap_err().is_connect());
    accountd.sandbox("t1").await;
}

#[tokio::test]
async fn operations_are_those_of_the_routes() {
    let accountd = Accountd::demo().start().await;
    assert!(accountd.operations().await.contains(&"gitlab.v4.users.create".to_owned()));
}

#[tokio::test]
async fn a_token_has_the_scopes_that_it_is_made_with() {
    let accountd = Accountd::demo().start().await;
    let token = accountd.token("janedoe").await;
    let user = get(accountd.url(), "/api/v4/user", &token).await;
    assert_eq!(user.json::<serde_json::Value>().await.unwrap()["username"], "janedoe");
    let weak = accountd.token(NewToken::of("root").scopes(&["read_user"]).name("weak")).await;
    assert_eq!(get(accountd.url(), "/api/v4/user", &weak).await.status(), StatusCode::OK);
    let refused = try_create(accountd.url(), "ada", &weak).await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_deterministic_server_makes_the_same_tokens_after_each_reset() {
    let accountd = Accountd::demo().deterministic(7).start().await;
    let token = accountd.token("root").await;
    accountd.reset().await;
    assert_eq!(accountd.token("root").await, token);
}

#[tokio::test]
async fn a_token_expires_when_the_clock_passes_its_end() {
    let accountd = Accountd::demo().clock("2030-01-01T00:00:00Z,frozen").start().await;
    let token = accountd.token(NewToken::of("root").expires_at("2030-01-03T00:00:00Z")).await;
    assert_eq!(get(accountd.url(), "/api/v4/user", &token).await.status(), StatusCode::OK);
    assert!(accountd.clock().advance("72h").await.starts_with("2030-01-04T00:00:00"));
    assert_eq!(get(accountd.url(), "/api/v4/user", &token).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_clock_can_be_set_frozen_and_made_real_again() {
    let accountd = Accountd::demo().start().await;
    let real = accountd.clock().now().await;
    assert!(accountd.clock().set("2031-05-05T05:05:05Z").await.starts_with("2031-05-05T05:05:"));
    let frozen = accountd.clock().freeze().await;
    assert_eq!(accountd.clock().now().await, frozen);
    assert!(accountd.clock().freeze_at("2032-01-01T00:00:00Z").await.starts_with("2032-01-01T00:00:00"));
    assert_eq!(accountd.clock().reset().await[..10], real[..10]);
}

#[tokio::test]
async fn a_fault_affects_as_many_requests_as_it_says_and_counts_them() {
    let accountd = Accountd::demo().start().await;
    let fault = Fault::status(503).header("Retry-After", "1").after(1).times(1);
    let fault = accountd.fail("gitlab.v4.users.create", fault).await;
    create(accountd.url(), "first").await;
    let failed = try_create(accountd.url(), "second", ROOT).await.unwrap();
    assert_eq!(
        (failed.status(), &failed.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
    create(accountd.url(), "second").await;
    assert_eq!(fault.hits().await, 1);
    fault.remove().await;
}

#[tokio::test]
async fn a_fault_after_the_commit_does_the_write_and_loses_the_answer() {
    let accountd = Accountd::demo().start().await;
    accountd.fail("gitlab.v4.users.create", Fault::connection(Connection::Reset).times(1).after_commit()).await;
    try_create(accountd.url(), "ada", ROOT).await.unwrap_err();
    assert!(usernames(&accountd).await.contains(&"ada".to_owned()));
}

#[tokio::test]
async fn a_fault_can_be_for_the_credentials_of_one_user() {
    let accountd = Accountd::demo().start().await;
    accountd.fail(Match::any().path("/api/v4/**").user("root"), Fault::credential(Credential::Revoked)).await;
    assert_eq!(get(accountd.url(), "/api/v4/user", ROOT).await.status(), StatusCode::UNAUTHORIZED);
    let other = "john-smith-api-token-for-examples";
    assert_eq!(get(accountd.url(), "/api/v4/user", other).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn faults_can_limit_the_rate_and_truncate_an_answer() {
    let accountd = Accountd::demo().start().await;
    let limit = accountd.fail("gitlab.v4.users.current", Fault::requests_per_minute(1)).await;
    assert_eq!(get(accountd.url(), "/api/v4/user", ROOT).await.status(), StatusCode::OK);
    assert_eq!(get(accountd.url(), "/api/v4/user", ROOT).await.status(), StatusCode::TOO_MANY_REQUESTS);
    limit.remove().await;
    accountd.fail("gitlab.v4.users.current", Fault::connection(Connection::Truncate(10))).await;
    get(accountd.url(), "/api/v4/user", ROOT).await.text().await.unwrap_err();
}

#[tokio::test]
async fn the_journal_can_be_searched_and_cleared() {
    let accountd = Accountd::demo().start().await;
    create(accountd.url(), "ada").await;
    let by_root = Match::operation("gitlab.v4.users.create").user("root");
    assert_eq!(accountd.requests().find(by_root.clone()).await[0]["user"], "root");
    accountd.requests().expect(by_root, 1).await;
    assert_eq!(accountd.requests().list().await.len(), 1);
    accountd.requests().clear().await;
    assert!(accountd.requests().list().await.is_empty());
}

#[tokio::test]
async fn an_expectation_can_wait_for_a_request_of_the_same_thread() {
    let accountd = Accountd::demo().start().await;
    let (url, requests) = (accountd.url().to_owned(), accountd.requests());
    let waiting = requests.expect_within("gitlab.v4.users.create", 1, Duration::from_secs(10));
    tokio::join!(waiting, create(&url, "ada"));
}

#[tokio::test]
async fn a_strict_server_answers_501_to_what_it_does_not_implement() {
    let accountd = Accountd::demo().strict().start().await;
    assert_eq!(get(accountd.url(), "/api/v4/projects/1/pipelines", ROOT).await.status(), StatusCode::NOT_IMPLEMENTED);
}

#[tokio::test]
async fn the_next_authorization_request_is_answered_as_it_was_told() {
    let accountd = Accountd::demo().start().await;
    let authorize = format!(
        "{}/oauth/authorize?response_type=code&client_id=TestClientID&state=s1&redirect_uri={}",
        accountd.url(),
        "https%3A%2F%2Fmy.app%2Fauth_complete%2F",
    );
    for (answer, expected) in
        [(Authorization::Error("access_denied"), "error=access_denied"), (Authorization::User("janedoe"), "code=")]
    {
        accountd.next_authorization(answer).await;
        let response = client().get(&authorize).send().await.unwrap();
        let location = response.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("https://my.app/auth_complete/") && location.contains(expected), "{location}");
    }
}

#[tokio::test]
async fn the_cookie_of_a_sign_in_opens_the_pages_of_that_user() {
    let accountd = Accountd::demo().start().await;
    let cookie = accountd.sign_in("janedoe").await;
    let page = client().get(format!("{}/account/applications", accountd.url()));
    let page = page.header("cookie", format!("{}={}", cookie.name, cookie.value)).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("Signed in as <strong>janedoe"));
}

#[tokio::test]
#[should_panic(expected = "tests/stand_in.rs")]
async fn the_panic_of_a_refused_call_names_the_caller() {
    let accountd = Accountd::demo().start().await;
    accountd.reset_to("snapshot:none").await;
}

#[tokio::test]
#[should_panic(expected = "(line 1, column ")]
async fn the_panic_of_a_refused_fixture_says_where_it_is_wrong() {
    let accountd = Accountd::demo().start().await;
    accountd.import_state(&json!({ "users": [{ "usrname": "ada" }] })).await;
}
