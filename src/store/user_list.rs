//! Lists of users: which, in what order, and from where on.

use super::error::Error;
use super::tx::{Read, micros};
use super::users::{user, user_columns};
use crate::domain::{User, UserId};
use jiff::Timestamp;
use rusqlite::{params_from_iter, types::Value};

/// Which users a list holds. What is not asked for leaves nobody out.
#[derive(Clone, Debug, Default)]
pub struct UserQuery {
    pub search: Option<Search>,
    /// The whole user name, whatever the case.
    pub username: Option<String>,
    /// The whole public address, whatever the case.
    pub public_email: Option<String>,
    /// Who the user is elsewhere: provider and id there.
    pub identity: Option<(String, String)>,
    /// Only users who are active.
    pub active: bool,
    /// Only users who are not active.
    pub inactive: bool,
    /// Only users whom somebody keeps out.
    pub blocked: bool,
    /// Only external users, or none.
    pub external: Option<bool>,
    pub admins: bool,
    pub created_after: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    /// Nobody at all: the question is for what there is none of here.
    pub nobody: bool,
    pub order: Order,
    pub descending: bool,
    pub limit: u64,
}

/// A text to look for, whatever its case, and where.
#[derive(Clone, Debug)]
pub enum Search {
    /// Within user name, name or primary address.
    Within(String),
    /// Within user name or name, or as any whole address.
    NamesOrAddress(String),
    /// Within user name or name, or as the whole public address.
    NamesOrPublicAddress(String),
}

/// By what; the id decides among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Id,
    Name,
    Username,
    CreatedAt,
    UpdatedAt,
}

/// Where a user stands in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the order looks at; for times the microseconds, for ids nothing.
    pub key: String,
    pub id: UserId,
}

impl Order {
    fn column(self) -> &'static str {
        match self {
            Self::Id => "u.id",
            Self::Name => "u.name",
            Self::Username => "u.username",
            Self::CreatedAt => "u.created_at",
            Self::UpdatedAt => "u.updated_at",
        }
    }

    /// Where the user stands in this order.
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
            // A cursor that holds no number stands before all of them.
            Self::CreatedAt | Self::UpdatedAt => cursor.key.parse::<i64>().unwrap_or(i64::MIN).into(),
        }
    }
}

/// The ids of a block of `user_blocks` are those that are the same but for this many of their last bits.
const BLOCK: u32 = 9;

const SELECT: &str =
    concat!("SELECT ", user_columns!(), " FROM users u JOIN emails e ON e.id = u.primary_email_id WHERE u.id IN (");

impl Read<'_> {
    /// The users from the `offset`th on, and how many there are in all.
    pub fn users(&self, query: &UserQuery, offset: u64) -> Result<(Vec<User>, u64), Error> {
        let conditions = Conditions::of(query);
        if conditions.all.is_empty() && query.order == Order::Id {
            return self.everybody(query, offset);
        }
        let count = format!("SELECT count(*) FROM {}", conditions.from());
        let total: i64 = self.one(&count, params_from_iter(&conditions.values), |row| row.get(0))?.unwrap_or(0);
        let total = u64::try_from(total).unwrap_or(0);
        if offset >= total {
            return Ok((Vec::new(), total));
        }
        Ok((self.page(query, &conditions, offset)?, total))
    }

    /// All users by id: the blocks say how many there are, and in which of them to begin.
    fn everybody(&self, query: &UserQuery, offset: u64) -> Result<(Vec<User>, u64), Error> {
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
                let edge = if query.descending { (block << BLOCK) + (1 << BLOCK) } else { (block << BLOCK) - 1 };
                let mut conditions = Conditions::of(query);
                conditions.beyond(query, UserId(edge));
                return Ok((self.page(query, &conditions, offset - before)?, total));
            }
            before += users;
        }
        Ok((Vec::new(), total))
    }

    /// The users that come after `cursor`; however many came before, it costs the same.
    pub fn users_after(&self, query: &UserQuery, cursor: Option<&Cursor>) -> Result<Vec<User>, Error> {
        let mut conditions = Conditions::of(query);
        match cursor {
            None => {}
            Some(cursor) if query.order == Order::Id => conditions.beyond(query, cursor.id),
            Some(cursor) => {
                let side = if query.descending { "<" } else { ">" };
                let key = conditions.bind(query.order.key(cursor));
                let id = conditions.bind(cursor.id.0);
                conditions.all.push(format!("({}, u.id) {side} ({key}, {id})", query.order.column()));
            }
        }
        self.page(query, &conditions, 0)
    }

    fn page(&self, query: &UserQuery, conditions: &Conditions, offset: u64) -> Result<Vec<User>, Error> {
        let direction = if query.descending { "DESC" } else { "ASC" };
        let order = match query.order {
            Order::Id => format!("ORDER BY u.id {direction}"),
            other => format!("ORDER BY {} {direction}, u.id {direction}", other.column()),
        };
        // Ids first: skipping rows is cheap only while nothing else of them is read.
        let sql = format!(
            "{SELECT} SELECT u.id FROM {} {order} LIMIT {} OFFSET {offset}) {order}",
            conditions.from(),
            query.limit
        );
        self.all(&sql, params_from_iter(&conditions.values), user)
    }
}

/// What a user has to be to be listed, in SQL.
struct Conditions {
    all: Vec<String>,
    values: Vec<Value>,
    /// Whether they look at the primary address.
    addresses: bool,
}

impl Conditions {
    fn of(query: &UserQuery) -> Self {
        let mut these = Self { all: Vec::new(), values: Vec::new(), addresses: false };
        these.who(query);
        these.what(query);
        these
    }

    /// Only those who come after an id, in the order of ids.
    fn beyond(&mut self, query: &UserQuery, id: UserId) {
        let side = if query.descending { "<" } else { ">" };
        let id = self.bind(id.0);
        self.all.push(format!("u.id {side} {id}"));
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn who(&mut self, query: &UserQuery) {
        if let Some(search) = &query.search {
            self.search(search);
        }
        if let Some(name) = &query.username {
            let name = self.bind(name.clone());
            self.all.push(format!("u.username = {name}"));
        }
        if let Some(address) = &query.public_email {
            let address = self.bind(address.clone());
            self.all.push(format!("u.public_email_id = (SELECT id FROM emails WHERE address = {address})"));
        }
        if let Some((provider, uid)) = &query.identity {
            let (provider, uid) = (self.bind(provider.clone()), self.bind(uid.clone()));
            self.all.push(format!(
                "u.id IN (SELECT user_id FROM identities WHERE provider = {provider} AND extern_uid = {uid})"
            ));
        }
    }

    fn search(&mut self, search: &Search) {
        let (Search::Within(text) | Search::NamesOrAddress(text) | Search::NamesOrPublicAddress(text)) = search;
        let text = self.bind(text.to_lowercase());
        let address = match search {
            Search::Within(_) => {
                self.addresses = true;
                format!("has_text(e.address, {text})")
            }
            Search::NamesOrAddress(_) => format!("u.id = (SELECT user_id FROM emails WHERE address = {text})"),
            Search::NamesOrPublicAddress(_) => {
                format!("u.public_email_id = (SELECT id FROM emails WHERE address = {text})")
            }
        };
        self.all.push(format!("(has_text(u.username, {text}) OR has_text(u.name, {text}) OR {address})"));
    }

    fn what(&mut self, query: &UserQuery) {
        if query.active {
            self.all.push("u.state = 'active'".into());
        }
        if query.inactive {
            self.all.push("u.state <> 'active'".into());
        }
        if query.blocked {
            // Both, so that the index of who is not active serves.
            self.all.push("u.state <> 'active' AND u.state <> 'deactivated'".into());
        }
        if let Some(external) = query.external {
            self.all.push(format!("u.external = {}", u8::from(external)));
        }
        if query.admins {
            self.all.push("u.admin = 1".into());
        }
        if let Some(time) = query.created_after {
            let time = self.bind(micros(time));
            self.all.push(format!("u.created_at >= {time}"));
        }
        if let Some(time) = query.created_before {
            let time = self.bind(micros(time));
            self.all.push(format!("u.created_at <= {time}"));
        }
        if query.nobody {
            self.all.push("0".into());
        }
    }

    /// The tables and the conditions.
    fn from(&self) -> String {
        let join = if self.addresses { "JOIN emails e ON e.id = u.primary_email_id" } else { "" };
        let conditions = if self.all.is_empty() { "1".to_owned() } else { self.all.join(" AND ") };
        format!("users u {join} WHERE {conditions}")
    }
}
