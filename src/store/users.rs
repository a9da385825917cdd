//! Users and their identities at other services.

use super::error::Error;
use super::tx::{Columns, Read, Write, micros};
use crate::domain::{
    Activity, EmailAddress, EmailId, Identity, PasswordHash, SingleLineText, State, User, UserId, Username, WebUrl,
};
use jiff::Timestamp;
use rusqlite::{Row, named_params};

/// Texts hold no control characters, so these can part the identities of one user in one column.
const UNIT: char = '\u{1f}';
const RECORD: char = '\u{1e}';

/// To put several in order, SQLite makes a table: not for those who have none.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.name, e.address AS email, e.confirmed_at, u.admin, u.state, u.created_at, u.updated_at,
         u.created_by, u.location, u.company, u.profile_url, u.gravatar_email, u.bio, u.skype, u.linkedin, u.twitter,
         u.discord, u.pronouns, u.note, u.external, u.private_profile, u.theme_id, u.color_scheme_id, u.dark_scheme,
         u.can_create_group, u.projects_limit, u.sign_in_count, u.current_sign_in_at, u.last_sign_in_at,
         u.last_active_at,
         CASE WHEN u.public_email_id IS NULL THEN NULL
              ELSE (SELECT address FROM emails WHERE id = u.public_email_id) END AS public_email,
         CASE WHEN EXISTS (SELECT 1 FROM identities WHERE user_id = u.id)
              THEN (SELECT group_concat(provider || char(31) || extern_uid, char(30) ORDER BY id)
                    FROM identities WHERE user_id = u.id) END AS identities"
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

macro_rules! login_record {
    ($find:literal) => {
        concat!(
            "SELECT found.id IS NOT NULL AS is_somebodys, u.id, u.state, u.password_hash
             FROM (SELECT (",
            $find,
            ") AS id) AS found JOIN users u ON u.id = coalesce(found.id, (SELECT min(id) FROM users))"
        )
    };
}

/// So much of a user as decides on a sign-in.
#[derive(Debug)]
pub struct LoginRecord {
    pub user: UserId,
    pub state: State,
    /// None: there is no password that is right.
    pub password_hash: Option<PasswordHash>,
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
    pub confirmed_at: Option<Timestamp>,
    pub created_by: Option<UserId>,
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

    /// What a password for that login is checked against.
    ///
    /// For a login that nobody has, the first user is read and not given: the answer comes no sooner.
    pub fn login_record(&self, login: &str) -> Result<Option<LoginRecord>, Error> {
        let sql = if login.contains('@') {
            login_record!("SELECT user_id FROM emails WHERE address = ?1")
        } else {
            login_record!("SELECT id FROM users WHERE username = ?1")
        };
        let record = self.one(sql, [login], |row| {
            let hash: Option<String> = row.get("password_hash")?;
            let record = LoginRecord {
                user: UserId(row.get("id")?),
                state: state(row.get_ref("state")?.as_str()?)?,
                password_hash: hash.map(PasswordHash::stored),
            };
            Ok((row.get("is_somebodys")?, record))
        })?;
        Ok(record.and_then(|(is_somebodys, record)| Some(record).filter(|_| is_somebodys)))
    }

    pub fn user_with_hash(&self, id: UserId) -> Result<Option<(User, Option<PasswordHash>)>, Error> {
        self.one(select_user!("WHERE u.id = ?1"), [id.0], user_and_hash)
    }

    /// Every user with the hash of the password, by id.
    pub fn all_users(&self) -> Result<Vec<(User, Option<PasswordHash>)>, Error> {
        self.all(select_user!("ORDER BY u.id"), [], user_and_hash)
    }

    /// Administrators who are active.
    pub fn active_admins(&self) -> Result<u64, Error> {
        let count =
            self.one("SELECT count(*) FROM users WHERE admin = 1 AND state = 'active'", [], |row| row.get(0))?;
        Ok(u64::try_from(count.unwrap_or(0i64)).unwrap_or(0))
    }
}

impl Write<'_> {
    /// Adds a user with the primary address.
    ///
    /// # Errors
    /// `Taken` for user name, address or id; `RetiredId`.
    pub fn insert_user(&self, new: &NewUser) -> Result<UserId, Error> {
        // 0 is nobody's address: the foreign key is looked at when the transaction ends, and by then it is set.
        let id = self.insert(
            "INSERT INTO users (id, username, primary_email_id, password_hash, created_at, updated_at, created_by)
             VALUES (?1, ?2, 0, ?3, ?4, ?4, ?5)",
            (
                new.id.map(|id| id.0),
                new.username.as_str(),
                new.password_hash.as_ref().map(PasswordHash::expose),
                micros(new.created_at),
                new.created_by.map(|id| id.0),
            ),
        )?;
        let id = UserId(id);
        let email = self.insert_email(id, &new.email, new.confirmed_at)?;
        self.run("UPDATE users SET primary_email_id = ?2 WHERE id = ?1", [id.0, email.0])?;
        Ok(id)
    }

    /// Stores every attribute of the user but the addresses, the identities and what is noted of sign-ins.
    ///
    /// # Errors
    /// `Taken` for the user name.
    pub fn update_user(&self, user: &User) -> Result<(), Error> {
        self.run(
            "UPDATE users SET username = :username, name = :name, admin = :admin, state = :state,
               location = :location, company = :company, profile_url = :profile_url, gravatar_email = :gravatar_email,
               bio = :bio, skype = :skype, linkedin = :linkedin, twitter = :twitter, dark_scheme = :dark_scheme,
               can_create_group = :can_create_group, projects_limit = :projects_limit, discord = :discord,
               pronouns = :pronouns, note = :note, external = :external, private_profile = :private_profile,
               theme_id = :theme_id, color_scheme_id = :color_scheme_id, updated_at = :updated_at
             WHERE id = :id",
            named_params! {
                ":id": user.id.0, ":username": user.username.as_str(), ":name": user.name.as_str(),
                ":admin": user.admin, ":state": user.state.name(), ":location": user.location.as_str(),
                ":company": user.company.as_str(), ":profile_url": user.profile_url.as_str(),
                ":gravatar_email": user.gravatar_email.as_ref().map(EmailAddress::as_str),
                ":bio": user.bio.as_ref().map(SingleLineText::as_str), ":skype": user.skype.as_str(),
                ":linkedin": user.linkedin.as_str(), ":twitter": user.twitter.as_str(),
                ":dark_scheme": user.dark_scheme, ":can_create_group": user.can_create_group,
                ":projects_limit": user.projects_limit, ":discord": user.discord.as_str(),
                ":pronouns": user.pronouns.as_ref().map(SingleLineText::as_str),
                ":note": user.note.as_ref().map(SingleLineText::as_str), ":external": user.external,
                ":private_profile": user.private_profile, ":theme_id": user.theme_id,
                ":color_scheme_id": user.color_scheme_id, ":updated_at": micros(user.updated_at),
            },
        )
        .map(drop)
    }

    /// Lets everybody see that address of the user, or none.
    pub fn set_public_email(&self, user: UserId, email: Option<EmailId>) -> Result<(), Error> {
        let sql = "UPDATE users SET public_email_id = ?2 WHERE id = ?1";
        self.run(sql, (user.0, email.map(|id| id.0))).map(drop)
    }

    /// Notes a sign-in; the one before it becomes the last.
    pub fn signed_in(&self, user: UserId, at: Timestamp) -> Result<(), Error> {
        self.run(
            "UPDATE users SET sign_in_count = sign_in_count + 1, last_sign_in_at = coalesce(current_sign_in_at, ?2),
               current_sign_in_at = ?2
             WHERE id = ?1",
            (user.0, micros(at)),
        )
        .map(drop)
    }

    /// Notes when something of the user last changed.
    pub fn user_changed(&self, id: UserId, at: Timestamp) -> Result<(), Error> {
        self.run("UPDATE users SET updated_at = ?2 WHERE id = ?1", [id.0, micros(at)]).map(drop)
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

    pub fn remove_identity(&self, user: UserId, provider: &SingleLineText) -> Result<(), Error> {
        self.run("DELETE FROM identities WHERE user_id = ?1 AND provider = ?2", (user.0, provider.as_str())).map(drop)
    }
}

/// A row that begins with `user_columns!`.
pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    read_user(&mut Columns::of(row))
}

/// The columns of `user_columns!`, in their order.
pub(super) fn read_user(row: &mut Columns<'_, '_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get()?),
        username: row.map_text(Username::stored)?,
        name: row.map_text(SingleLineText::stored)?,
        email: row.map_text(EmailAddress::stored)?,
        confirmed_at: row.optional_time()?,
        admin: row.get()?,
        state: state(row.text()?)?,
        created_at: row.time()?,
        updated_at: row.time()?,
        created_by: row.get::<Option<i64>>()?.map(UserId),
        location: row.map_text(SingleLineText::stored)?,
        company: row.map_text(SingleLineText::stored)?,
        profile_url: row.map_text(WebUrl::stored)?,
        gravatar_email: row.optional_text(EmailAddress::stored)?,
        bio: row.optional_text(SingleLineText::stored)?,
        skype: row.map_text(SingleLineText::stored)?,
        linkedin: row.map_text(SingleLineText::stored)?,
        twitter: row.map_text(SingleLineText::stored)?,
        discord: row.map_text(SingleLineText::stored)?,
        pronouns: row.optional_text(SingleLineText::stored)?,
        note: row.optional_text(SingleLineText::stored)?,
        external: row.get()?,
        private_profile: row.get()?,
        theme_id: row.get()?,
        color_scheme_id: row.get()?,
        dark_scheme: row.get()?,
        can_create_group: row.get()?,
        projects_limit: row.get()?,
        activity: Activity {
            sign_in_count: row.get()?,
            current_sign_in_at: row.optional_time()?,
            last_sign_in_at: row.optional_time()?,
            last_active_at: row.optional_time()?,
        },
        public_email: row.optional_text(EmailAddress::stored)?,
        identities: row.optional_text(|all| identities(&all))?.unwrap_or_default(),
    })
}

fn state(name: &str) -> rusqlite::Result<State> {
    State::parse(name).ok_or(rusqlite::Error::InvalidQuery)
}

fn user_and_hash(row: &Row<'_>) -> rusqlite::Result<(User, Option<PasswordHash>)> {
    let mut row = Columns::of(row);
    Ok((read_user(&mut row)?, row.optional_text(PasswordHash::stored)?))
}

fn identities(joined: &str) -> Vec<Identity> {
    let pairs = joined.split(RECORD).filter_map(|pair| pair.split_once(UNIT));
    let line = |text: &str| SingleLineText::stored(text.to_owned());
    pairs.map(|(provider, uid)| Identity { provider: line(provider), extern_uid: line(uid) }).collect()
}
