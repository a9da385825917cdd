//! OAuth 2.0 (RFC 6749, 6750, 7009, 7636, 7662, 8414, 9207 and 9700) with the paths of docker.io (2014) and of GitLab's
//! `doc/api/oauth2.md`. `src/oauth/README.md` says where these sources differ.

mod attacks;
mod authorization;
mod authorization_errors;
mod auto_approve;
mod browser;
mod client_authentication;
mod code_exchange;
mod commands;
mod concurrency;
mod consent;
mod introspection;
mod invalidation;
mod malformed_input;
mod metadata;
mod methods;
mod redirect_uris;
mod refresh;
mod resource_access;
mod revocation;
mod secrets;
mod server_errors;
mod token_errors;
mod token_responses;

use crate::harness::{Answer, Call, Server, file, read_file};
use serde_json::{Value, json};

/// The paths of the endpoints in one dialect.
#[derive(Clone, Copy, Debug)]
pub struct EndpointPaths {
    pub authorize: &'static str,
    pub token: &'static str,
    pub revoke: &'static str,
    pub introspect: &'static str,
}

pub const DOCKER: EndpointPaths = EndpointPaths {
    authorize: "/api/v1.1/o/authorize/",
    token: "/api/v1.1/o/token/",
    revoke: "/api/v1.1/o/revoke_token/",
    introspect: "/api/v1.1/o/introspect/",
};
pub const GITLAB: EndpointPaths = EndpointPaths {
    authorize: "/oauth/authorize",
    token: "/oauth/token",
    revoke: "/oauth/revoke",
    introspect: "/oauth/introspect",
};
pub const BOTH_PATHS: [EndpointPaths; 2] = [DOCKER, GITLAB];

/// A client application as its developer knows it.
#[derive(Clone, Copy, Debug)]
pub struct Application {
    pub id: &'static str,
    /// None for a public application.
    pub secret: Option<&'static str>,
    /// The first registered redirect URI.
    pub uri: &'static str,
}

/// The application in fixtures/demo.json, registered for `profile_read email_read`.
pub const EXAMPLE: Application =
    Application { id: "TestClientID", secret: Some("TestClientSecret"), uri: "https://my.app/auth_complete/" };
/// Registered for all scopes, with a second redirect URI that has a query.
pub const WIKI: Application =
    Application { id: "WikiClientID", secret: Some("WikiClientSecret"), uri: "https://wiki.example/callback" };
pub const WIKI_SECOND: &str = "https://wiki.example/second?tenant=1";
/// A public application registered for `profile_read email_read`, with a second redirect URI on loopback.
pub const PHONE: Application = Application { id: "PhoneClientID", secret: None, uri: "com.example.phone:/callback" };
pub const PHONE_SECOND: &str = "http://127.0.0.1/callback";
/// Registered for `read_user` only.
pub const READER: Application =
    Application { id: "ReaderClientID", secret: Some("ReaderClientSecret"), uri: "http://localhost/callback" };
/// Registered for no scope.
pub const IDLE: Application =
    Application { id: "IdleClientID", secret: Some("IdleClientSecret"), uri: "https://idle.example/callback" };

/// The example of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The challenge as query parameters of an authorization request.
pub const PKCE: &str = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn applications() -> Value {
    let all = ["profile_read", "profile_write", "email_read", "email_write", "read_user", "read_api", "api"];
    json!([
        {"name": "Wiki", "client_id": WIKI.id, "client_secret": WIKI.secret, "redirect_uris": [WIKI.uri, WIKI_SECOND],
         "scopes": all},
        {"name": "Phone", "client_id": PHONE.id, "redirect_uris": [PHONE.uri, PHONE_SECOND],
         "scopes": ["profile_read", "email_read"]},
        {"name": "Reader", "client_id": READER.id, "client_secret": READER.secret, "redirect_uris": [READER.uri],
         "scopes": ["read_user"]},
        {"name": "Idle", "client_id": IDLE.id, "client_secret": IDLE.secret, "redirect_uris": [IDLE.uri], "scopes": []},
    ])
}

fn start(memory: bool, args: &[&str]) -> Server {
    let mut seed: Value = serde_json::from_str(&read_file("fixtures/demo.json")).unwrap();
    if !memory {
        // To hash five passwords at full cost takes longer than most tests.
        for user in seed["users"].as_array_mut().unwrap() {
            user.as_object_mut().unwrap().remove("password");
        }
    }
    seed["applications"].as_array_mut().unwrap().extend(applications().as_array().unwrap().iter().cloned());
    let folder = tempfile::tempdir().unwrap();
    let (db, path) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&path, seed.to_string()).unwrap();
    let (db, path) = (db.to_str().unwrap().to_owned(), path.to_str().unwrap().to_owned());
    let place: &[&str] = if memory { &["--memory"] } else { &["--db", &db] };
    Server::start_in(folder, &[place, &["--seed", &path], args].concat())
}

/// A server with an in-memory database, fixtures/demo.json and the applications above. Users sign in and give consent.
pub fn server_with_consent() -> Server {
    start(true, &[])
}

/// A server with an in-memory database that approves every request as janedoe.
pub fn auto_approving() -> Server {
    start(true, &["--auto-approve", "janedoe"])
}

/// A server with a database file that approves every request as janedoe. No user has a password.
pub fn auto_approving_on_file() -> Server {
    start(false, &["--auto-approve", "janedoe"])
}

/// Runs SQL on the server's database file.
pub fn execute(server: &Server, sql: &str) {
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    conn.execute_batch(sql).unwrap();
}

/// The number of rows in a table of the server's database file.
pub fn count(server: &Server, table: &str) -> i64 {
    server.sql(&format!("SELECT count(*) FROM {table}"))
}

/// Sends an authorization request with this query.
pub fn send_authorization(server: &Server, paths: EndpointPaths, query: &str) -> Answer {
    server.get(paths.authorize).with_query(&format!("?{query}")).send()
}

/// Percent-encodes a value.
pub fn percent_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A redirect to the application, taken apart.
#[derive(Debug)]
pub struct Redirect {
    /// The URI without its query.
    pub uri: String,
    pub parameters: Vec<(String, String)>,
}

impl Redirect {
    /// Parses a redirect with this status. It must not be cached, send a referrer or have a fragment.
    #[track_caller]
    pub fn of(answer: &Answer, status: u16) -> Self {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.body, "");
        assert_eq!(answer.all("cache-control"), ["no-store"]);
        assert_eq!(answer.all("referrer-policy"), ["no-referrer"]);
        let [location] = answer.all("location")[..] else { panic!("{answer:?}") };
        assert!(location.is_ascii() && !location.contains('#'), "{location}");
        let (uri, query) = location.split_once('?').unwrap_or((location, ""));
        let parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { uri: uri.to_owned(), parameters }
    }

    pub fn names(&self) -> Vec<&str> {
        self.parameters.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    pub fn get(&self, name: &str) -> &str {
        let found: Vec<_> = self.parameters.iter().filter(|(known, _)| known == name).collect();
        let [(_, value)] = found[..] else { panic!("{name}: {self:?}") };
        value
    }
}

/// Checks that the response redirects to the application with this error of RFC 6749 section 4.1.2.1 and without a code.
#[track_caller]
pub fn assert_error_redirect(server: &Server, answer: &Answer, app: Application, error: &str) -> Redirect {
    let redirect = Redirect::of(answer, 302);
    assert_eq!(redirect.uri, app.uri);
    assert_eq!(redirect.get("error"), error, "{redirect:?}");
    assert_eq!(redirect.get("iss"), server.url());
    assert!(!redirect.names().contains(&"code"), "{redirect:?}");
    assert_error_description(redirect.get("error_description"));
    redirect
}

/// Checks the characters of an error description, which RFC 6749 sections 4.1.2.1 and 5.2 limit to
/// `%x20-21 / %x23-5B / %x5D-7E`.
#[track_caller]
fn assert_error_description(text: &str) {
    let allowed = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
    assert!(!text.is_empty() && text.bytes().all(allowed), "{text:?}");
}

/// Checks that the response is a page that does not redirect and repeats none of these texts.
#[track_caller]
pub fn assert_error_page(answer: &Answer, repeats: &[&str]) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.header("location"), None);
    assert_eq!(answer.header("refresh"), None);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.body.contains("This link does not work") && !answer.body.contains("http-equiv"), "{}", answer.body);
    for text in repeats {
        assert!(!answer.body.contains(text), "{text}: {}", answer.body);
    }
}

/// Checks an error response of RFC 6749 section 5.2 and returns its description.
#[track_caller]
pub fn assert_error(answer: &Answer, status: u16, error: &str) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.names(), ["error", "error_description"], "{answer:?}");
    let body = answer.json();
    assert_eq!(body["error"], error, "{answer:?}");
    let description = body["error_description"].as_str().unwrap();
    assert_error_description(description);
    assert_not_cached(answer);
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{answer:?}");
    description.to_owned()
}

/// Checks the headers that RFC 6749 section 5.1 requires.
#[track_caller]
pub fn assert_not_cached(answer: &Answer) {
    assert_eq!(answer.all("cache-control"), ["no-store"], "{answer:?}");
    assert_eq!(answer.all("pragma"), ["no-cache"], "{answer:?}");
    assert_eq!(answer.all("content-type"), ["application/json"], "{answer:?}");
}

/// An access token and its refresh token.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Tokens {
    #[track_caller]
    pub fn of(answer: Answer) -> Self {
        let body = answer.expect(200);
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name}: {body}")).to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

impl Application {
    /// The query of an authorization request, with this text appended.
    pub fn query(&self, more: &str) -> String {
        format!("client_id={}&response_type=code{more}", self.id)
    }

    /// Obtains a code, approved by janedoe, with this text appended to the query.
    #[track_caller]
    pub fn code(&self, server: &Server, more: &str) -> String {
        let more = if self.secret.is_none() && !more.contains("code_challenge") {
            PKCE.to_owned() + more
        } else {
            more.into()
        };
        Redirect::of(&send_authorization(server, DOCKER, &self.query(&more)), 302).get("code").to_owned()
    }

    /// A request with client authentication: Basic, or only the id of a public application.
    pub fn call(&self, server: &Server, path: &str, fields: &[(&str, &str)]) -> Call {
        match self.secret {
            Some(secret) => server.post(path).basic(self.id, secret).form(fields),
            None => server.post(path).form(&[fields, &[("client_id", self.id)]].concat()),
        }
    }

    /// Exchanges a code for tokens, with more fields.
    pub fn exchange(&self, server: &Server, code: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [&[("grant_type", "authorization_code"), ("code", code)], more].concat();
        self.call(server, DOCKER.token, &fields).send()
    }

    /// Refreshes the tokens, with more fields.
    pub fn refresh(&self, server: &Server, token: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
        self.call(server, DOCKER.token, &fields).send()
    }

    /// Obtains tokens with this scope, approved by janedoe.
    #[track_caller]
    pub fn tokens(&self, server: &Server, scope: &str) -> Tokens {
        let code = self.code(server, &format!("&scope={}", percent_encoded(scope)));
        let proof: &[_] = if self.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        Tokens::of(self.exchange(server, &code, proof))
    }

    pub fn introspect(&self, server: &Server, token: &str) -> Answer {
        self.call(server, DOCKER.introspect, &[("token", token)]).send()
    }

    pub fn revoke(&self, server: &Server, token: &str) -> Answer {
        self.call(server, DOCKER.revoke, &[("token", token)]).send()
    }
}

/// The status of a request for janedoe's profile with an access token.
pub fn profile_status(server: &Server, access: &str) -> u16 {
    server.get("/api/v1.1/users/janedoe/").bearer(access).send().status
}

/// Writes a file into the folder of the server and returns its path.
pub fn write_file(server: &Server, name: &str, text: &str) -> String {
    let path = server.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The bytes of the database file and its WAL.
pub fn stored_bytes(server: &Server) -> Vec<u8> {
    let wal = format!("{}-wal", server.db.to_str().unwrap());
    let mut bytes = std::fs::read(&server.db).unwrap();
    bytes.extend(std::fs::read(wal).unwrap_or_default());
    bytes
}

/// Checks that the secret does not occur in the bytes.
#[track_caller]
pub fn assert_absent(secret: &str, bytes: &[u8]) {
    assert!(secret.len() >= 8 && !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
}

#[test]
fn the_demo_application_is_the_one_in_the_documents() {
    let demo: Value = serde_json::from_str(&std::fs::read_to_string(file("fixtures/demo.json")).unwrap()).unwrap();
    let expected = json!([{"name": "Example", "client_id": EXAMPLE.id, "client_secret": EXAMPLE.secret,
        "redirect_uris": [EXAMPLE.uri], "scopes": ["profile_read", "email_read"]}]);
    assert_eq!(demo["applications"], expected);
}
