//! Redirect URIs that an application may register: https, http on loopback, or a private scheme with a dot, without
//! fragment or wildcard (RFC 6749 section 3.1.2, RFC 8252 section 7, RFC 9700 section 2.1).

use super::auto_approving_on_file;
use crate::cli::{Commands, Database, wrong_usage};
use serde_json::json;

const VALID: [&str; 18] = [
    "https://my.app/auth_complete/",
    "https://my.app",
    "https://my.app:8443/callback",
    "https://my.app/callback?tenant=1&x",
    "https://xn--mller-kva.example/callback",
    "https://10.0.0.1/callback",
    "https://[2001:db8::1]/callback",
    "https://localhost/callback",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:8000/",
    "http://[::1]/callback",
    "http://[::1]:8000/callback",
    "http://localhost",
    "http://localhost:3000/callback",
    "com.example.phone:/callback",
    "com.example.phone://callback",
    "com.example.phone:callback",
    "org.example.app+beta-1:/cb",
];

/// Invalid URIs, each with a part of the message.
const INVALID: [(&str, &str); 46] = [
    ("", "blank"),
    ("my.app/callback", "absolute"),
    ("/callback", "absolute"),
    ("//my.app/callback", "absolute"),
    ("callback", "absolute"),
    ("?callback", "absolute"),
    (":", "absolute"),
    ("https:", "absolute"),
    ("https://", "absolute"),
    ("https:///", "absolute"),
    ("https://my.app:99999/", "absolute"),
    ("https://my.app:port/", "absolute"),
    ("https://[::1/", "absolute"),
    ("https://my app/", "visible ASCII"),
    ("http://my.app/callback", "must be https"),
    ("HTTP://my.app/callback", "must be https"),
    ("http://10.0.0.1/", "must be https"),
    ("http://0.0.0.0/", "must be https"),
    ("http://[::]/", "must be https"),
    ("http://localhost.my.app/", "must be https"),
    ("http://127.0.0.1.my.app/", "must be https"),
    ("http://my.app/?http://localhost/", "must be https"),
    ("ftp://my.app/", "must be https"),
    ("ws://localhost/", "must be https"),
    ("myapp:/callback", "must be https"),
    ("javascript:alert(1)", "must be https"),
    ("data:text/html,x", "must be https"),
    ("file:///etc/passwd", "must be https"),
    ("about:blank", "must be https"),
    ("urn:ietf:wg:oauth:2.0:oob", "must be https"),
    ("https://my.app/callback#", "fragment"),
    ("https://my.app/callback#x", "fragment"),
    ("com.example.phone:/callback#x", "fragment"),
    ("https://*.my.app/callback", "wildcard"),
    ("https://my.app/*", "wildcard"),
    ("http://localhost:*/callback", "wildcard"),
    ("https://user@my.app/", "user name or password"),
    ("https://user:secret@my.app/", "user name or password"),
    ("https://:secret@my.app/", "user name or password"),
    ("http://localhost@my.app/", "user name or password"),
    ("https://my.app/a b", "visible ASCII"),
    ("https://my.app/\n", "visible ASCII"),
    ("https://my.app/é", "visible ASCII"),
    ("https://mу.app/", "visible ASCII"),
    ("https://my.app\\@evil.example/", "visible ASCII"),
    ("https://my.app/\"><script>", "visible ASCII"),
];

#[test]
fn valid_uris_are_registered_unchanged() {
    let database = Database::none();
    for uri in VALID {
        let made = database.json(&["app", "create", "--name", "New", "--redirect-uri", uri]);
        assert_eq!(made["redirect_uris"], json!([uri]));
    }
}

#[test]
fn invalid_uris_are_refused_with_the_rule() {
    let database = Database::light();
    for (uri, rule) in INVALID {
        let good = "https://my.app/good";
        let args = ["app", "create", "--name", "New", "--redirect-uri", good, "--redirect-uri", uri];
        let said = wrong_usage(database.run(&args));
        assert!(said.contains("--redirect-uri") && said.contains(rule), "{uri}: {said}");
    }
    let long = format!("https://my.app/{}", "x".repeat(2048));
    let said = wrong_usage(database.run(&["app", "create", "--name", "New", "--redirect-uri", &long]));
    assert!(said.contains("2048"), "{said}");
    assert_eq!(database.value::<i64>("SELECT count(*) FROM applications"), 0);
}

#[test]
fn an_import_applies_the_same_rules() {
    let database = Database::light();
    for (uri, rule) in INVALID {
        let application = json!({"name": "New", "client_id": "new", "redirect_uris": ["https://my.app/good", uri]});
        let file = database.file("archive.json", json!({"applications": [application]}).to_string());
        let line = database.refused(&["import", &file]);
        assert!(line.contains("applications[0].redirect_uris") && line.contains(rule), "{uri}: {line}");
    }
    let none = json!({"applications": [{"name": "New", "client_id": "new", "redirect_uris": []}]});
    let file = database.file("archive.json", none.to_string());
    assert!(database.refused(&["import", &file]).contains("redirect_uris"));
    assert_eq!(database.value::<i64>("SELECT count(*) FROM applications"), 0);
}

/// In `https:my.app`, some parsers see a host, and a browser on an https page sees a relative path (URL standard,
/// "special relative or authority state"). The code would be sent to the wrong place.
#[test]
fn a_uri_that_parsers_read_differently_is_refused() {
    let database = Database::light();
    for uri in [
        "https:my.app/callback",
        "https:/my.app/callback",
        "https:///my.app/callback",
        "https:////my.app/callback",
        "http:localhost/callback",
        "http:/localhost/callback",
        "https://@my.app/callback",
        "https://:@my.app/callback",
        "http://@localhost/callback",
    ] {
        let said = wrong_usage(database.run(&["app", "create", "--name", "New", "--redirect-uri", uri]));
        assert!(said.contains("--redirect-uri"), "{uri}: {said}");
    }
}

#[test]
fn the_schema_rejects_invalid_applications_and_authorizations() {
    let server = auto_approving_on_file();
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    super::EXAMPLE.tokens(&server, "profile_read");
    for (sql, what) in [
        (
            "UPDATE applications SET client_id = 'TestClientID' WHERE client_id = 'WikiClientID'",
            "two applications with the same id",
        ),
        ("UPDATE applications SET client_id = ''", "an empty id"),
        ("UPDATE applications SET name = ''", "an empty name"),
        ("UPDATE applications SET secret_hash = x'00'", "a short hash"),
        ("UPDATE application_redirect_uris SET uri = 'https://my.app/' WHERE application_id = 2", "the same URI twice"),
        ("UPDATE application_redirect_uris SET application_id = 99", "a URI without an application"),
        ("UPDATE authorizations SET scopes = ''", "an authorization without scopes"),
        ("UPDATE authorizations SET user_id = 99", "an authorization without a user"),
        (
            "INSERT INTO authorizations (user_id, application_id, scopes, created_at, expires_at, code_hash)
             VALUES (99, 1, 'api', 0, 1, zeroblob(32))",
            "an authorization without a user",
        ),
        ("UPDATE tokens SET user_id = 99", "a token without a user"),
        ("UPDATE authorizations SET application_id = 99", "an authorization without an application"),
        ("UPDATE authorizations SET code_hash = x'00'", "a short hash"),
        ("UPDATE authorizations SET refresh_hash = 'text'", "a hash that is text"),
        ("UPDATE tokens SET authorization_id = NULL WHERE kind = 'oauth'", "an OAuth token without an authorization"),
        ("UPDATE tokens SET kind = 'personal' WHERE kind = 'oauth'", "a personal token with an authorization"),
        ("UPDATE tokens SET authorization_id = 1 WHERE kind = 'personal'", "a personal token with an authorization"),
    ] {
        assert!(conn.execute_batch(sql).is_err(), "{what}: {sql}");
    }
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}
