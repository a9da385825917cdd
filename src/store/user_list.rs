//! Lists of users: filters, order and pages.

use super::conditions::Conditions;
use super::error::Error;
use super::tx::{Read, micros};
use super::user_search::{Search, Total};
use super::users::{user, user_columns};
use crate::domain::{State, User, UserId};
use jiff::Timestamp;
use rusqlite::{params_from_iter, types::Value};

/// The filters, the order and the length of a list. By default no filter excludes anything.
#[derive(Clone, Debug, Default)]
pub struct UserQuery {
    pub search: Option<Search>,
    /// The exact user name, in any case.
    pub username: Option<String>,
    /// The exact public address, in any case.
    pub public_email: Option<String>,
    /// An identity: provider and id there.
    pub identity: Option<(String, String)>,
    /// Only active users.
    pub active: bool,
    /// Only users who are not active.
    pub inactive: bool,
    /// Only users in a state that [`crate::domain::State::is_blocked`] includes.
    pub blocked: bool,
    /// Only users in this state.
    pub state: Option<State>,
    /// Only external users, or only the others.
    pub external: Option<bool>,
    pub admins: bool,
    /// Only service accounts, or only the others.
    pub service_accounts: Option<bool>,
    /// Only users with all of these custom attributes: key and value.
    pub custom_attributes: Vec<(String, String)>,
    pub created_after: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    /// An empty list: the client asks for a kind of users that does not exist here.
    pub empty: bool,
    pub order: Order,
    pub descending: bool,
    pub limit: u64,
}

/// The column that a list is sorted by; ties are sorted by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Id,
    Name,
    Username,
    CreatedAt,
    UpdatedAt,
}

/// The position of a user in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The value of the column; microseconds for times, empty for ids.
    pub key: String,
    pub id: UserId,
}

impl Order {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Id => "u.id",
            Self::Name => "u.name",
            Self::Username => "u.username",
            Self::CreatedAt => "u.created_at",
            Self::UpdatedAt => "u.updated_at",
        }
    }

    /// The position of the user in this order.
    pub fn cursor(self, user: &User) -> Cursor {
        let key = match self {
            Self::Id => String::new(),
            Self::Name => user.name.as_str().to_owned(),
            Self::Username => user.username.as_str().to_owned(),
            Self::CreatedAt => micros(user.created_at).to_string(),
            Self::UpdatedAt => micros(user.updated_at).to_string(),
        };
        Cursor { key, id: user.id }
    }

    fn key(self, cursor: &Cursor) -> Value {
        match self {
            Self::Id => cursor.id.0.into(),
            Self::Name | Self::Username => cursor.key.clone().into(),
            // A cursor without a number is before all users.
            Self::CreatedAt | Self::UpdatedAt => cursor.key.parse::<i64>().unwrap_or(i64::MIN).into(),
        }
    }
}

/// The ids of one block of `user_blocks` differ only in this many low bits.
const BLOCK_BITS: u32 = 9;

/// Users that are sorted rather than searched for in the order's index, which has all the others, too.
const SORTED: u64 = 1000;

const SELECT: &str =
    concat!("SELECT ", user_columns!(), " FROM users u JOIN emails e ON e.id = u.primary_email_id WHERE u.id IN (");

impl Read<'_> {
    /// One page of users, and the number of users on all pages.
    pub fn users(&self, query: &UserQuery, offset: u64) -> Result<(Vec<User>, Total), Error> {
        if let Some(search) = query.search() {
            return self.found(query, search, offset);
        }
        let filters = filters(query);
        let (users, total) = if filters.is_empty() && query.order == Order::Id {
            self.all_by_id(query, offset)?
        } else {
            self.filtered(query, &filters, offset)?
        };
        Ok((users, Total::Exactly(total)))
    }

    fn filtered(&self, query: &UserQuery, filters: &Conditions, offset: u64) -> Result<(Vec<User>, u64), Error> {
        let count = format!("SELECT count(*) FROM users u WHERE {}", filters.sql());
        let total = self.count(&count, params_from_iter(&filters.values))?;
        if offset >= total {
            return Ok((Vec::new(), total));
        }
        Ok((self.page(query, filters, offset)?, total))
    }

    /// A page of the list of all users by id. The blocks give the total and the block in which the page begins.
    fn all_by_id(&self, query: &UserQuery, offset: u64) -> Result<(Vec<User>, u64), Error> {
        let mut blocks: Vec<(i64, u64)> =
            self.all("SELECT block, users FROM user_blocks ORDER BY block", [], |row| {
                Ok((row.get(0)?, row.get::<_, u32>(1)?.into()))
            })?;
        if query.descending {
            blocks.reverse();
        }
        let total = blocks.iter().map(|(_, users)| users).sum();
        let mut before = 0;
        for (block, users) in blocks {
            if offset < before + users {
                let edge = if query.descending { (block + 1) << BLOCK_BITS } else { (block << BLOCK_BITS) - 1 };
                let mut conditions = filters(query);
                conditions.compare(if query.descending { "u.id < ?" } else { "u.id > ?" }, Some(edge));
                return Ok((self.page(query, &conditions, offset - before)?, total));
            }
            before += users;
        }
        Ok((Vec::new(), total))
    }

    /// The users after the cursor. The cost does not grow with the number of users before it.
    pub fn users_after(&self, query: &UserQuery, cursor: Option<&Cursor>) -> Result<Vec<User>, Error> {
        if let Some(search) = query.search() {
            return self.found_after(query, search, cursor);
        }
        let mut conditions = filters(query);
        if let Some(cursor) = cursor {
            let after = query.after(cursor, &mut conditions);
            conditions.require(after);
        }
        self.page(query, &conditions, 0)
    }

    /// These users, in the order of the list.
    pub(super) fn users_by_ids(&self, query: &UserQuery, ids: &[i64]) -> Result<Vec<User>, Error> {
        let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let sql = format!("{SELECT} SELECT value FROM json_each(?1)) {}", query.order_by());
        self.all(&sql, [format!("[{ids}]")], user)
    }

    fn page(&self, query: &UserQuery, conditions: &Conditions, offset: u64) -> Result<Vec<User>, Error> {
        let order = query.order_by();
        let (filter, inner_order) = if self.is_narrow(query)? {
            // A unary plus keeps SQLite from using an index.
            let (column, sorted) = (query.order.column(), format!("+{}", query.order.column()));
            (conditions.sql().replace(column, &sorted), order.replace(column, &sorted))
        } else {
            (conditions.sql(), order.clone())
        };
        // The inner query selects ids only: skipping rows is cheap as long as no other columns are read.
        let sql = format!(
            "{SELECT} SELECT u.id FROM users u WHERE {filter} {inner_order} LIMIT {} OFFSET {offset}) {order}",
            query.limit
        );
        self.all(&sql, params_from_iter(&conditions.values), user)
    }

    /// Whether only few users are administrators or in a state that the list asks for.
    fn is_narrow(&self, query: &UserQuery) -> Result<bool, Error> {
        if query.order == Order::Id || !(query.names_inactive() || query.admins) {
            return Ok(false);
        }
        let few = UserQuery {
            inactive: query.inactive,
            blocked: query.blocked,
            state: query.state,
            admins: query.admins,
            ..UserQuery::default()
        };
        let conditions = filters(&few);
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM users u WHERE {} LIMIT {SORTED})", conditions.sql());
        Ok(self.count(&sql, params_from_iter(&conditions.values))? < SORTED)
    }
}

impl UserQuery {
    /// Every text contains the empty one.
    fn search(&self) -> Option<&Search> {
        self.search.as_ref().filter(|search| !search.text().is_empty())
    }

    /// Whether a filter admits one user at most.
    pub(super) fn names_one_user(&self) -> bool {
        self.empty || self.username.is_some() || self.public_email.is_some() || self.identity.is_some()
    }

    /// Whether a filter admits only users who are not active.
    fn names_inactive(&self) -> bool {
        self.inactive || self.blocked || self.state.is_some_and(|state| state != State::Active)
    }

    /// Whether there is an index for the order or for a filter that may admit only few users.
    pub(super) fn has_index(&self) -> bool {
        let by_state = self.names_inactive() || self.admins || self.service_accounts == Some(true);
        by_state
            || !self.custom_attributes.is_empty()
            || self.order != Order::Id
            || self.created_after.is_some()
            || self.created_before.is_some()
    }

    /// The condition that users come after the cursor.
    pub(super) fn after(&self, cursor: &Cursor, conditions: &mut Conditions) -> String {
        let side = if self.descending { "<" } else { ">" };
        let id = conditions.bind(cursor.id.0);
        if self.order == Order::Id {
            return format!("u.id {side} {id}");
        }
        let key = conditions.bind(self.order.key(cursor));
        format!("({}, u.id) {side} ({key}, {id})", self.order.column())
    }

    fn order_by(&self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        match self.order {
            Order::Id => format!("ORDER BY u.id {direction}"),
            other => format!("ORDER BY {} {direction}, u.id {direction}", other.column()),
        }
    }
}

pub(super) const PUBLIC_ADDRESS: &str = "u.public_email_id = (SELECT id FROM emails WHERE address = ?)";

/// The conditions of a list, except the search.
pub(super) fn filters(query: &UserQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.compare("u.username = ?", query.username.clone());
    conditions.compare(PUBLIC_ADDRESS, query.public_email.clone());
    if let Some((provider, uid)) = query.identity.clone() {
        let (provider, uid) = (conditions.bind(provider), conditions.bind(uid));
        conditions.require(format!(
            "u.id IN (SELECT user_id FROM identities WHERE provider = {provider} AND extern_uid = {uid})"
        ));
    }
    for (key, value) in query.custom_attributes.clone() {
        let (key, value) = (conditions.bind(key), conditions.bind(value));
        conditions
            .require(format!("u.id IN (SELECT user_id FROM custom_attributes WHERE key = {key} AND value = {value})"));
    }
    let flags = [
        (query.active, "u.state = 'active'"),
        // Lets SQLite use the index of inactive users.
        (query.names_inactive(), "u.state <> 'active'"),
        (query.blocked, "u.state <> 'deactivated'"),
        (query.external == Some(true), "u.external = 1"),
        (query.external == Some(false), "u.external = 0"),
        (query.admins, "u.admin = 1"),
        (query.service_accounts == Some(true), "u.id IN (SELECT user_id FROM service_accounts)"),
        (query.service_accounts == Some(false), "u.id NOT IN (SELECT user_id FROM service_accounts)"),
        (query.empty, "0"),
    ];
    flags.into_iter().filter(|(wanted, _)| *wanted).for_each(|(_, condition)| conditions.require(condition));
    conditions.compare("u.state = ?", query.state.map(|state| state.name().to_owned()));
    conditions.compare("u.created_at >= ?", query.created_after.map(micros));
    conditions.compare("u.created_at <= ?", query.created_before.map(micros));
    conditions
}
