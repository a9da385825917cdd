//! What expires and refills by the clock of a stand-in, in both directions.

use super::clock::{advance, frozen, put};
use crate::harness::{JOHN, ROOT, Server, read_file};
use crate::oauth::{EXAMPLE, Tokens, profile_status};
use crate::web::Browser;
use serde_json::json;

fn status(server: &Server, token: &str) -> u16 {
    server.get("/api/v4/user").private_token(token).send().status
}

#[test]
fn a_token_is_refused_at_once_when_the_clock_passes_its_end() {
    let server = frozen();
    let url = server.url();
    let new = server.post("/api/v4/users/1/personal_access_tokens").private_token(ROOT);
    let new = new.json(json!({"name": "t", "scopes": ["api"], "expires_at": "2030-01-10"})).send().expect(201);
    let token = new["token"].as_str().unwrap().to_owned();
    let active = || {
        let own = server.get(&format!("/api/v4/personal_access_tokens/{}", new["id"])).private_token(ROOT).send();
        own.expect(200)["active"].as_bool().unwrap()
    };
    let listed = |state: &str| {
        let list = server.get(&format!("/api/v4/personal_access_tokens?user_id=1&state={state}")).private_token(ROOT);
        list.send().expect(200).as_array().unwrap().iter().any(|row| row["id"] == new["id"])
    };
    // The second request finds the token and the answer in a cache.
    assert_eq!((status(&server, &token), status(&server, &token)), (200, 200));
    advance(&url, "8d 23h 59m 59s");
    assert!(status(&server, &token) == 200 && active() && listed("active"));
    advance(&url, "1s");
    assert!(status(&server, &token) == 401 && !active() && listed("inactive") && !listed("active"));
    advance(&url, "-1s");
    assert!(status(&server, &token) == 200 && active() && listed("active"));
    // A running clock does the same.
    put(&url, json!({"now": "2031-01-01"})).expect(200);
    assert_eq!(status(&server, &token), 401);
    put(&url, json!({"now": "1999-01-01"})).expect(200);
    assert_eq!(status(&server, &token), 200);
}

#[test]
fn the_future_begins_at_the_clock() {
    let server = frozen();
    let create = |expires_at: &str| {
        let new = server.post("/api/v4/users/1/personal_access_tokens").private_token(ROOT);
        new.json(json!({"name": "t", "scopes": ["api"], "expires_at": expires_at})).send().status
    };
    let add = |expires_at: &str| {
        let body =
            json!({"title": "t", "key": read_file("fixtures/keys/accepted/rsa-3072.pub"), "expires_at": expires_at});
        let added = server.post("/api/v4/user/keys").private_token(JOHN).json(body).send();
        server.delete(&format!("/api/v4/user/keys/{}", added.json()["id"])).private_token(JOHN).send();
        added.status
    };
    assert_eq!((create("2029-12-31"), add("2029-12-31")), (400, 400));
    assert_eq!((create("2030-01-02"), add("2030-01-02")), (201, 201));
    put(&server.url(), json!({"now": "1999-01-01", "frozen": true})).expect(200);
    assert_eq!((create("2001-01-01"), add("2001-01-01")), (201, 201));
}

fn auto_approving() -> Server {
    Server::demo_with(&["--control", "--clock", "2030-01-01T00:00:00Z,frozen", "--auto-approve", "janedoe"])
}

#[test]
fn an_authorization_code_lives_a_minute() {
    let server = auto_approving();
    let late = EXAMPLE.code(&server, "");
    advance(&server.url(), "1m");
    assert_eq!(EXAMPLE.exchange(&server, &late, &[]).expect(400)["error"], "invalid_grant");
    let code = EXAMPLE.code(&server, "");
    advance(&server.url(), "59s");
    EXAMPLE.exchange(&server, &code, &[]).expect(200);
}

#[test]
fn oauth_tokens_end_by_the_clock() {
    let server = auto_approving();
    let url = server.url();
    let Tokens { access, refresh } = EXAMPLE.tokens(&server, "profile_read");
    let introspected = EXAMPLE.introspect(&server, &access).expect(200);
    // 2030-01-01, and 180 days later.
    assert_eq!((&introspected["iat"], &introspected["exp"]), (&json!(1_893_456_000), &json!(1_909_008_000)));
    assert_eq!(profile_status(&server, &access), 200);
    advance(&url, "180d");
    assert_eq!(profile_status(&server, &access), 401);
    assert_eq!(EXAMPLE.introspect(&server, &access).expect(200), json!({"active": false}));
    advance(&url, "-1s");
    assert_eq!(profile_status(&server, &access), 200);
    // A refresh token lives for twice as long, counted from its last use.
    advance(&url, "180d");
    let renewed = Tokens::of(EXAMPLE.refresh(&server, &refresh, &[]));
    assert_eq!(profile_status(&server, &renewed.access), 200);
    advance(&url, "360d");
    EXAMPLE.refresh(&server, &renewed.refresh, &[]).expect(400);
    advance(&url, "-1s");
    EXAMPLE.refresh(&server, &renewed.refresh, &[]).expect(200);
}

#[test]
fn a_browser_is_signed_out_after_two_weeks() {
    let server = frozen();
    let mut browser = Browser::signed_in(&server, ("john_smith", "john-password"));
    advance(&server.url(), "13d 23h 59m 59s");
    browser.assert_signed_in_as("john_smith");
    let cookies = browser.cookie_header();
    let page = || server.get("/account/applications").header("Cookie", &cookies).send().status;
    advance(&server.url(), "1s");
    assert_eq!(page(), 303);
    advance(&server.url(), "-1h");
    assert_eq!(page(), 200);
}

#[test]
fn keys_end_by_the_clock_wherever_they_are_read() {
    let server = frozen();
    let key = read_file("fixtures/keys/accepted/rsa-3072.pub");
    let body = json!({"title": "t", "key": key, "expires_at": "2030-01-02T00:00:00Z"});
    server.post("/api/v4/user/keys").private_token(JOHN).json(body).send().expect(201);
    let data = key.split(' ').nth(1).unwrap();
    let paths = ["/john_smith.keys", "/allowed_signers", "/api/accountd/authorized_keys?username=john_smith"];
    let read = || {
        paths.map(|path| {
            let answer = server.get(path).private_token(ROOT).send();
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            (answer.body.contains(data), answer.header("etag").map(str::to_owned))
        })
    };
    let before = read();
    assert!(before.iter().all(|(has_key, _)| *has_key), "{before:?}");
    advance(&server.url(), "1d");
    let after = read();
    assert!(after.iter().all(|(has_key, _)| !has_key), "{after:?}");
    // A client that has the old list gets the new one.
    for (path, ((_, old), (_, new))) in paths.iter().zip(before.iter().zip(&after)).take(2) {
        assert!(old.is_some() && old != new, "{path}");
        let again = server.get(path).private_token(ROOT).header("If-None-Match", old.as_ref().unwrap()).send();
        assert_eq!(again.status, 200, "{path}");
    }
    advance(&server.url(), "-1s");
    assert_eq!(read(), before);
}

#[test]
fn times_of_last_use_and_dormancy_are_by_the_clock() {
    let server = frozen();
    let url = server.url();
    let user = || server.get("/api/v4/users/1").private_token(ROOT).send().expect(200);
    let session = json!({"login": "john_smith", "password": "john-password"});
    server.post("/api/v3/session").json(session).send().expect(201);
    assert_eq!(user()["current_sign_in_at"], "2030-01-01T00:00:00.000Z");
    advance(&url, "36h");
    let token = server.get("/api/v4/personal_access_tokens/self").private_token(JOHN).send().expect(200);
    let deactivate = || server.post("/api/v4/users/1/deactivate").private_token(ROOT).send().status;
    // That writes the uses of the last minute, too.
    assert_eq!(deactivate(), 403);
    let own = server.get(&format!("/api/v4/personal_access_tokens/{}", token["id"])).private_token(ROOT);
    assert_eq!(own.send().expect(200)["last_used_at"], "2030-01-02T12:00:00.000Z");
    assert_eq!(user()["last_activity_on"], "2030-01-02");
    advance(&url, "90d");
    assert_eq!(deactivate(), 403);
    advance(&url, "1s");
    assert_eq!(deactivate(), 201);
}

#[test]
fn rate_limits_refill_by_the_clock() {
    let server = Server::demo_with(&["--control", "--login-rate", "2/m", "--clock", "2030-01-01,frozen"]);
    let url = server.url();
    let guess = || {
        let body = json!({"login": "john_smith", "password": "wrong-password"});
        let answer = server.post("/api/v3/session").json(body).send();
        (answer.status, answer.header("retry-after").map(str::to_owned))
    };
    let refused = |seconds: &str| (429, Some(seconds.to_owned()));
    assert_eq!([guess(), guess(), guess()], [(401, None), (401, None), refused("30")]);
    advance(&url, "20s");
    assert_eq!(guess(), refused("10"));
    advance(&url, "10s");
    assert_eq!([guess(), guess()], [(401, None), refused("30")]);
    // A clock that is put back neither refills an allowance nor blocks it for longer.
    for by in ["-1d", "-20000d"] {
        advance(&url, by);
        assert_eq!(guess(), refused("30"), "{by}");
    }
    advance(&url, "30s");
    assert_eq!([guess(), guess()], [(401, None), refused("30")]);
    put(&url, json!({"now": "9997-01-01", "frozen": true})).expect(200);
    assert_eq!([guess(), guess(), guess()], [(401, None), (401, None), refused("30")]);
    super::reset(&server, "seed");
    assert_eq!([guess(), guess(), guess()], [(401, None), (401, None), refused("30")]);
}
