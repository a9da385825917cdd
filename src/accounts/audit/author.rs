//! The author of a change: a user, an application or the command line, with its credential.

use super::{ChangeLimiter, Event};
use crate::accounts::actor::{Proof, SignedIn};
use crate::accounts::{Client, Error};
use crate::domain::{SingleLineText, TokenId, TokenKind, User, UserId, Username, client_prefix};
use crate::store::{NewAuditEvent, Write};
use serde_json::Value;
use std::net::IpAddr;

/// The author of a change, as the log stores it.
#[derive(Debug)]
pub struct Author {
    user: Option<UserId>,
    name: Option<String>,
    via: Option<String>,
    address: Option<String>,
    /// Administrators and the command line may make any number of changes.
    is_limited: bool,
}

impl Author {
    /// The owner of a credential with that description: of one with `sudo`, the administrator.
    pub fn caller(signed_in: &SignedIn, via: String, from: Option<IpAddr>) -> Self {
        match &signed_in.proof {
            Proof::Sudo(administrator) => Self::caller(administrator, via, from),
            Proof::Token(_) | Proof::Password(_) | Proof::WebSession(_) => {
                Self { address: from.map(address), ..Self::user(&signed_in.user, via) }
            }
        }
    }

    /// A user who signs in or out.
    pub fn signing_in(user: &User, via: &str, from: IpAddr) -> Self {
        Self { address: Some(address(from)), ..Self::user(user, via.into()) }
    }

    /// An application that presents its own credential.
    pub fn application(client: &Client) -> Self {
        let via = if client.is_confidential() { "client secret" } else { "client id" };
        Self {
            user: None,
            name: Some(format!("application {}", client.name().as_str())),
            via: Some(via.into()),
            address: Some(address(client.from)),
            is_limited: true,
        }
    }

    /// A caller who is not known, with a credential that is not good.
    pub fn stranger(via: String, from: IpAddr) -> Self {
        Self { user: None, name: None, via: Some(via), address: Some(address(from)), is_limited: true }
    }

    /// A caller without a credential; `None` stands for several addresses.
    pub(super) fn address(client: Option<IpAddr>) -> Self {
        Self { user: None, name: None, via: None, address: client.map(network), is_limited: true }
    }

    fn user(user: &User, via: String) -> Self {
        let name = Some(user.username.to_string());
        Self { user: Some(user.id), name, via: Some(via), address: None, is_limited: !user.admin }
    }

    pub fn command_line() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let (name, via) = (Some(format!("uid {uid}")), Some("command line".into()));
        Self { user: None, name, via, address: None, is_limited: false }
    }

    /// Adds a row for each event, in the transaction of the change.
    ///
    /// # Errors
    /// `TooManyChanges`, for the transaction to be rolled back.
    pub fn record(
        &self,
        tx: &Write<'_>,
        limiter: &ChangeLimiter,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<(), Error> {
        events.into_iter().try_for_each(|event| {
            let subject_id = event.subject.as_ref().map(|subject| subject.id);
            // An application acts for the user whose grant it has.
            if let Some(account) = self.user.or(subject_id).filter(|_| self.is_limited) {
                limiter.take(account, event.kind)?;
            }
            let subject = match event.subject {
                Some(subject) if subject.name.is_none() && self.user != Some(subject.id) => tx.username(subject.id)?,
                Some(subject) => subject.name,
                None => None,
            };
            // A user who changes their own account is known already.
            let own_name = self.name.as_deref().filter(|_| subject_id.is_some() && subject_id == self.user);
            Ok(tx.insert_audit_event(&NewAuditEvent {
                at: tx.now(),
                event: event.kind.name(),
                actor_id: self.user,
                actor: self.name.as_deref(),
                via: self.via.as_deref(),
                address: self.address.as_deref(),
                subject_id,
                subject: subject.as_ref().map(Username::as_str).or(own_name),
                details: &Value::Object(event.details).to_string(),
            })?)
        })
    }
}

/// The description of a token.
pub fn token(id: TokenId, kind: TokenKind, name: &SingleLineText) -> String {
    let name = name.as_str();
    match kind {
        TokenKind::Personal | TokenKind::Impersonation => format!("{} token {id} ({name})", kind.name()),
        TokenKind::Session => format!("session token {id}"),
        TokenKind::Oauth => format!("token {id} of application {name}"),
    }
}

/// An IPv4 client of a socket for both versions has its own address.
fn address(client: IpAddr) -> String {
    client.to_canonical().to_string()
}

/// What counts as one client: an IPv4 address, or an IPv6 network.
fn network(client: IpAddr) -> String {
    match client_prefix(client) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(prefix) => format!("{prefix}/64"),
    }
}
