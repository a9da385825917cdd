//! Lists of tokens: filters, order and pages.

use super::error::Error;
use super::tokens::{COLUMNS, token};
use super::tx::{Read, micros};
use crate::domain::{TokenKind, TokenRecord, UserId};
use jiff::Timestamp;
use rusqlite::{params_from_iter, types::Value};

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
        let (conditions, values) = conditions(query);
        let count = format!("SELECT count(*) FROM tokens WHERE {conditions}");
        let total: i64 = self.one(&count, params_from_iter(&values), |row| row.get(0))?.unwrap_or(0);
        let direction = if query.descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT {COLUMNS} FROM tokens WHERE {conditions} ORDER BY {} {direction}, id {direction} LIMIT {} OFFSET {}",
            query.order.column(),
            query.limit,
            query.offset
        );
        let tokens = self.all(&sql, params_from_iter(&values), token)?;
        Ok((tokens, u64::try_from(total).unwrap_or(0)))
    }
}

fn conditions(query: &TokenQuery) -> (String, Vec<Value>) {
    let mut all = vec!["kind = ?1".to_owned()];
    let mut values: Vec<Value> = vec![query.kind.name().to_owned().into()];
    let mut bind = |condition: &str, value: Value| {
        values.push(value);
        all.push(condition.replace('?', &format!("?{}", values.len())));
    };
    if let Some(user) = query.user {
        bind("user_id = ?", user.0.into());
    }
    if let Some(text) = &query.search {
        bind("has_text(name, ?)", text.to_lowercase().into());
    }
    let times = [
        ("created_at >= ?", query.created_after),
        ("created_at <= ?", query.created_before),
        ("last_used_at >= ?", query.last_used_after),
        ("last_used_at <= ?", query.last_used_before),
        ("expires_at >= ?", query.expires_after),
        ("expires_at <= ?", query.expires_before),
    ];
    for (condition, time) in times {
        if let Some(time) = time {
            bind(condition, micros(time).into());
        }
    }
    const ACTIVE: &str = "(revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?))";
    match query.active {
        Some(true) => bind(ACTIVE, micros(query.now).into()),
        Some(false) => bind(&format!("NOT {ACTIVE}"), micros(query.now).into()),
        None => {}
    }
    match query.revoked {
        Some(true) => all.push("revoked_at IS NOT NULL".into()),
        Some(false) => all.push("revoked_at IS NULL".into()),
        None => {}
    }
    (all.join(" AND "), values)
}
