//! `--trusted-proxy`: the hosts whose `X-Forwarded-*` headers are believed.

use crate::harness::{JOHN, Server, file};
use crate::logs::entries;

/// Sends a request with these headers. Returns the client in its line of the access log, and the URL in the response.
#[track_caller]
fn client_and_url(server: &Server, n: usize, headers: &[(&str, &str)]) -> (String, String) {
    let mut call = server.get("/api/v1.1/users/john_smith/").bearer(JOHN).header("Host", "accounts.example.com");
    for (name, value) in headers {
        call = call.header(name, value);
    }
    let url = call.send().expect(200)["url"].as_str().unwrap().to_owned();
    let entry = entries(server, n + 1).remove(n);
    (entry["client"].as_str().unwrap().to_owned(), url)
}

const HTTP: &str = "http://accounts.example.com/api/v1.1/users/john_smith/";
const HTTPS: &str = "https://accounts.example.com/api/v1.1/users/john_smith/";

#[test]
fn without_a_trusted_proxy_every_header_is_ignored() {
    for args in [&[][..], &["--trusted-proxy", "192.0.2.0/24"], &["--trusted-proxy", "::/0"]] {
        let server = Server::demo_with(args);
        let headers = [
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Forwarded-Proto", "https"),
            ("Forwarded", "for=203.0.113.9;proto=https"),
        ];
        assert_eq!(client_and_url(&server, 0, &headers), ("127.0.0.1".into(), HTTP.into()), "{args:?}");
    }
}

#[test]
fn a_trusted_proxy_names_the_client_and_the_scheme() {
    let server = Server::demo_with(&["--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8"]);
    let table = [
        (&[][..], "127.0.0.1", HTTP),
        (&[("X-Forwarded-For", "203.0.113.9")], "203.0.113.9", HTTP),
        // The proxy appends the address it saw; everything to the left comes from the client.
        (&[("X-Forwarded-For", "127.0.0.1, 203.0.113.9")], "203.0.113.9", HTTP),
        (&[("X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.1.2.3")], "203.0.113.9", HTTP),
        (&[("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "nonsense")], "127.0.0.1", HTTP),
        (&[("X-Forwarded-For", "2001:db8::9"), ("X-Forwarded-Proto", "https")], "2001:db8::9", HTTPS),
        (&[("X-Forwarded-Proto", "http")], "127.0.0.1", HTTP),
        (&[("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Host", "evil.example")], "127.0.0.1", HTTP),
        // The header of RFC 7239 is not supported.
        (&[("Forwarded", "for=203.0.113.9;proto=https")], "127.0.0.1", HTTP),
    ];
    for (n, (headers, client, url)) in table.into_iter().enumerate() {
        assert_eq!(client_and_url(&server, n, headers), (client.into(), url.into()), "{headers:?}");
    }
}

#[test]
fn the_base_url_overrides_the_proxys_scheme() {
    let server = Server::demo_with(&["--trusted-proxy", "127.0.0.0/8", "--base-url", "http://fixed.example"]);
    let (client, url) =
        client_and_url(&server, 0, &[("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https")]);
    assert_eq!((client.as_str(), url.as_str()), ("203.0.113.9", "http://fixed.example/api/v1.1/users/john_smith/"));
}

#[test]
fn the_environment_variable_takes_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let seed = file("fixtures/demo.json");
    let args = ["serve", "--listen", "127.0.0.1:0", "--memory", "--seed", seed.to_str().unwrap()];
    let mut command = crate::harness::accountd(&args);
    command.env("ACCOUNTD_TRUSTED_PROXY", "10.0.0.0/8,127.0.0.1");
    let server = Server::start_command(folder, command);
    assert_eq!(client_and_url(&server, 0, &[("X-Forwarded-For", "203.0.113.9")]).0, "203.0.113.9");
}
