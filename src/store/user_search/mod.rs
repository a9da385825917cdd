//! Finds users by a part of their names or address.

use crate::domain::User;
use crate::store::conditions::Conditions;
use crate::store::error::Error;
use crate::store::trigrams::{Candidates, candidates};
use crate::store::tx::Read;
use crate::store::user_list::{Cursor, Order, PUBLIC_ADDRESS, UserQuery, filters};
use rusqlite::{params_from_iter, types::Value};

#[cfg(test)]
mod tests;

/// A text to search for, in any case, and where.
#[derive(Clone, Debug)]
pub enum Search {
    /// Part of the user name, the name or the primary address.
    Within(String),
    /// Part of the user name or the name, or exactly an address of the user.
    NamesOrAddress(String),
    /// Part of the user name or the name, or exactly the public address.
    NamesOrPublicAddress(String),
}

/// The length of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    Exactly(u64),
    /// A search found so many that they are not counted.
    Uncounted {
        /// Whether users follow this page.
        has_more: bool,
    },
}

impl From<u64> for Total {
    fn from(total: u64) -> Self {
        Self::Exactly(total)
    }
}

/// Users found by a search are counted up to this number, as in GitLab (`doc/api/rest/_index.md`, 17.9, "Pagination
/// response headers").
const COUNTED: u64 = if cfg!(test) { 20 } else { 10_000 };

const PRIMARY: &str = "JOIN emails e ON e.id = u.primary_email_id";

impl Search {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Within(text) | Self::NamesOrAddress(text) | Self::NamesOrPublicAddress(text) => text,
        }
    }

    /// The condition on the address; `?` stands for the text.
    fn address(&self) -> &'static str {
        match self {
            Self::Within(_) => "has_text(e.address, ?)",
            Self::NamesOrAddress(_) => "u.id = (SELECT user_id FROM emails WHERE address = ?)",
            Self::NamesOrPublicAddress(_) => PUBLIC_ADDRESS,
        }
    }

    /// Where to look for the text, which is in lower case.
    fn sources(&self, db: &Read<'_>, query: &UserQuery, text: &str) -> Result<Vec<Source>, Error> {
        let mut sources = Vec::new();
        if query.names_one_user() {
            return Ok(vec![Source::Users]);
        }
        let is_within = matches!(self, Self::Within(_));
        let indexes: &[Index] = if is_within { &[Index::Names, Index::Addresses] } else { &[Index::Names] };
        for index in indexes {
            match candidates(db, index.terms(), text)? {
                Candidates::None => {}
                Candidates::Matching(expression) => {
                    if query.has_index() && index.is_common(db, &expression)? {
                        return Ok(vec![Source::Users]);
                    }
                    sources.push(Source::Index(*index, expression));
                }
                Candidates::Unknown => return Ok(vec![Source::Users]),
            }
        }
        if !is_within {
            sources.push(Source::OneAddress);
        }
        Ok(sources)
    }
}

/// A trigram index, whose row ids are those of the users.
#[derive(Clone, Copy)]
enum Index {
    Names,
    Addresses,
}

impl Index {
    fn table(self) -> &'static str {
        match self {
            Self::Names => "user_names",
            Self::Addresses => "user_addresses",
        }
    }

    fn terms(self) -> &'static str {
        match self {
            Self::Names => "user_names_terms",
            Self::Addresses => "user_addresses_terms",
        }
    }

    /// Whether so many users match that it is better to look at users in the order of another index.
    fn is_common(self, db: &Read<'_>, expression: &str) -> Result<bool, Error> {
        let table = self.table();
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ?1 LIMIT ?2)");
        Ok(db.count(&sql, (expression, COUNTED as i64 + 1))? > COUNTED)
    }
}

/// Where a search looks. It finds the users of all its sources, each once.
enum Source {
    /// Every user that the filters allow.
    Users,
    /// The users of an index that match an expression.
    Index(Index, String),
    /// The user of the address that the text is.
    OneAddress,
}

impl Source {
    /// The user's id in the outer table, the tables, and the condition. `text` is the parameter with the text.
    fn parts(self, search: &Search, text: &str, conditions: &mut Conditions) -> (&'static str, String, String) {
        let names = format!("(has_text(u.username, {text}) OR has_text(u.name, {text}))");
        let address = search.address().replace('?', text);
        match self {
            Self::Users => {
                let join = if matches!(search, Search::Within(_)) { PRIMARY } else { "" };
                ("u.id", format!("users u {join}"), format!("({names} OR {address})"))
            }
            Self::OneAddress => ("u.id", "users u".to_owned(), address),
            Self::Index(index, expression) => {
                let (join, condition) = match index {
                    Index::Names => ("", names),
                    Index::Addresses => (PRIMARY, address),
                };
                let (table, expression) = (index.table(), conditions.bind(expression));
                // SQLite does not reorder a CROSS JOIN.
                let tables = format!("{table} s CROSS JOIN users u ON u.id = s.rowid {join}");
                ("s.rowid", tables, format!("{table} MATCH {expression} AND {condition}"))
            }
        }
    }
}

/// A query for the ids of the users that a search finds.
struct FoundIds {
    /// `None` if no user can match.
    sql: Option<String>,
    /// Ends with the values of `LIMIT` and `OFFSET`.
    values: Vec<Value>,
}

impl FoundIds {
    fn new(db: &Read<'_>, query: &UserQuery, search: &Search, cursor: Option<&Cursor>) -> Result<Self, Error> {
        let text = search.text().to_lowercase();
        let sources = search.sources(db, query, &text)?;
        let mut conditions = filters(query);
        let filter = conditions.sql();
        let text = conditions.bind(text);
        let after = cursor.map(|cursor| format!(" AND {}", query.after(cursor, &mut conditions))).unwrap_or_default();
        let direction = if query.descending { "DESC" } else { "ASC" };
        // An index is in the order of ids, which then needs no sorting.
        let (sort_key, order) = match query.order {
            Order::Id => (String::new(), format!("id {direction}")),
            other => (format!(", {} AS sort_key", other.column()), format!("sort_key {direction}, id {direction}")),
        };
        let select = |source: Source| {
            let (id, tables, condition) = source.parts(search, &text, &mut conditions);
            // A condition on the index itself, so that it is read from there and not from its beginning.
            let after = after.replace("u.id", id);
            format!("SELECT {id} AS id{sort_key} FROM {tables} WHERE {condition}{after} AND {filter}")
        };
        let selects: Vec<_> = sources.into_iter().map(select).collect();
        let (limit, offset) = (conditions.bind(0), conditions.bind(0));
        let sql = format!("{} ORDER BY {order} LIMIT {limit} OFFSET {offset}", selects.join(" UNION "));
        Ok(Self { sql: (!selects.is_empty()).then_some(sql), values: conditions.values })
    }

    fn read(&self, db: &Read<'_>, limit: u64, offset: u64) -> Result<Vec<i64>, Error> {
        let Some(sql) = &self.sql else { return Ok(Vec::new()) };
        let mut values = self.values.clone();
        let bounds = values.len() - 2;
        let integer = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
        values[bounds] = integer(limit);
        values[bounds + 1] = integer(offset);
        db.all(sql, params_from_iter(values), |row| row.get(0))
    }
}

impl Read<'_> {
    /// One page of the users that a search finds.
    pub(super) fn found(&self, query: &UserQuery, search: &Search, offset: u64) -> Result<(Vec<User>, Total), Error> {
        let ids = FoundIds::new(self, query, search, None)?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let first = ids.read(self, COUNTED + 1, 0)?;
        let count = first.len() as u64;
        let end = offset.saturating_add(query.limit);
        // One more than the page, if there is more.
        let mut page: Vec<i64> = if count <= COUNTED || end < count {
            let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
            first.into_iter().skip(skipped).take(limit.saturating_add(1)).collect()
        } else {
            ids.read(self, query.limit.saturating_add(1), offset)?
        };
        let has_more = page.len() > limit;
        page.truncate(limit);
        let total = if count <= COUNTED { Total::Exactly(count) } else { Total::Uncounted { has_more } };
        Ok((self.users_by_ids(query, &page)?, total))
    }

    /// The users after the cursor that a search finds.
    pub(super) fn found_after(
        &self,
        query: &UserQuery,
        search: &Search,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<User>, Error> {
        let page = FoundIds::new(self, query, search, cursor)?.read(self, query.limit, 0)?;
        self.users_by_ids(query, &page)
    }
}
