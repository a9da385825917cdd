//! HTTP rules that all dialects share (src/http/README.md).

mod body_formats;
mod field_values;
mod methods;
mod no_body;
mod paths;
mod refused_bodies;
mod response_headers;
pub mod wire;

use crate::harness::{JANE, JOHN, ROOT, Request, Response, Server, read_file};
use serde_json::{Value, json};

pub const PROFILE: &str = "/api/v1.1/users/janedoe/";
pub const EMAILS: &str = "/api/v1.1/users/janedoe/emails/";

/// An endpoint that takes a body: a request that succeeds once on [`demo_with_secondary_email`], and the expected
/// response.
pub struct Endpoint {
    pub method: &'static str,
    pub path: &'static str,
    /// The bearer token to send; none if the credential is in the body or not needed.
    pub bearer: Option<&'static str>,
    pub fields: Vec<(&'static str, Value)>,
    pub status: u16,
    /// JSON pointers into the response body with their expected values.
    pub facts: Vec<(&'static str, Value)>,
}

impl Endpoint {
    pub fn is_docker(&self) -> bool {
        self.path.starts_with("/api/v1.1/")
    }

    pub fn call(&self, server: &Server) -> Request {
        let call = server.call(self.method, self.path);
        match self.bearer {
            Some(token) => call.bearer(token),
            None => call,
        }
    }

    /// The first lines of the request, for [`wire`].
    pub fn head(&self) -> String {
        let authorization = self.bearer.map(|token| format!("\nAuthorization: Bearer {token}")).unwrap_or_default();
        format!("{} {} HTTP/1.1\nHost: localhost{authorization}", self.method, self.path)
    }

    pub fn json(&self) -> String {
        let fields = self.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Object(fields.collect()).to_string()
    }

    /// The fields with their values as text, for forms.
    pub fn texts(&self) -> Vec<(&'static str, String)> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.fields.iter().map(|(name, value)| (*name, text(value))).collect()
    }

    pub fn form(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.texts()).finish()
    }

    #[track_caller]
    pub fn check(&self, answer: &Response, context: &str) {
        let Self { method, path, status, .. } = self;
        assert_eq!(answer.status, *status, "{method} {path}, {context}: {answer:?}");
        if *status == 204 {
            assert_eq!(answer.body, "");
        }
        for (pointer, value) in &self.facts {
            assert_eq!(answer.json().pointer(pointer), Some(value), "{method} {path}, {context}: {pointer}");
        }
    }
}

/// The demo, where janedoe also has a secondary address, which can be deleted.
pub fn demo_with_secondary_email() -> Server {
    let server = Server::demo();
    server.post(EMAILS).bearer(JANE).json(json!({ "email": "jane+old@example.com" })).send().expect(201);
    server
}

pub fn endpoints() -> Vec<Endpoint> {
    docker_endpoints().into_iter().chain(gitlab_endpoints()).collect()
}

fn docker_endpoints() -> Vec<Endpoint> {
    // Characters that each format has to escape.
    const SPECIAL: &str = "Zoë \"&\" Co. = 100% + 1; \\ <東京> 😀";
    let endpoint =
        |method, path, fields, status, facts| Endpoint { method, path, bearer: Some(JANE), fields, status, facts };
    vec![
        endpoint(
            "PATCH",
            PROFILE,
            vec![("full_name", json!(SPECIAL)), ("profile_url", json!("https://a.example/?a=b&c=%20d"))],
            200,
            vec![("/full_name", json!(SPECIAL)), ("/profile_url", json!("https://a.example/?a=b&c=%20d"))],
        ),
        endpoint(
            "POST",
            EMAILS,
            vec![("email", json!("jane+new@example.com"))],
            201,
            vec![("", json!({ "email": "jane+new@example.com", "verified": false, "primary": false }))],
        ),
        endpoint(
            "PATCH",
            EMAILS,
            vec![("email", json!("jane+old@example.com")), ("verified", json!(true)), ("primary", json!(true))],
            200,
            vec![("", json!({ "email": "jane+old@example.com", "verified": true, "primary": true }))],
        ),
        endpoint("DELETE", EMAILS, vec![("email", json!("jane+old@example.com"))], 204, vec![]),
    ]
}

fn gitlab_endpoints() -> Vec<Endpoint> {
    const SPECIAL: &str = "Zoë \"&\" Co. = 100% + 1; \\ <東京> 😀";
    let key = read_file("fixtures/keys/accepted/rsa-2048.pub").trim().to_owned();
    let endpoint =
        |method, path, bearer, fields, status, facts| Endpoint { method, path, bearer, fields, status, facts };
    let new_key = || vec![("title", json!(SPECIAL)), ("key", json!(key))];
    let added = || vec![("/title", json!(SPECIAL)), ("/key", json!(key))];
    let new_user = vec![
        ("email", json!("jill+new@example.com")),
        ("password", json!("jill's pass+word")),
        ("username", json!("jill")),
        ("name", json!(SPECIAL)),
        ("projects_limit", json!(7)),
        ("admin", json!(true)),
        ("can_create_group", json!(false)),
    ];
    let made = vec![
        ("/email", json!("jill+new@example.com")),
        ("/username", json!("jill")),
        ("/name", json!(SPECIAL)),
        ("/projects_limit", json!(7)),
        ("/is_admin", json!(true)),
        ("/can_create_group", json!(false)),
    ];
    let login = vec![("login", json!("john_smith")), ("password", json!("john-password"))];
    let changed = vec![("name", json!(SPECIAL)), ("projects_limit", json!(0)), ("admin", json!(true))];
    let change = vec![("/name", json!(SPECIAL)), ("/projects_limit", json!(0)), ("/is_admin", json!(true))];
    let token = |token: &str| vec![("private_token", json!(token))];
    vec![
        endpoint("POST", "/api/v3/session", None, login, 201, vec![("/username", json!("john_smith"))]),
        endpoint("POST", "/api/v3/users", Some(ROOT), new_user, 201, made),
        endpoint("PUT", "/api/v3/users/3", Some(ROOT), changed, 200, change),
        endpoint("POST", "/api/v3/user/keys", Some(JOHN), new_key(), 201, added()),
        endpoint("POST", "/api/v3/users/3/keys", Some(ROOT), new_key(), 201, added()),
        // The body of any request except GET may contain the credential.
        endpoint("DELETE", "/api/v3/user/keys/1", None, token(JOHN), 200, vec![("/id", json!(1))]),
        endpoint("DELETE", "/api/v3/users/3/keys/2", None, token(ROOT), 200, vec![("/id", json!(2))]),
        endpoint("DELETE", "/api/v3/users/3", None, token(ROOT), 200, vec![("/username", json!("jack_smith"))]),
    ]
}

/// The paths that have GET, each with a token that may read it.
pub const READABLE: [(&str, &str); 8] = [
    (PROFILE, JANE),
    (EMAILS, JANE),
    ("/api/v3/user", JOHN),
    ("/api/v3/user/keys", JOHN),
    ("/api/v3/user/keys/1", JOHN),
    ("/api/v3/users", JOHN),
    ("/api/v3/users/1", JOHN),
    ("/api/v3/users/1/keys", ROOT),
];

/// Checks for an error in the format of the path's dialect: `{"detail": …}` or `{"message": …}` and nothing else.
#[track_caller]
pub fn assert_dialect_error(path: &str, body: &Value) {
    let name = if path.starts_with("/api/v1.1") { "detail" } else { "message" };
    assert_eq!(crate::harness::names(body), [name], "{path}");
    assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{path}: {body}");
}

/// Everything that the endpoints can change, to be compared before and after.
pub fn snapshot(server: &Server) -> Vec<Value> {
    let more = [("/api/v3/users/3", ROOT), ("/api/v3/users/3/keys", ROOT)];
    READABLE.iter().chain(&more).map(|(path, token)| server.get(path).bearer(token).send().expect(200)).collect()
}
