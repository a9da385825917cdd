//! The pages below `/account`, used like a browser does.

mod account_forms;
mod administration;
mod applications;
mod cookies;
mod csrf;
mod emails;
mod headers;
mod keys;
mod password;
mod profile;
mod rate_limit;
mod recent_sign_in;
mod return_to;
mod session_list;
mod sessions;
mod sign_in;
mod start;
mod tokens;

use crate::harness::{Request, Response, Server};
use serde_json::{Value, json};

/// Usernames and passwords in fixtures/demo.json.
pub const JOHN: (&str, &str) = ("john_smith", "john-password");
const JACK: (&str, &str) = ("jack_smith", "jack-password");
const APPLICATIONS: &str = "/account/applications";

/// A client that stores cookies and sends them back, like a browser does for one host.
pub struct Browser<'s> {
    server: &'s Server,
    cookies: Vec<(String, String)>,
}

impl<'s> Browser<'s> {
    fn new(server: &'s Server) -> Self {
        Self { server, cookies: Vec::new() }
    }

    /// A browser after signing in.
    #[track_caller]
    pub fn signed_in(server: &'s Server, (login, password): (&str, &str)) -> Self {
        let mut browser = Self::new(server);
        let answer = browser.sign_in(login, password);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{answer:?}");
        browser
    }

    /// A request with the cookies.
    fn request(&self, method: &str, path: &str) -> Request {
        let call = self.server.call(method, path);
        if self.cookies.is_empty() { call } else { call.header("Cookie", &self.cookie_header()) }
    }

    /// The value of its `Cookie` header.
    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Stores the cookies of a response.
    fn store_cookies(&mut self, answer: Response) -> Response {
        for cookie in answer.all("set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !rest.contains("Max-Age=0") {
                self.cookies.push((name.into(), value.into()));
            }
        }
        answer
    }

    fn get(&mut self, path: &str) -> Response {
        let answer = self.request("GET", path).send();
        self.store_cookies(answer)
    }

    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        let answer = self.request("POST", path).form(form).send();
        self.store_cookies(answer)
    }

    /// Fetches the sign-in form and submits it.
    pub fn sign_in(&mut self, login: &str, password: &str) -> Response {
        let csrf = hidden_field(&self.get("/account/sign-in"), "csrf");
        self.post("/account/sign-in", &[("csrf", &csrf), ("login", login), ("password", password)])
    }

    fn cookie(&self, name: &str) -> &str {
        let found = self.cookies.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no cookie {name}: {:?}", self.cookies)).1.as_str()
    }

    /// The CSRF token of this session.
    #[track_caller]
    pub fn csrf(&mut self) -> String {
        hidden_field(&self.get(APPLICATIONS), "csrf")
    }

    #[track_caller]
    pub fn assert_signed_in_as(&mut self, username: &str) {
        let page = self.get(APPLICATIONS);
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains(&format!("Signed in as <strong>{username}</strong>")), "{page:?}");
    }

    #[track_caller]
    fn assert_signed_out(&mut self) {
        let answer = self.get(APPLICATIONS);
        let to = "/account/sign-in?return_to=%2Faccount%2Fapplications";
        assert_eq!((answer.status, answer.header("location"), &*answer.body), (303, Some(to), ""), "{answer:?}");
    }
}

/// The value of the first hidden field with this name, as a browser sends it.
#[track_caller]
fn hidden_field(page: &Response, name: &str) -> String {
    let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let (_, rest) = page.body.split_once(&start).unwrap_or_else(|| panic!("no hidden field {name}: {page:?}"));
    unescaped(rest.split_once('"').unwrap().0)
}

/// HTML text with its character references replaced.
fn unescaped(text: &str) -> String {
    let named = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    named.iter().fold(text.to_owned(), |text, (reference, character)| text.replace(reference, character))
}

/// Checks that the response is a page with this heading.
#[track_caller]
fn assert_page(answer: &Response, status: u16, heading: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.body.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n"), "{answer:?}");
    assert!(answer.body.contains(&format!("<h1>{heading}</h1>")), "{answer:?}");
}

/// A server on a database file with two applications and two users: Jane, who has a password, and an administrator with
/// the token [`ADMIN`].
fn on_file(args: &[&str]) -> Server {
    let seed = json!({
        "users": [
            {"id": 1, "username": "jane", "password": "jane-password", "emails": [{"email": "jane@example.com"}]},
            {"id": 2, "username": "boss", "admin": true, "emails": [{"email": "boss@example.com"}],
             "tokens": [{"name": "t", "token": ADMIN, "scopes": ["api"]}]},
        ],
        "applications": [
            {"name": "Example", "client_id": "one", "client_secret": "secret-of-one",
             "redirect_uris": ["https://my.app/auth_complete/", "https://other.app/"], "scopes": ["profile_read"]},
            {"name": "<script>alert('&')</script>", "client_id": "\"><script>", "client_secret": "secret-of-two",
             "redirect_uris": ["http://127.0.0.1:5000/cb"], "scopes": ["api"]},
        ],
    });
    seeded(&seed, args)
}

const JANE: (&str, &str) = ("jane", "jane-password");
const ADMIN: &str = "token-of-the-administrator";

/// A server on a database file with these accounts.
fn seeded(seed: &Value, args: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let (db, file) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&file, seed.to_string()).unwrap();
    let paths = ["--db", db.to_str().unwrap(), "--seed", file.to_str().unwrap()].map(str::to_owned);
    Server::start_in(folder, &[paths.iter().map(String::as_str).collect(), args.to_vec()].concat())
}

/// Changes the database directly, from outside the server.
#[track_caller]
fn execute(server: &Server, sql: &str) {
    rusqlite::Connection::open(&server.db).unwrap().execute_batch(sql).unwrap();
}
