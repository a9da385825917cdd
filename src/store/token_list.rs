//! Lists of tokens: filters, order and pages.

use super::conditions::Conditions;
use super::error::Error;
use super::tokens::{COLUMNS, HAS_OWNER, token};
use super::tx::{Read, micros};
use crate::domain::{TokenKind, TokenRecord, UserId};
use jiff::Timestamp;
use rusqlite::params_from_iter;

/// The filters, the order and the page of a list. A filter that is `None` excludes nothing.
#[derive(Clone, Debug)]
pub struct TokenQuery {
    pub kind: TokenKind,
    /// The owner; `None` for all users.
    pub user: Option<UserId>,
    /// A literal text within the name, in any case.
    pub search: Option<String>,
    pub revoked: Option<bool>,
    /// Whether they are neither revoked nor expired at [`TokenQuery::now`].
    pub active: Option<bool>,
    pub now: Timestamp,
    pub created_after: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    pub last_used_after: Option<Timestamp>,
    pub last_used_before: Option<Timestamp>,
    pub expires_after: Option<Timestamp>,
    pub expires_before: Option<Timestamp>,
    pub order: TokenOrder,
    pub descending: bool,
    pub offset: u64,
    pub limit: u64,
}

/// The column that a list is sorted by; ties are sorted by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenOrder {
    #[default]
    Id,
    Created,
    Expires,
    LastUsed,
    Name,
}

impl TokenOrder {
    fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Created => "created_at",
            Self::Expires => "expires_at",
            Self::LastUsed => "last_used_at",
            Self::Name => "name",
        }
    }
}

impl Read<'_> {
    /// One page of tokens, and the number of tokens on all pages.
    pub fn token_list(&self, query: &TokenQuery) -> Result<(Vec<TokenRecord>, u64), Error> {
        let conditions = conditions(query);
        let from = format!("FROM tokens WHERE {}", conditions.sql());
        let total = self.count(&format!("SELECT count(*) {from}"), params_from_iter(&conditions.values))?;
        let direction = if query.descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT {COLUMNS} {from} ORDER BY {} {direction}, id {direction} LIMIT {} OFFSET {}",
            query.order.column(),
            query.limit,
            query.offset
        );
        Ok((self.all(&sql, params_from_iter(&conditions.values), token)?, total))
    }
}

fn conditions(query: &TokenQuery) -> Conditions {
    const ACTIVE: &str = "(revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?))";
    let mut conditions = Conditions::default();
    conditions.compare("kind = ?", Some(query.kind.name().to_owned()));
    conditions.compare("user_id = ?", query.user.map(|user| user.0));
    conditions.require(HAS_OWNER);
    conditions.compare("has_text(name, ?)", query.search.as_deref().map(str::to_lowercase));
    conditions.compare("created_at >= ?", query.created_after.map(micros));
    conditions.compare("created_at <= ?", query.created_before.map(micros));
    conditions.compare("last_used_at >= ?", query.last_used_after.map(micros));
    conditions.compare("last_used_at <= ?", query.last_used_before.map(micros));
    conditions.compare("expires_at >= ?", query.expires_after.map(micros));
    conditions.compare("expires_at <= ?", query.expires_before.map(micros));
    if let Some(active) = query.active {
        let condition = if active { ACTIVE } else { &format!("NOT {ACTIVE}") };
        conditions.compare(condition, Some(micros(query.now)));
    }
    if let Some(revoked) = query.revoked {
        conditions.require(if revoked { "revoked_at IS NOT NULL" } else { "revoked_at IS NULL" });
    }
    conditions
}
