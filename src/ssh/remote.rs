//! The client of hosts that have no database: asks a server for keys.

use super::Entry;
use crate::accounts::KeyLookup;
use crate::domain::Token;
use std::time::Duration;
use ureq::http::StatusCode;
use ureq::tls::{RootCerts, TlsConfig};

/// A login waits for the answer, so this limits the whole request, connecting included.
const TIMEOUT: Duration = Duration::from_secs(2);
/// More than the 1000 keys that a user can have.
const MAX_BYTES: u64 = 1 << 20;
const PATH: &str = "/api/accountd/authorized_keys";

pub struct Remote {
    base_url: String,
    token: Token,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum RemoteError {
    /// Unreachable, too slow, or failing: a cached answer is better than none.
    #[error("{0}")]
    Unavailable(String),
    /// An answer that is an error (the token is invalid, or the server is not an accountd): a cached answer would hide it.
    #[error("{0}")]
    Rejected(String),
}

impl Remote {
    /// `base_url` without a final slash; the token of an administrator, with the scope `read_user`.
    pub fn new(base_url: &str, token: Token) -> Self {
        Self { base_url: base_url.trim_end_matches('/').to_owned(), token }
    }

    pub fn ask(&self, lookup: &KeyLookup) -> Result<Vec<Entry>, RemoteError> {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls)
            .build();
        let agent = ureq::Agent::new_with_config(config);
        let unavailable = |error: ureq::Error| RemoteError::Unavailable(error.to_string());
        let mut response = agent
            .get(format!("{}{PATH}?{}", self.base_url, query(lookup)))
            .header("Authorization", format!("Bearer {}", self.token.expose()))
            .call()
            .map_err(unavailable)?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(RemoteError::Unavailable(format!("the server answered {status}")));
            }
            status => return Err(RemoteError::Rejected(format!("the server answered {status}"))),
        }
        let text = response.body_mut().with_config().limit(MAX_BYTES).read_to_string().map_err(unavailable)?;
        serde_json::from_str(&text).map_err(|error| RemoteError::Rejected(format!("the server's answer: {error}")))
    }
}

/// The query string of a request, which is also its key in the cache. User names are in lower case, as case does not
/// distinguish them.
pub fn query(lookup: &KeyLookup) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    match lookup {
        KeyLookup::ByUser(username) => query.append_pair("username", &username.to_ascii_lowercase()),
        KeyLookup::ByFingerprint(key) => query.append_pair("fingerprint", &key.to_string()),
        KeyLookup::ByUserAndFingerprint(username, key) => {
            query.append_pair("username", &username.to_ascii_lowercase());
            query.append_pair("fingerprint", &key.to_string())
        }
    };
    query.finish()
}
