//! Secrets are shown once, stored hashed, and never logged.

use super::{
    BOTH_PATHS, DOCKER, EXAMPLE, PHONE, PKCE, Redirect, Tokens, VERIFIER, WIKI, assert_absent, auto_approving,
    auto_approving_on_file, send_authorization, start, stored_bytes,
};
use crate::cli::Commands;
use crate::harness::Server;
use base64::{Engine, prelude::BASE64_STANDARD};

/// Calls all endpoints, with success and with every failure, and returns the secrets that were sent or received.
fn exercise_all_endpoints(server: &Server) -> Vec<String> {
    let mut seen = vec!["WikiClientSecret".to_owned(), "TestClientSecret".into(), VERIFIER.into()];
    seen.push(BASE64_STANDARD.encode("WikiClientID:WikiClientSecret"));
    seen.push("st4te-of-the-application".into());
    for paths in BOTH_PATHS {
        for app in [WIKI, PHONE] {
            let query = app.query(&format!("{PKCE}&scope=profile_read&state=st4te-of-the-application"));
            let code = Redirect::of(&send_authorization(server, paths, &query), 302).get("code").to_owned();
            let exchange = |code: &str, verifier: &str| {
                let fields = [("grant_type", "code"), ("code", code), ("code_verifier", verifier)];
                app.call(server, paths.token, &fields).send()
            };
            exchange(&code, "wrong-verifier-wrong-verifier-wrong-verifier").expect(400);
            exchange("never-was-a-code-but-secret", VERIFIER).expect(400);
            let tokens = Tokens::of(exchange(&code, VERIFIER));
            let next = Tokens::of(app.refresh(server, &tokens.refresh, &[]));
            assert_eq!(super::profile_status(server, &next.access), 200);
            app.introspect(server, &next.access);
            app.refresh(server, &tokens.refresh, &[]).expect(400);
            exchange(&code, VERIFIER).expect(400);
            app.revoke(server, &next.refresh).expect(200);
            server.post(paths.token).basic(app.id, "wrong-secret-of-somebody").form(&[("grant_type", "code")]).send();
            let posted = [
                ("grant_type", "code"),
                ("client_id", WIKI.id),
                ("client_secret", "WikiClientSecret"),
                ("code", &code),
            ];
            server.post(paths.token).form(&posted).send();
            let in_query = format!("?client_secret=WikiClientSecret&code={code}&refresh_token={}", next.refresh);
            server.post(paths.token).with_query(&in_query).send();
            seen.extend([code, tokens.access, tokens.refresh, next.access, next.refresh]);
        }
    }
    seen.extend(["wrong-verifier-wrong", "never-was-a-code-but-secret", "wrong-secret-of-somebody"].map(str::to_owned));
    seen
}

#[test]
fn no_secret_is_logged() {
    for format in ["json", "human"] {
        let mut server = start(true, &["--auto-approve", "janedoe", "--log", "trace", "--log-format", format]);
        let secrets = exercise_all_endpoints(&server);
        assert!(server.stop().success());
        let log = server.log();
        assert!(log.contains("/oauth/token") && log.contains("used twice"), "{log}");
        for secret in &secrets {
            assert!(!log.contains(secret.as_str()), "{secret}: {log}");
        }
    }
}

#[test]
fn the_access_log_names_the_user() {
    let mut server = auto_approving();
    EXAMPLE.tokens(&server, "profile_read");
    assert!(server.stop().success());
    let log = server.log();
    let line = log.lines().find(|line| line.contains("/o/token/")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&entry["user"], &entry["status"]), (&serde_json::json!("janedoe"), &serde_json::json!(200)));
}

#[test]
fn the_database_holds_only_hashes_of_secrets() {
    let mut server = auto_approving_on_file();
    let made = server.json(&["app", "create", "--name", "New", "--redirect-uri", "https://new.example/cb"]);
    let rotated = server.json(&["app", "rotate-secret", made["client_id"].as_str().unwrap()]);
    let mut secrets = vec![made["client_secret"].as_str().unwrap().to_owned()];
    secrets.push(rotated["client_secret"].as_str().unwrap().to_owned());
    secrets.extend(["WikiClientSecret", "TestClientSecret"].map(str::to_owned));
    for app in [WIKI, PHONE] {
        let code = app.code(&server, PKCE);
        let tokens = Tokens::of(app.exchange(&server, &code, &[("code_verifier", VERIFIER)]));
        let next = Tokens::of(app.refresh(&server, &tokens.refresh, &[]));
        let unused = app.code(&server, "");
        // The part that all refresh tokens of an authorization share is not stored in the clear either.
        let (family, own) = next.refresh.split_once('.').unwrap();
        secrets.extend([family.to_owned(), own.to_owned(), code, unused, tokens.access, tokens.refresh, next.access]);
    }
    secrets.extend([VERIFIER.to_owned()]);
    for _ in 0..2 {
        let bytes = stored_bytes(&server);
        assert!(bytes.windows(10).any(|window| window == b"TestClient"), "the client ids are stored");
        for secret in &secrets {
            assert_absent(secret, &bytes);
            assert_absent(secret.trim_start_matches("acd_").trim_start_matches("acs_"), &bytes);
        }
        // Check again after the WAL has been written back to the file.
        assert!(server.stop().success());
        server = crate::cli::reopen(server, &[]);
    }
}

#[test]
fn a_client_secret_is_shown_only_when_it_is_created() {
    let server = auto_approving_on_file();
    let made = server.json(&["app", "create", "--name", "New", "--redirect-uri", "https://new.example/cb"]);
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    for args in [&["app", "show", id][..], &["app", "list"], &["app", "grants"], &["export"]] {
        let (text, json) =
            (server.ok(args), if args[0] == "app" { server.json(args).to_string() } else { String::new() });
        assert!(!text.contains(secret) && !json.contains(secret), "{args:?}");
        assert!(!text.contains("acs_") && !json.contains("secret"), "{args:?}");
    }
    let answer = server.get(DOCKER.authorize).with_query(&format!("?client_id={id}&response_type=code")).send();
    assert!(!format!("{answer:?}").contains(secret));
}
