//! Who may control a stand-in.

use super::{refusal, stand_in};
use crate::harness::{Request, Server, accountd, run};

#[test]
fn a_web_page_cannot_control_a_stand_in_on_loopback() {
    let server = stand_in();
    let misdirected = (421, "misdirected".to_owned());
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:80", "10.0.0.1", "user@localhost"] {
        assert_eq!(refusal(server.get("/_accountd/health").header("Host", host).send()), misdirected, "{host}");
    }
    for origin in ["https://evil.example", "null", "http://localhost.evil.example", "file://"] {
        let reset = server.post("/_accountd/reset").header("Origin", origin).header("Content-Type", "application/json");
        assert_eq!(refusal(reset.body("{}").send()), misdirected, "{origin}");
    }
    for host in ["localhost", "localhost:1", "127.0.0.1", "[::1]:80"] {
        server.get("/_accountd/health").header("Host", host).send().expect(200);
    }
    let health = server.get("/_accountd/health").header("Origin", "http://localhost:3000").send().expect(200);
    assert_eq!(health["epoch"], 1, "nothing was reset");
}

#[test]
fn a_body_must_be_json() {
    let server = stand_in();
    let expected = (415, "unsupported_media_type".to_owned());
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let reset = server.post("/_accountd/reset").header("Content-Type", content_type).body("{}");
        assert_eq!(refusal(reset.send()), expected, "{content_type:?}");
    }
    assert_eq!(server.get("/_accountd/health").send().expect(200)["epoch"], 1);
    let reset = server.post("/_accountd/reset").header("Content-Type", "application/json; charset=utf-8").body("{}");
    assert_eq!(reset.send().expect(200)["epoch"], 2);
    // Without a body there is nothing to misread.
    assert_eq!(server.post("/_accountd/reset").send().expect(200)["epoch"], 3);
}

#[test]
fn unknown_paths_and_methods_are_told_in_its_own_words() {
    let server = stand_in();
    assert_eq!(refusal(server.get("/_accountd/nothing").send()), (404, "not_found".to_owned()));
    let wrong = server.get("/_accountd/reset").send();
    assert_eq!(wrong.header("allow"), Some("POST"));
    assert_eq!(refusal(wrong), (405, "method_not_allowed".to_owned()));
}

#[test]
fn other_addresses_need_a_token() {
    let output = run(&["serve", "--memory", "--control", "--listen", "0.0.0.0:0"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--control-token-file"), "{said}");

    const TOKEN: &str = "control-token-of-these-tests";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let args =
        ["serve", "--memory", "--control", "--control-token-file", path.to_str().unwrap(), "--listen", "0.0.0.0:0"];
    let server = Server::start_command(folder, accountd(&args));
    let url = format!("http://127.0.0.1:{}/_accountd/health", server.address.port());
    let unauthorized = (401, "unauthorized".to_owned());
    assert_eq!(refusal(Request::to("GET", &url).send()), unauthorized);
    assert_eq!(refusal(Request::to("GET", &url).bearer("another-token-of-these-tests").send()), unauthorized);
    assert_eq!(refusal(Request::to("GET", &url).private_token(TOKEN).send()), unauthorized);
    // The token, and not the name, decides here.
    Request::to("GET", &url).bearer(TOKEN).header("Host", "accounts.example.com").send().expect(200);
    assert!(!server.log().contains(TOKEN));
}
