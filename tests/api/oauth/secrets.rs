//! Secrets are shown once, stored hashed, and logged never.

use super::{
    BOTH, Back, DOCKER, EXAMPLE, PHONE, PKCE, Tokens, VERIFIER, WIKI, ask, in_memory, is_nowhere_in, on_file, start,
    stored_bytes,
};
use crate::cli::Commands;
use crate::harness::Server;
use base64::{Engine, prelude::BASE64_STANDARD};

/// Goes through everything, and gives the secrets that went by.
fn everything(server: &Server) -> Vec<String> {
    let mut seen = vec!["WikiClientSecret".to_owned(), "TestClientSecret".into(), VERIFIER.into()];
    seen.push(BASE64_STANDARD.encode("WikiClientID:WikiClientSecret"));
    seen.push("st4te-of-the-application".into());
    for names in BOTH {
        for app in [WIKI, PHONE] {
            let query = app.query(&format!("{PKCE}&scope=profile_read&state=st4te-of-the-application"));
            let code = Back::of(&ask(server, names, &query), 302).get("code").to_owned();
            let redeem = |code: &str, verifier: &str| {
                let fields = [("grant_type", "code"), ("code", code), ("code_verifier", verifier)];
                app.call(server, names.token, &fields).send()
            };
            redeem(&code, "wrong-verifier-wrong-verifier-wrong-verifier").expect(400);
            redeem("never-was-a-code-but-secret", VERIFIER).expect(400);
            let tokens = Tokens::of(redeem(&code, VERIFIER));
            let next = Tokens::of(app.refresh(server, &tokens.refresh, &[]));
            assert_eq!(super::profile(server, &next.access), 200);
            app.introspect(server, &next.access);
            app.refresh(server, &tokens.refresh, &[]).expect(400);
            redeem(&code, VERIFIER).expect(400);
            app.revoke(server, &next.refresh).expect(200);
            server.post(names.token).basic(app.id, "wrong-secret-of-somebody").form(&[("grant_type", "code")]).send();
            let posted = [
                ("grant_type", "code"),
                ("client_id", WIKI.id),
                ("client_secret", "WikiClientSecret"),
                ("code", &code),
            ];
            server.post(names.token).form(&posted).send();
            let in_query = format!("?client_secret=WikiClientSecret&code={code}&refresh_token={}", next.refresh);
            server.post(names.token).with_query(&in_query).send();
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
        let secrets = everything(&server);
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
    let mut server = in_memory();
    EXAMPLE.tokens(&server, "profile_read");
    assert!(server.stop().success());
    let log = server.log();
    let line = log.lines().find(|line| line.contains("/o/token/")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&entry["user"], &entry["status"]), (&serde_json::json!("janedoe"), &serde_json::json!(200)));
}

#[test]
fn the_file_holds_hashes_only() {
    let mut server = on_file();
    let made = server.json(&["app", "create", "--name", "New", "--redirect-uri", "https://new.example/cb"]);
    let rotated = server.json(&["app", "rotate-secret", made["client_id"].as_str().unwrap()]);
    let mut secrets = vec![made["client_secret"].as_str().unwrap().to_owned()];
    secrets.push(rotated["client_secret"].as_str().unwrap().to_owned());
    secrets.extend(["WikiClientSecret", "TestClientSecret"].map(str::to_owned));
    for app in [WIKI, PHONE] {
        let code = app.code(&server, PKCE);
        let tokens = Tokens::of(app.redeem(&server, &code, &[("code_verifier", VERIFIER)]));
        let next = Tokens::of(app.refresh(&server, &tokens.refresh, &[]));
        let unused = app.code(&server, "");
        // The part that a family shares is not there in the clear either.
        let (family, own) = next.refresh.split_once('.').unwrap();
        secrets.extend([family.to_owned(), own.to_owned(), code, unused, tokens.access, tokens.refresh, next.access]);
    }
    secrets.extend([VERIFIER.to_owned()]);
    for _ in 0..2 {
        let bytes = stored_bytes(&server);
        assert!(bytes.windows(10).any(|window| window == b"TestClient"), "the client ids are there");
        for secret in &secrets {
            is_nowhere_in(secret, &bytes);
            is_nowhere_in(secret.trim_start_matches("acd_").trim_start_matches("acs_"), &bytes);
        }
        // Once more after everything was written back.
        assert!(server.stop().success());
        server = crate::cli::reopen(server, &[]);
    }
}

#[test]
fn a_clients_secret_is_shown_once() {
    let server = on_file();
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
