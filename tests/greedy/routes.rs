//! Every route of the server, as requests on an account that is filled to its limits.
//!
//! The routes come from `accountd routes`, so a new one is covered without a change here, unless it has a path parameter
//! or needs a query that this file does not know.

use accountd_test_harness::{Server, run};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;

/// The token of the filled account, who is an administrator.
const TOKEN: &str = "token-of-the-filled-account-for-tests";
const USERNAME: &str = "filled";
const USER_ID: u64 = 100;
const KEY_ID: u64 = 1000;

/// The filled account has as many addresses and bytes of keys as an account may have.
const ADDRESSES: usize = 100;
const KEYS: usize = 60;
const KEY_BYTES: usize = 4_000;

/// The server's `--base-url`. With a path, because one route is only for an issuer that has one.
pub const BASE_URL: &str = "http://localhost/accounts";

/// What some routes need to answer at all.
const QUERIES: [(&str, &str); 7] = [
    ("/api/v3/keys", "?fingerprint=FINGERPRINT"),
    ("/api/v4/keys", "?fingerprint=FINGERPRINT"),
    ("/api/accountd/authorized_keys", "?username=filled"),
    ("/api/v1.1/o/authorize", "?client_id=TestClientID&response_type=code"),
    ("/oauth/authorize", "?client_id=TestClientID&response_type=code"),
    ("/api/v3/users", "?search=filled"),
    ("/api/v4/users", "?search=filled"),
];

/// One row of the route table.
pub struct Route {
    pub method: String,
    path: String,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

pub fn all() -> Vec<Route> {
    let output = run(&["routes", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let routes: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |route: &Value, name: &str| route[name].as_str().unwrap().to_owned();
    let route = |route: &Value| Route { method: text(route, "method"), path: text(route, "path") };
    let routes: Vec<_> = routes.as_array().unwrap().iter().map(route).collect();
    assert!(routes.len() > 50, "{}", routes.len());
    routes
}

/// The names of the filled account's things that the server has chosen.
pub struct Names {
    email: u64,
    token: u64,
    impersonation_token: u64,
    fingerprint: String,
}

impl Names {
    pub fn of(server: &Server) -> Self {
        let get = |path: &str| server.get(path).private_token(TOKEN).send().expect(200);
        let first = |path: &str| get(path)[0]["id"].as_u64().unwrap();
        let new = json!({"name": "t", "scopes": ["api"], "expires_at": "2100-01-01"});
        let path = format!("/api/v4/users/{USER_ID}/impersonation_tokens");
        let created = server.post(&path).private_token(TOKEN).json(new).send().expect(201);
        Self {
            email: first("/api/v4/user/emails"),
            token: first(&format!("/api/v4/personal_access_tokens?user_id={USER_ID}")),
            impersonation_token: created["id"].as_u64().unwrap(),
            fingerprint: get(&format!("/api/v3/user/keys/{KEY_ID}"))["fingerprint"].as_str().unwrap().to_owned(),
        }
    }
}

impl Route {
    pub fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// The head of a request by the filled account, without the empty line at its end. Only reads name things that exist,
    /// so that no request changes what others ask for.
    pub fn head(&self, names: &Names) -> String {
        let path = if self.is_read() { self.target(names) } else { self.fill(|_| "0".to_owned()) };
        let credentials = format!("PRIVATE-TOKEN: {TOKEN}\r\nAuthorization: Bearer {TOKEN}\r\n");
        // `/` is a page for browsers only.
        let accept = "Accept: text/html, */*\r\n";
        format!("{} {path} HTTP/1.1\r\nHost: localhost\r\n{accept}{credentials}", self.method)
    }

    /// The path of a thing that exists, with its query.
    fn target(&self, names: &Names) -> String {
        let path = self.fill(|name| match name {
            "username" => USERNAME.to_owned(),
            "id" => USER_ID.to_string(),
            "key_id" => KEY_ID.to_string(),
            "email_id" => names.email.to_string(),
            "token_id" if self.path.contains("impersonation") => names.impersonation_token.to_string(),
            "token_id" => names.token.to_string(),
            // The import of the seed.
            "event_id" => "1".to_owned(),
            "key" => "team".to_owned(),
            "action" => "block".to_owned(),
            "change" => "verify".to_owned(),
            "client_id" => "unknown".to_owned(),
            "link_id" => "1".to_owned(),
            "session_id" => "0".repeat(64),
            "path" => "accounts".to_owned(),
            other => panic!("{self}: what is {{{other}}}?"),
        });
        let query = QUERIES.iter().find(|(known, _)| *known == self.path).map_or("", |(_, query)| *query);
        let fingerprint: String = form_urlencoded::byte_serialize(names.fingerprint.as_bytes()).collect();
        path + &query.replace("FINGERPRINT", &fingerprint)
    }

    /// The path with its parameters replaced.
    fn fill(&self, value: impl Fn(&str) -> String) -> String {
        let mut parts = self.path.split('{');
        let mut path = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            path += &value(name);
            path += rest;
        }
        path
    }
}

/// A public key without a private key.
fn blob(number: usize) -> Vec<u8> {
    let mut point = [0; 32];
    point[..8].copy_from_slice(&number.to_be_bytes());
    let field = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    [field(b"ssh-ed25519"), field(&point)].concat()
}

/// Writes an archive with the filled account.
pub fn write_seed(path: &Path) {
    let key = |number: usize| {
        let key = format!("ssh-ed25519 {} ", BASE64_STANDARD.encode(blob(number)));
        let comment = "c".repeat(KEY_BYTES - key.len());
        json!({"id": KEY_ID as usize + number, "title": "t", "key": key + &comment})
    };
    let email = |number: usize| json!({"email": format!("filled{number}@example.com"), "verified": true, "primary": number == 0});
    let user = json!({
        "id": USER_ID, "username": USERNAME, "admin": true,
        "emails": (0..ADDRESSES).map(email).collect::<Value>(),
        "keys": (0..KEYS).map(key).collect::<Value>(),
        "tokens": [{"name": "t", "token": TOKEN, "scopes": ["api"]}],
        "custom_attributes": [{"key": "team", "value": "storage"}],
    });
    std::fs::write(path, json!({ "users": [user] }).to_string()).unwrap();
}
