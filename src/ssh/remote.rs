//! Asking a server, on a host that has no database.

use super::Entry;
use crate::accounts::KeyLookup;
use crate::domain::Token;
use std::time::Duration;
use ureq::http::StatusCode;
use ureq::tls::{RootCerts, TlsConfig};

/// A login waits for the answer: no longer than this, connecting included.
const LIMIT: Duration = Duration::from_secs(2);
/// Keys of one user; nobody has a thousand.
const MOST_BYTES: u64 = 1 << 20;

/// Where the server's answer is had, and the path that the server answers on.
pub const PATH: &str = "/api/accountd/authorized_keys";

pub struct Remote {
    base_url: String,
    token: Token,
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nobody there, too slow, or out of order: an older answer is better than none.
    #[error("{0}")]
    Away(String),
    /// The server answered, and not what was asked for (the token is not good, or it is no accountd): an older answer
    /// would hide that.
    #[error("{0}")]
    Refused(String),
}

impl Remote {
    /// `base_url` without a final slash; the token of an administrator, with the scope `read_user`.
    pub fn new(base_url: &str, token: Token) -> Self {
        Self { base_url: base_url.trim_end_matches('/').to_owned(), token }
    }

    /// # Errors
    /// `Away` or `Refused`.
    pub fn ask(&self, lookup: &KeyLookup) -> Result<Vec<Entry>, NoAnswer> {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(LIMIT))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls)
            .build();
        let agent = ureq::Agent::new_with_config(config);
        let away = |error: ureq::Error| NoAnswer::Away(error.to_string());
        let mut answer = agent
            .get(format!("{}{PATH}?{}", self.base_url, question(lookup)))
            .header("Authorization", format!("Bearer {}", self.token.expose()))
            .call()
            .map_err(away)?;
        match answer.status() {
            StatusCode::OK => {}
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(NoAnswer::Away(format!("the server says {status}")));
            }
            status => return Err(NoAnswer::Refused(format!("the server says {status}"))),
        }
        let text = answer.body_mut().with_config().limit(MOST_BYTES).read_to_string().map_err(away)?;
        serde_json::from_str(&text).map_err(|error| NoAnswer::Refused(format!("the server's answer: {error}")))
    }
}

/// The query that asks it, which also names it in the cache. User names differ in more than case.
pub fn question(lookup: &KeyLookup) -> String {
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
