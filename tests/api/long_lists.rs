//! Lists that are longer than one piece of an answer: they are read and sent in pieces, and are complete.

use crate::cli::{JANE, JOE, light};
use crate::harness::Server;
use serde_json::Value;

const KEYS: usize = 300;

/// A server where joe has 300 keys of 300 bytes, with the ids 1001 to 1300, of which every tenth is for signing only.
fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let (db, seed) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&seed, light().to_string()).unwrap();
    let server = Server::start_in(folder, &["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()]);
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    conn.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    conn.execute_batch(
        "UPDATE emails SET confirmed_at = 0, verified_by = 'administrator';
         WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 300)
         INSERT INTO ssh_keys (id, user_id, title, key, fingerprint, md5, created_at, usage_type)
           SELECT 1000 + n, 2, 'key ' || n, 'ssh-ed25519 ' || printf('%0300d', n) || ' a comment', randomblob(32),
                  randomblob(16), 0, iif(n % 10 = 0, 'signing', 'auth_and_signing') FROM n;",
    )
    .unwrap();
    server
}

fn ids(keys: &Value) -> Vec<i64> {
    keys.as_array().unwrap().iter().map(|key| key["id"].as_i64().unwrap()).collect()
}

fn all_ids() -> Vec<i64> {
    (1001..=1300).collect()
}

#[test]
fn lists_of_keys_are_complete_and_in_order() {
    let server = server();
    // Twice, because a short list would be cached.
    for _ in 0..2 {
        let own = server.get("/api/v3/user/keys").private_token(JOE).send().expect(200);
        assert_eq!(ids(&own), all_ids());
        assert_eq!(own[299]["title"], "key 300");
    }
    assert_eq!(ids(&server.get("/api/v3/users/2/keys").private_token(JANE).send().expect(200)), all_ids());
}

#[test]
fn pages_of_keys_are_complete_and_have_the_headers_of_all_keys() {
    let server = server();
    for path in ["/api/v4/user/keys", "/api/v4/users/joe/keys", "/api/v4/users/2/keys"] {
        for (page, per_page) in [(1, 100), (3, 100), (4, 100), (2, 7), (43, 7), (300, 1), (301, 1)] {
            let query = format!("{path}?page={page}&per_page={per_page}");
            let answer = server.get(&query).private_token(JOE).send();
            let header = |name: &str| answer.header(name).unwrap().to_owned();
            assert_eq!((header("x-total"), header("x-page")), ("300".into(), page.to_string()), "{query}");
            let expected: Vec<_> = all_ids().into_iter().skip((page - 1) * per_page).take(per_page).collect();
            assert_eq!(ids(&answer.expect(200)), expected, "{query}");
        }
    }
}

#[test]
fn pages_of_addresses_leave_out_the_primary_one() {
    let server = server();
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    conn.execute_batch(
        "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 40)
         INSERT INTO emails (user_id, address) SELECT 2, 'joe' || n || '@example.com' FROM n;",
    )
    .unwrap();
    let mut found = Vec::new();
    for page in 1..=5 {
        let answer = server.get(&format!("/api/v4/user/emails?per_page=9&page={page}")).private_token(JOE).send();
        assert_eq!(answer.header("x-total"), Some("41"));
        let page = answer.expect(200);
        found.extend(page.as_array().unwrap().iter().map(|email| email["email"].as_str().unwrap().to_owned()));
    }
    let expected = std::iter::once("joe@work.example".into()).chain((1..=40).map(|n| format!("joe{n}@example.com")));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn text_files_are_complete_and_keep_their_etag_while_they_are_the_same() {
    let server = server();
    let keys = server.get("/joe.keys").send();
    let lines: Vec<_> = (1..=KEYS).filter(|n| n % 10 != 0).map(|n| format!("ssh-ed25519 {n:0300}\n")).collect();
    assert!(keys.body == lines.concat(), "{}", keys.body.len());
    let signers = server.get("/allowed_signers").private_token(JOE).send();
    assert_eq!(signers.body.lines().count(), KEYS + 1);
    let last = format!("joe@example.com,joe@work.example namespaces=\"git\" ssh-ed25519 {KEYS:0300}");
    assert_eq!(signers.body.lines().last(), Some(&*last));

    let status = |path: &str, tag: &str| server.get(path).private_token(JOE).header("If-None-Match", tag).send().status;
    let [of_keys, of_signers] = [&keys, &signers].map(|answer| answer.header("etag").unwrap());
    let both = || (status("/joe.keys", of_keys), status("/allowed_signers", of_signers));
    // A commit that is about something else.
    server.patch("/api/v1.1/users/joe/").bearer(JOE).json(serde_json::json!({"location": "x"})).send().expect(200);
    assert_eq!(both(), (304, 304));
    // Another user's keys.
    server.delete("/api/v4/user/keys/1").private_token(JANE).send().expect(204);
    assert_eq!(both(), (304, 200));
    // The user's own.
    server.delete("/api/v4/user/keys/1300").private_token(JOE).send().expect(204);
    assert_eq!(both(), (200, 200));
}

#[test]
fn an_etag_changes_when_a_key_expires_an_address_is_removed_or_a_user_is_blocked() {
    let server = server();
    let tags = || {
        let tag =
            |path: &str| server.get(path).private_token(JANE).send().header("etag").unwrap_or_default().to_owned();
        [tag("/joe.keys"), tag("/allowed_signers")]
    };
    let mut seen = vec![tags()];
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    let expiry = jiff::Timestamp::now().as_microsecond() + 300_000;
    conn.execute("UPDATE ssh_keys SET expires_at = ?1 WHERE id = 1001", [expiry]).unwrap();
    seen.push(tags());
    std::thread::sleep(std::time::Duration::from_millis(350));
    seen.push(tags());
    for (at, one) in seen.iter().enumerate() {
        assert!(seen[..at].iter().all(|other| other[0] != one[0] && other[1] != one[1]), "{seen:?}");
    }
    let second = server.get("/api/v4/user/emails").private_token(JOE).send().expect(200)[0]["id"].clone();
    server.delete(&format!("/api/v4/user/emails/{second}")).private_token(JOE).send().expect(204);
    let without_address = tags()[1].clone();
    assert!(seen.iter().all(|tags| tags[1] != without_address));
    server.post("/api/v4/users/2/block").private_token(JANE).send().expect(201);
    assert_ne!(tags()[1], without_address);
}
