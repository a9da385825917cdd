//! Password hashes that are imported from another system keep their cost parameters. One that costs 128 MiB and ten
//! passes lets anyone who knows the username occupy the server with wrong passwords, and a cheap or a dear hash tells
//! by the time it takes that the user exists. Costs have a ceiling at import, and the next sign-in hashes the password
//! anew.

use crate::harness::{Server, run};
use argon2::password_hash::SaltString;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use serde_json::{Value, json};

const PASSWORD: &str = "correct-horse";
/// The server's own parameters.
const OWN: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

fn hash(memory: u32, passes: u32, lanes: u32) -> String {
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).unwrap());
    hasher.hash_password(PASSWORD.as_bytes(), &SaltString::encode_b64(&[7; 16]).unwrap()).unwrap().to_string()
}

fn users(hash: &str) -> Value {
    json!({"users": [{
        "username": "ada", "emails": [{"email": "ada@example.com"}], "password_hash": hash,
        "tokens": [{"token": "adas-token-for-these-tests", "scopes": ["api"]}]
    }]})
}

/// A server on a file into which ada was imported with this hash.
fn server_with(hash: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let (db, file) = (folder.path().join("test.db"), folder.path().join("users.json"));
    std::fs::write(&file, users(hash).to_string()).unwrap();
    let imported = run(&["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()]);
    assert!(imported.status.success(), "{imported:?}");
    let db = db.to_str().unwrap().to_owned();
    Server::start_in(folder, &["--db", &db, "--login-rate", "off"])
}

fn stored(server: &Server) -> String {
    server.sql("SELECT password_hash FROM users WHERE username = 'ada'")
}

fn basic(server: &Server, password: &str) -> u16 {
    server.get("/api/v1.1/users/ada/").basic("ada", password).send().status
}

#[test]
fn a_hash_that_costs_too_much_is_refused_at_import() {
    let parameters = |m: u32, t: u32, p: u32| {
        let rest = "c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
        format!("$argon2id$v=19$m={m},t={t},p={p}${rest}")
    };
    // 128 MiB and ten passes took a second; the others are larger in one parameter each.
    for (m, t, p) in [(131_072, 10, 8), (131_072, 10, 1), (1 << 20, 2, 1), (19_456, 1_000, 1), (19_456, 2, 200)] {
        let folder = tempfile::tempdir().unwrap();
        let (db, file) = (folder.path().join("test.db"), folder.path().join("users.json"));
        std::fs::write(&file, users(&parameters(m, t, p)).to_string()).unwrap();
        let imported = run(&["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()]);
        let stderr = String::from_utf8(imported.stderr).unwrap();
        assert_eq!(imported.status.code(), Some(1), "m={m},t={t},p={p}: {stderr}");
        assert!(stderr.contains("users[0].password_hash") && stderr.contains("cost"), "m={m},t={t},p={p}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn the_next_sign_in_hashes_the_password_with_the_servers_parameters() {
    for (memory, passes) in [(12_288, 3), (47_104, 1)] {
        let server = server_with(&hash(memory, passes, 1));
        let imported = stored(&server);
        assert_eq!(basic(&server, "wrong-password"), 401);
        assert_eq!(stored(&server), imported, "a wrong password changes nothing");
        assert_eq!(basic(&server, PASSWORD), 200);
        let after = stored(&server);
        assert!(after.starts_with(OWN), "m={memory},t={passes}: {after}");
        assert_eq!(basic(&server, PASSWORD), 200);
        assert_eq!(basic(&server, "wrong-password"), 401);
        assert_eq!(basic(&server, PASSWORD), 200);
        assert_eq!(stored(&server), after, "once is enough");
    }
}

#[test]
fn a_new_hash_of_the_same_password_ends_no_session() {
    let server = server_with(&hash(12_288, 3, 1));
    let session = json!({"login": "ada", "password": PASSWORD});
    let sign_in = || server.post("/api/v3/session").json(session.clone()).send().expect(201);
    let (first, second) = (sign_in(), sign_in());
    assert!(stored(&server).starts_with(OWN), "{}", stored(&server));
    for session in [first, second] {
        server.get("/api/v3/user").private_token(session["private_token"].as_str().unwrap()).send().expect(200);
    }
    server.get("/api/v3/user").private_token("adas-token-for-these-tests").send().expect(200);
}

#[test]
fn a_hash_with_the_servers_parameters_stays() {
    let server = server_with(&hash(19_456, 2, 1));
    let imported = stored(&server);
    assert_eq!(basic(&server, PASSWORD), 200);
    assert_eq!(stored(&server), imported);
}
