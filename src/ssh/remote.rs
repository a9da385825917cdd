//! The client of hosts that have no database: asks a server for keys.

use super::Entry;
use crate::accounts::KeyLookup;
use crate::domain::Token;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use ureq::http::{StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};

/// A login waits for the answer, so this limits all attempts together, connecting included.
const TIMEOUT: Duration = Duration::from_secs(2);
/// For the check whether a server without an answer accepts connections.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(250);
/// If an attempt has no answer after this time, another one starts beside it.
const RETRY_AFTER: Duration = Duration::from_millis(600);
/// The time from a failed attempt to the next one. It doubles each time.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
const MAX_ATTEMPTS: usize = 4;

/// More than the keys that a user can have by default.
const MAX_BYTES: u64 = 1 << 20;
const PATH: &str = "/api/accountd/authorized_keys";

#[derive(Clone)]
pub struct Remote {
    base_url: String,
    token: Token,
    agent: ureq::Agent,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The server's address accepts no connections: an old answer is better than none.
    #[error("{0}")]
    Away(String),
    /// The server accepts connections, but is too slow or failing. An attacker can cause that, so an old answer may
    /// help to log in a user who is blocked by now.
    #[error("{0}")]
    Unresponsive(String),
    /// An answer that is an error (the token is invalid, or the server is not an accountd): a cached answer would hide it.
    #[error("{0}")]
    Rejected(String),
}

type Answer = Result<Vec<Entry>, RemoteError>;

impl Remote {
    /// `base_url` without a final slash; the token of an administrator, with the scope `read_user`.
    pub fn new(base_url: &str, token: Token) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls)
            .build();
        let agent = ureq::Agent::new_with_config(config);
        Self { base_url: base_url.trim_end_matches('/').to_owned(), token, agent }
    }

    /// Asks until there is an answer. While the server accepts connections, there are further attempts.
    ///
    /// # Errors
    /// There is no answer within 2 s, or a wrong one.
    pub fn ask(&self, lookup: &KeyLookup) -> Answer {
        let url: Arc<str> = format!("{}{PATH}?{}", self.base_url, query(lookup)).into();
        let deadline = Instant::now() + TIMEOUT;
        let (sender, answers) = mpsc::channel();
        let mut reason = "timed out".to_owned();
        let mut pause = RETRY_PAUSE;
        let mut attempts = 0;
        let mut next = Instant::now();
        while Instant::now() < deadline {
            if attempts < MAX_ATTEMPTS && Instant::now() >= next {
                attempts += 1;
                next += RETRY_AFTER;
                let (remote, url, sender) = (self.clone(), Arc::clone(&url), sender.clone());
                // An error means that nothing waits for the answer any more.
                thread::spawn(move || sender.send(remote.attempt(&url)));
            }
            let until = if attempts < MAX_ATTEMPTS { next.min(deadline) } else { deadline };
            match answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Err(RemoteError::Unresponsive(failure))) => {
                    reason = failure;
                    if attempts == MAX_ATTEMPTS || !self.accepts_connections() {
                        break;
                    }
                    next = next.min(Instant::now() + pause);
                    pause *= 2;
                }
                Ok(answer) => return answer,
                Err(_) => {}
            }
        }
        Err(if self.accepts_connections() { RemoteError::Unresponsive(reason) } else { RemoteError::Away(reason) })
    }

    /// Sends one request. Every failure that is no answer is [`RemoteError::Unresponsive`].
    fn attempt(&self, url: &str) -> Answer {
        let unresponsive = |error: ureq::Error| RemoteError::Unresponsive(error.to_string());
        let request = self.agent.get(url).header("Authorization", format!("Bearer {}", self.token.expose()));
        let mut response = request.call().map_err(unresponsive)?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(RemoteError::Unresponsive(format!("the server answered {status}")));
            }
            status => return Err(RemoteError::Rejected(format!("the server answered {status}"))),
        }
        let text = response.body_mut().with_config().limit(MAX_BYTES).read_to_vec().map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => {
                RemoteError::Rejected(format!("the server's answer is larger than {} MiB", MAX_BYTES >> 20))
            }
            error => unresponsive(error),
        })?;
        serde_json::from_slice(&text).map_err(|error| RemoteError::Rejected(format!("the server's answer: {error}")))
    }

    /// Whether the server's address accepts a connection.
    fn accepts_connections(&self) -> bool {
        let Ok(uri) = self.base_url.parse::<Uri>() else { return false };
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let Some(host) = uri.host().map(|host| host.trim_matches(['[', ']']).to_owned()) else { return false };
        let (sender, connected) = mpsc::channel();
        // A thread, because looking up the name has no timeout.
        thread::spawn(move || {
            let mut addresses = (host, port).to_socket_addrs().into_iter().flatten();
            sender.send(addresses.any(|address| TcpStream::connect_timeout(&address, CONNECT_TIMEOUT).is_ok()))
        });
        connected.recv_timeout(CONNECT_TIMEOUT).unwrap_or(false)
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
