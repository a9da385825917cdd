//! A private key uploaded instead of the public one is refused, and appears in no response, no log and no file.

use crate::harness::{JOHN, ROOT, Response, Server, file};
use serde_json::json;

/// Name and content of every file in fixtures/keys/refused that contains a private key.
fn private_keys() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(file("fixtures/keys/refused")).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("private-") || name.starts_with("putty-")
        })
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 10);
    files
}

/// The starts of its lines that are long enough not to match by chance. Public blobs (`AAAA…`) are left out.
fn pieces(key: &str) -> Vec<String> {
    let lines = key.split(|c: char| c.is_whitespace() || c == '\\' || c == '"');
    let lines = lines.filter(|line| line.len() >= 24 && !line.starts_with("AAAA"));
    lines.map(|line| line[..24].to_owned()).collect()
}

#[track_caller]
fn assert_free_of(bytes: &[u8], pieces: &[String], source: &str) {
    for piece in pieces {
        let found = bytes.windows(piece.len()).any(|window| window == piece.as_bytes());
        assert!(!found, "{source} contains {piece}");
    }
}

fn send(server: &Server, key: &str) -> Vec<Response> {
    let part = |name: &str, value: &str| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"id\"\r\n\r\n{value}\r\n")
    };
    let multipart = part("title", "x") + &part("key", key) + "--B--\r\n";
    let own = || server.post("/api/v3/user/keys").private_token(JOHN);
    vec![
        own().json(json!({"title": "x", "key": key})).send(),
        own().form(&[("title", "x"), ("key", key)]).send(),
        own().header("Content-Type", "multipart/form-data; boundary=B").body(multipart).send(),
        server.post("/api/v3/users/1/keys").private_token(ROOT).json(json!({"title": "x", "key": key})).send(),
        own().json(json!({"title": key, "key": "ssh-ed25519 AAAA"})).send(),
        server.put("/api/v3/users/1").private_token(ROOT).json(json!({"bio": key})).send(),
        own().header("Content-Type", "application/json").body(format!("{{\"title\":\"x\",\"key\":\"{key}")).send(),
        own().header("Content-Type", "text/plain").body(key).send(),
    ]
}

#[test]
fn a_private_key_sent_over_http_is_in_no_response_no_log_and_no_file() {
    let mut server = Server::on_file_without_passwords(&["--gitlab-errors", "precise", "--log", "trace"]);
    let all = private_keys();
    let mut secrets = Vec::new();
    for (name, key) in &all {
        let pieces = pieces(key);
        assert!(!pieces.is_empty(), "{name}");
        for (at, answer) in send(&server, key).into_iter().enumerate() {
            if name == "private-without-header" && at == 5 {
                continue; // A single line of base64 is a valid biography.
            }
            assert!((400..500).contains(&answer.status), "{name} {at} {answer:?}");
            assert_free_of(format!("{answer:?}").as_bytes(), &pieces, &format!("the answer to {name}, {at}"));
            if at < 4 {
                let reason = answer.json()["message"]["key"][0].as_str().unwrap().to_owned();
                assert!(reason.contains("private key") && reason.contains("not kept"), "{name}: {reason}");
            }
        }
        if name != "private-without-header" {
            secrets.extend(pieces);
        }
    }
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 3);
    assert!(server.stop().success());
    let mut files = 0;
    for entry in std::fs::read_dir(server.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_free_of(&std::fs::read(&path).unwrap(), &secrets, path.to_str().unwrap());
        files += 1;
    }
    assert!(files >= 3, "at least the database, the log and the seed");
    assert!(server.log().lines().count() > all.len(), "the log was not written");
}

#[test]
fn a_private_key_given_to_the_command_line_is_in_no_output_and_no_file() {
    let server = Server::on_file_without_passwords(&[]);
    let mut secrets = Vec::new();
    for (name, key) in private_keys() {
        let path = file(&format!("fixtures/keys/refused/{name}"));
        for args in [
            &["key", "add", "john_smith", path.to_str().unwrap(), "--title", "x"][..],
            &["key", "check", path.to_str().unwrap()],
        ] {
            let output = server.cli(args);
            assert_eq!(output.status.code(), Some(1), "{name}");
            assert_free_of(&output.stdout, &pieces(&key), &name);
            assert_free_of(&output.stderr, &pieces(&key), &name);
            assert!(String::from_utf8_lossy(&output.stderr).contains("private key"), "{name}");
        }
        secrets.extend(pieces(&key));
    }
    for entry in std::fs::read_dir(server.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_free_of(&std::fs::read(&path).unwrap(), &secrets, path.to_str().unwrap());
    }
}
