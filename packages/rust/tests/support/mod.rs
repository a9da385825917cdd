//! What the tests do as a client of the server.

#![allow(dead_code, reason = "each test program uses some of it")]

use accountd_test::Accountd;
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::Value;
use std::panic::{self, AssertUnwindSafe};

/// The token of `root` in the accounts of the demo.
pub const ROOT: &str = "root-api-token-for-examples";

pub async fn get(url: &str, path: &str, token: &str) -> Response {
    client().get(format!("{url}{path}")).header("PRIVATE-TOKEN", token).send().await.unwrap()
}

pub async fn try_create(url: &str, username: &str, token: &str) -> reqwest::Result<Response> {
    let email = format!("{username}@example.com");
    let user = [("username", username), ("name", "A"), ("email", &email), ("password", "correct-horse")];
    client().post(format!("{url}/api/v4/users")).header("PRIVATE-TOKEN", token).form(&user).send().await
}

/// Creates a user and returns its id.
pub async fn create(url: &str, username: &str) -> u64 {
    let response = try_create(url, username, ROOT).await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    response.json::<Value>().await.unwrap()["id"].as_u64().unwrap()
}

/// A new client for each request, so that no connection of an earlier one is used.
pub fn client() -> Client {
    Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap()
}

pub async fn usernames(accountd: &Accountd) -> Vec<String> {
    names_in(&accountd.state().await)
}

pub fn names_in(state: &Value) -> Vec<String> {
    state["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

/// The message of the panic that this work ends with.
pub fn panic_of(work: impl FnOnce()) -> String {
    let panic = panic::catch_unwind(AssertUnwindSafe(work)).expect_err("it must panic");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}
