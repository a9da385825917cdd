//! Users and their identities at other services.

use super::error::Error;
use super::tx::{Read, Write, micros, time};
use crate::domain::{EmailAddress, Identity, Line, PasswordHash, User, UserId, Username, WebUrl};
use jiff::Timestamp;
use rusqlite::{Row, named_params, params_from_iter, types::Value};

/// Texts hold no control characters, so these can part the identities of one user in one column.
const UNIT: char = '\u{1f}';
const RECORD: char = '\u{1e}';

macro_rules! user_columns {
    () => {
        "u.id, u.username, u.name, e.address AS email, u.admin, u.blocked, u.created_at, u.location, u.company,
         u.profile_url, u.gravatar_email, u.bio, u.skype, u.linkedin, u.twitter, u.dark_scheme, u.can_create_group,
         u.projects_limit,
         (SELECT group_concat(provider || char(31) || extern_uid, char(30) ORDER BY id)
          FROM identities WHERE user_id = u.id) AS identities"
    };
}
pub(super) use user_columns;

macro_rules! select_user {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            user_columns!(),
            ", u.password_hash FROM users u JOIN emails e ON e.id = u.primary_email_id ",
            $rest
        )
    };
}

/// A user to be made. What a [`User`] has and this hasn't starts as the schema says.
#[derive(Debug)]
pub struct NewUser {
    /// An explicit id, from a fixture.
    pub id: Option<UserId>,
    pub username: Username,
    pub password_hash: Option<PasswordHash>,
    pub created_at: Timestamp,
    /// The primary address.
    pub email: EmailAddress,
    pub verified: bool,
}

/// Which users a list holds.
#[derive(Clone, Debug, Default)]
pub struct UserQuery {
    /// Literal text within user name, name or primary address, whatever the case.
    pub search: Option<String>,
    /// The whole user name, whatever the case.
    pub username: Option<String>,
    /// Only users who are not blocked.
    pub active: bool,
    /// Only users who are blocked.
    pub blocked: bool,
    pub offset: u64,
    pub limit: u64,
}

impl Read<'_> {
    pub fn user(&self, id: UserId) -> Result<Option<User>, Error> {
        self.one(select_user!("WHERE u.id = ?1"), [id.0], user)
    }

    pub fn user_by_name(&self, username: &str) -> Result<Option<User>, Error> {
        self.one(select_user!("WHERE u.username = ?1"), [username], user)
    }

    /// The user and the hash of the password, if one is set. The login is a user name or, with an `@`, an address.
    pub fn login(&self, login: &str) -> Result<Option<(User, Option<PasswordHash>)>, Error> {
        let sql = if login.contains('@') {
            select_user!("WHERE u.id = (SELECT user_id FROM emails WHERE address = ?1)")
        } else {
            select_user!("WHERE u.username = ?1")
        };
        self.one(sql, [login], user_and_hash)
    }

    /// The users of one page by id, and how many there are on all pages.
    pub fn users(&self, query: &UserQuery) -> Result<(Vec<User>, u64), Error> {
        let (filter, values) = conditions(query);
        let count = format!("SELECT count(*) FROM users u JOIN emails e ON e.id = u.primary_email_id WHERE {filter}");
        let count = if filter == "1" {
            "SELECT count(*) FROM users" // by an index, without touching a row
        } else {
            &count
        };
        let total: i64 = self.one(count, params_from_iter(&values), |row| row.get(0))?.unwrap_or(0);
        let total = u64::try_from(total).unwrap_or(0);
        if query.offset >= total {
            return Ok((Vec::new(), total));
        }
        // Ids first: skipping rows is cheap only while nothing else of them is read.
        let page = format!(
            concat!(
                "SELECT ",
                user_columns!(),
                " FROM users u JOIN emails e ON e.id = u.primary_email_id WHERE u.id IN (
                   SELECT u.id FROM users u {} WHERE {} ORDER BY u.id LIMIT {} OFFSET {}) ORDER BY u.id"
            ),
            if query.search.is_some() { "JOIN emails e ON e.id = u.primary_email_id" } else { "" },
            filter,
            query.limit,
            query.offset
        );
        Ok((self.all(&page, params_from_iter(&values), user)?, total))
    }

    pub fn user_with_hash(&self, id: UserId) -> Result<Option<(User, Option<PasswordHash>)>, Error> {
        self.one(select_user!("WHERE u.id = ?1"), [id.0], user_and_hash)
    }

    /// Every user with the hash of the password, by id.
    pub fn all_users(&self) -> Result<Vec<(User, Option<PasswordHash>)>, Error> {
        self.all(select_user!("ORDER BY u.id"), [], user_and_hash)
    }

    /// Administrators who are not blocked.
    pub fn active_admins(&self) -> Result<u64, Error> {
        let count = self.one("SELECT count(*) FROM users WHERE admin = 1 AND blocked = 0", [], |row| row.get(0))?;
        Ok(u64::try_from(count.unwrap_or(0i64)).unwrap_or(0))
    }
}

fn conditions(query: &UserQuery) -> (String, Vec<Value>) {
    let mut filter = vec!["1".to_owned()];
    let mut values: Vec<Value> = Vec::new();
    if let Some(text) = &query.search {
        values.push(text.to_lowercase().into());
        let at = values.len();
        filter.push(format!("(has_text(u.username, ?{at}) OR has_text(u.name, ?{at}) OR has_text(e.address, ?{at}))"));
    }
    if let Some(name) = &query.username {
        values.push(name.clone().into());
        filter.push(format!("u.username = ?{}", values.len()));
    }
    if query.active {
        filter.push("u.blocked = 0".into());
    }
    if query.blocked {
        filter.push("u.blocked = 1".into());
    }
    (filter.join(" AND "), values)
}

impl Write<'_> {
    /// Adds a user with the primary address.
    ///
    /// # Errors
    /// `Taken` for user name, address or id; `RetiredId`.
    pub fn insert_user(&self, new: &NewUser) -> Result<UserId, Error> {
        // 0 is nobody's address: the foreign key is looked at when the transaction ends, and by then it is set.
        let id = self.insert(
            "INSERT INTO users (id, username, primary_email_id, password_hash, created_at) VALUES (?1, ?2, 0, ?3, ?4)",
            (
                new.id.map(|id| id.0),
                new.username.as_str(),
                new.password_hash.as_ref().map(PasswordHash::expose),
                micros(new.created_at),
            ),
        )?;
        let id = UserId(id);
        let email = self.insert_email(id, &new.email, new.verified)?;
        self.run("UPDATE users SET primary_email_id = ?2 WHERE id = ?1", [id.0, email])?;
        Ok(id)
    }

    /// Stores every attribute of the user but the addresses and identities.
    ///
    /// # Errors
    /// `Taken` for the user name.
    pub fn update_user(&self, user: &User) -> Result<(), Error> {
        self.run(
            "UPDATE users SET username = :username, name = :name, admin = :admin, blocked = :blocked,
               location = :location, company = :company, profile_url = :profile_url, gravatar_email = :gravatar_email,
               bio = :bio, skype = :skype, linkedin = :linkedin, twitter = :twitter, dark_scheme = :dark_scheme,
               can_create_group = :can_create_group, projects_limit = :projects_limit
             WHERE id = :id",
            named_params! {
                ":id": user.id.0, ":username": user.username.as_str(), ":name": user.name.as_str(),
                ":admin": user.admin, ":blocked": user.blocked, ":location": user.location.as_str(),
                ":company": user.company.as_str(), ":profile_url": user.profile_url.as_str(),
                ":gravatar_email": user.gravatar_email.as_ref().map(EmailAddress::as_str),
                ":bio": user.bio.as_ref().map(Line::as_str), ":skype": user.skype.as_str(),
                ":linkedin": user.linkedin.as_str(), ":twitter": user.twitter.as_str(),
                ":dark_scheme": user.dark_scheme, ":can_create_group": user.can_create_group,
                ":projects_limit": user.projects_limit,
            },
        )
        .map(drop)
    }

    pub fn set_password(&self, user: UserId, hash: &PasswordHash) -> Result<(), Error> {
        self.run("UPDATE users SET password_hash = ?2 WHERE id = ?1", (user.0, hash.expose())).map(drop)
    }

    /// Deletes the user with everything that belongs to it; whether there was one.
    pub fn delete_user(&self, user: UserId) -> Result<bool, Error> {
        Ok(self.run("DELETE FROM users WHERE id = ?1", [user.0])? == 1)
    }

    /// Sets who the user is at that provider.
    ///
    /// # Errors
    /// `Taken(ExternUid)` if somebody else is.
    pub fn set_identity(&self, user: UserId, identity: &Identity) -> Result<(), Error> {
        self.run(
            "INSERT INTO identities (user_id, provider, extern_uid) VALUES (?1, ?2, ?3)
             ON CONFLICT (user_id, provider) DO UPDATE SET extern_uid = excluded.extern_uid",
            (user.0, identity.provider.as_str(), identity.extern_uid.as_str()),
        )
        .map(drop)
    }

    pub fn remove_identity(&self, user: UserId, provider: &Line) -> Result<(), Error> {
        self.run("DELETE FROM identities WHERE user_id = ?1 AND provider = ?2", (user.0, provider.as_str())).map(drop)
    }
}

/// A row of `user_columns!`, by name, so that a query may select more.
pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let line = |column| row.get(column).map(Line::stored);
    Ok(User {
        id: UserId(row.get("id")?),
        username: Username::stored(row.get("username")?),
        name: line("name")?,
        email: EmailAddress::stored(row.get("email")?),
        admin: row.get("admin")?,
        blocked: row.get("blocked")?,
        created_at: time(row, "created_at")?,
        location: line("location")?,
        company: line("company")?,
        profile_url: WebUrl::stored(row.get("profile_url")?),
        gravatar_email: row.get::<_, Option<String>>("gravatar_email")?.map(EmailAddress::stored),
        bio: row.get::<_, Option<String>>("bio")?.map(Line::stored),
        skype: line("skype")?,
        linkedin: line("linkedin")?,
        twitter: line("twitter")?,
        dark_scheme: row.get("dark_scheme")?,
        can_create_group: row.get("can_create_group")?,
        projects_limit: row.get("projects_limit")?,
        identities: row.get::<_, Option<String>>("identities")?.map(|all| identities(&all)).unwrap_or_default(),
    })
}

fn user_and_hash(row: &Row<'_>) -> rusqlite::Result<(User, Option<PasswordHash>)> {
    let hash: Option<String> = row.get("password_hash")?;
    Ok((user(row)?, hash.map(PasswordHash::stored)))
}

fn identities(joined: &str) -> Vec<Identity> {
    let pairs = joined.split(RECORD).filter_map(|pair| pair.split_once(UNIT));
    let line = |text: &str| Line::stored(text.to_owned());
    pairs.map(|(provider, uid)| Identity { provider: line(provider), extern_uid: line(uid) }).collect()
}
