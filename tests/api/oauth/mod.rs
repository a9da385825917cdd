//! OAuth 2.0 (RFC 6749, 6750, 7009, 7636, 7662, 8414, 9207 and 9700) with the paths of docker.io (2014) and of GitLab's
//! `doc/api/oauth2.md`. `src/oauth/README.md` says where these sources differ.

mod assertions;
mod attacks;
mod authorization;
mod authorization_errors;
mod auto_approve;
mod browser;
mod client;
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
mod remembered_consent;
mod resource_access;
mod revocation;
mod secrets;
mod server_errors;
mod servers;
mod token_errors;
mod token_responses;

pub use assertions::{
    Redirect, assert_absent, assert_error, assert_error_page, assert_error_redirect, assert_not_cached,
};
pub use client::{Application, EXAMPLE, IDLE, PHONE, PHONE_SECOND, READER, Tokens, WIKI, WIKI_SECOND};
pub use servers::{auto_approving, auto_approving_on_file, server_with_consent, start};

use crate::harness::{Response, Server};

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

/// The example of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The challenge as query parameters of an authorization request.
pub const PKCE: &str = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

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
pub fn send_authorization(server: &Server, paths: EndpointPaths, query: &str) -> Response {
    server.get(paths.authorize).with_query(&format!("?{query}")).send()
}

/// Percent-encodes a value.
pub fn percent_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
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
