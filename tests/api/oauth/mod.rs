//! OAuth 2.0: RFC 6749, 6750, 7009, 7636, 7662, 8414, 9207 and 9700, by the names of docker.io (2014) and of GitLab's
//! `doc/api/oauth2.md`. `src/oauth/README.md` says what is settled between them.

mod answers;
mod applications;
mod attacks;
mod authorization;
mod authorization_errors;
mod auto_approve;
mod browser;
mod client_authentication;
mod concurrency;
mod consent;
mod grants;
mod hostile;
mod introspection;
mod life_cycle;
mod metadata;
mod methods;
mod parity;
mod refresh;
mod registration;
mod revocation;
mod secrets;
mod token_errors;
mod unavailable;

use crate::harness::{Answer, Call, Server, file, read_file};
use serde_json::{Value, json};

/// The paths of one server under one set of names.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    pub authorize: &'static str,
    pub token: &'static str,
    pub revoke: &'static str,
    pub introspect: &'static str,
}

pub const DOCKER: Names = Names {
    authorize: "/api/v1.1/o/authorize/",
    token: "/api/v1.1/o/token/",
    revoke: "/api/v1.1/o/revoke_token/",
    introspect: "/api/v1.1/o/introspect/",
};
pub const GITLAB: Names = Names {
    authorize: "/oauth/authorize",
    token: "/oauth/token",
    revoke: "/oauth/revoke",
    introspect: "/oauth/introspect",
};
pub const BOTH: [Names; 2] = [DOCKER, GITLAB];

/// An application as its own author knows it.
#[derive(Clone, Copy, Debug)]
pub struct App {
    pub id: &'static str,
    /// None: a public one.
    pub secret: Option<&'static str>,
    /// The first that is registered.
    pub uri: &'static str,
}

/// Of fixtures/demo.json: may ask for `profile_read email_read`.
pub const EXAMPLE: App =
    App { id: "TestClientID", secret: Some("TestClientSecret"), uri: "https://my.app/auth_complete/" };
/// May ask for everything, and has a second callback, with a query.
pub const WIKI: App =
    App { id: "WikiClientID", secret: Some("WikiClientSecret"), uri: "https://wiki.example/callback" };
pub const WIKI_SECOND: &str = "https://wiki.example/second?tenant=1";
/// Public: may ask for `profile_read email_read`; has a second callback, on loopback.
pub const PHONE: App = App { id: "PhoneClientID", secret: None, uri: "com.example.phone:/callback" };
pub const PHONE_SECOND: &str = "http://127.0.0.1/callback";
/// May ask for `read_user` only.
pub const READER: App =
    App { id: "ReaderClientID", secret: Some("ReaderClientSecret"), uri: "http://localhost/callback" };
/// May ask for nothing.
pub const IDLE: App =
    App { id: "IdleClientID", secret: Some("IdleClientSecret"), uri: "https://idle.example/callback" };

/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// For the query of an authorization request.
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
        // Hashing five passwords at full cost takes longer than most tests.
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

/// In memory, with fixtures/demo.json and the applications above; users sign in on pages.
pub fn with_pages() -> Server {
    start(true, &[])
}

/// The same, and janedoe allows everything at once.
pub fn in_memory() -> Server {
    start(true, &["--auto-approve", "janedoe"])
}

/// The same on a file, where nobody has a password.
pub fn on_file() -> Server {
    start(false, &["--auto-approve", "janedoe"])
}

/// Runs SQL on the server's file.
pub fn change(server: &Server, sql: &str) {
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    conn.execute_batch(sql).unwrap();
}

/// How many rows a table of the server's file has.
pub fn count(server: &Server, table: &str) -> i64 {
    server.sql(&format!("SELECT count(*) FROM {table}"))
}

/// An authorization request with this query.
pub fn ask(server: &Server, names: Names, query: &str) -> Answer {
    server.get(names.authorize).with_query(&format!("?{query}")).send()
}

/// Percent-encodes a value.
pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where an answer sends the browser, taken apart.
#[derive(Debug)]
pub struct Back {
    /// The URI without its query.
    pub at: String,
    pub parameters: Vec<(String, String)>,
}

impl Back {
    /// Of a redirect with this status, which must keep itself to itself.
    #[track_caller]
    pub fn of(answer: &Answer, status: u16) -> Self {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.body, "");
        assert_eq!(answer.all("cache-control"), ["no-store"]);
        assert_eq!(answer.all("referrer-policy"), ["no-referrer"]);
        let [location] = answer.all("location")[..] else { panic!("{answer:?}") };
        assert!(location.is_ascii() && !location.contains('#'), "{location}");
        let (at, query) = location.split_once('?').unwrap_or((location, ""));
        let parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { at: at.to_owned(), parameters }
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

/// Checks that an answer tells the application of this error, in the words of RFC 6749 section 4.1.2.1, and nobody
/// else of anything.
#[track_caller]
pub fn sent_back(server: &Server, answer: &Answer, app: App, error: &str) -> Back {
    let back = Back::of(answer, 302);
    assert_eq!(back.at, app.uri);
    assert_eq!(back.get("error"), error, "{back:?}");
    assert_eq!(back.get("iss"), server.url());
    assert!(!back.names().contains(&"code"), "{back:?}");
    is_description(back.get("error_description"));
    back
}

/// RFC 6749 sections 4.1.2.1 and 5.2: `%x20-21 / %x23-5B / %x5D-7E`.
#[track_caller]
fn is_description(text: &str) {
    let allowed = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
    assert!(!text.is_empty() && text.bytes().all(allowed), "{text:?}");
}

/// Checks that an answer is a page that sends nobody anywhere and repeats nothing of the request.
#[track_caller]
pub fn shown_as_page(answer: &Answer, repeats: &[&str]) {
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

/// Checks a refusal of RFC 6749 section 5.2 whole, and gives its description.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, error: &str) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.names(), ["error", "error_description"], "{answer:?}");
    let body = answer.json();
    assert_eq!(body["error"], error, "{answer:?}");
    let description = body["error_description"].as_str().unwrap();
    is_description(description);
    is_not_stored(answer);
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{answer:?}");
    description.to_owned()
}

/// RFC 6749 section 5.1.
#[track_caller]
pub fn is_not_stored(answer: &Answer) {
    assert_eq!(answer.all("cache-control"), ["no-store"], "{answer:?}");
    assert_eq!(answer.all("pragma"), ["no-cache"], "{answer:?}");
    assert_eq!(answer.all("content-type"), ["application/json"], "{answer:?}");
}

/// An access token and the refresh token that came with it.
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

impl App {
    /// The query of an authorization request, with more at its end.
    pub fn query(&self, more: &str) -> String {
        format!("client_id={}&response_type=code{more}", self.id)
    }

    /// A code that janedoe allows, for a request with more at its end.
    #[track_caller]
    pub fn code(&self, server: &Server, more: &str) -> String {
        let more = if self.secret.is_none() && !more.contains("code_challenge") {
            PKCE.to_owned() + more
        } else {
            more.into()
        };
        Back::of(&ask(server, DOCKER, &self.query(&more)), 302).get("code").to_owned()
    }

    /// A call by this application: with Basic, or by its name alone.
    pub fn call(&self, server: &Server, path: &str, fields: &[(&str, &str)]) -> Call {
        match self.secret {
            Some(secret) => server.post(path).basic(self.id, secret).form(fields),
            None => server.post(path).form(&[fields, &[("client_id", self.id)]].concat()),
        }
    }

    /// The token request for a code, with more fields.
    pub fn redeem(&self, server: &Server, code: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [&[("grant_type", "authorization_code"), ("code", code)], more].concat();
        self.call(server, DOCKER.token, &fields).send()
    }

    /// The token request for a refresh token, with more fields.
    pub fn refresh(&self, server: &Server, token: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
        self.call(server, DOCKER.token, &fields).send()
    }

    /// Tokens of janedoe's with this scope.
    #[track_caller]
    pub fn tokens(&self, server: &Server, scope: &str) -> Tokens {
        let code = self.code(server, &format!("&scope={}", encoded(scope)));
        let proof: &[_] = if self.secret.is_none() { &[("code_verifier", VERIFIER)] } else { &[] };
        Tokens::of(self.redeem(server, &code, proof))
    }

    pub fn introspect(&self, server: &Server, token: &str) -> Answer {
        self.call(server, DOCKER.introspect, &[("token", token)]).send()
    }

    pub fn revoke(&self, server: &Server, token: &str) -> Answer {
        self.call(server, DOCKER.revoke, &[("token", token)]).send()
    }
}

/// What janedoe's profile answers to an access token.
pub fn profile(server: &Server, access: &str) -> u16 {
    server.get("/api/v1.1/users/janedoe/").bearer(access).send().status
}

/// A file of the folder that the server has for itself.
pub fn beside(server: &Server, name: &str, text: &str) -> String {
    let path = server.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The bytes of the database and of what has not been written back to it yet.
pub fn stored_bytes(server: &Server) -> Vec<u8> {
    let wal = format!("{}-wal", server.db.to_str().unwrap());
    let mut bytes = std::fs::read(&server.db).unwrap();
    bytes.extend(std::fs::read(wal).unwrap_or_default());
    bytes
}

#[track_caller]
pub fn is_nowhere_in(secret: &str, bytes: &[u8]) {
    assert!(secret.len() >= 8 && !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
}

#[test]
fn the_demo_application_is_the_documents() {
    let demo: Value = serde_json::from_str(&std::fs::read_to_string(file("fixtures/demo.json")).unwrap()).unwrap();
    let expected = json!([{"name": "Example", "client_id": EXAMPLE.id, "client_secret": EXAMPLE.secret,
        "redirect_uris": [EXAMPLE.uri], "scopes": ["profile_read", "email_read"]}]);
    assert_eq!(demo["applications"], expected);
}
