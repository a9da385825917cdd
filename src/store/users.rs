//! Users and their identities at other services.

use super::emails::{verification, verification_columns};
use super::error::Error;
use super::tx::{Columns, Read, Write, micros};
use crate::domain::{
    Activity, EmailAddress, EmailId, Identity, PasswordHash, SingleLineText, State, TokenHash, TokenId, TokenKind,
    User, UserId, Username, WebUrl,
};
use jiff::Timestamp;
use rusqlite::{Row, named_params};

/// ASCII's unit and record separators. Texts hold no control characters, so these can join the identities of one user
/// in one column.
const UNIT: char = '\u{1f}';
const RECORD: char = '\u{1e}';

/// What [`read_user`] reads. `EXISTS` saves users without an identity the temporary table that SQLite makes for
/// `ORDER BY` in an aggregate.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.name, e.address AS email, e.confirmed_at, e.verified_by, u.admin, u.state, u.created_at, u.updated_at,
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

/// The columns that `insert_user` and `update_user` have in common.
macro_rules! user_params {
    ($user:expr $(, $name:literal: $value:expr)*) => {
        named_params! {
            ":id": $user.id.0, ":username": $user.username.as_str(), ":name": $user.name.as_str(),
            ":admin": $user.admin, ":updated_at": micros($user.updated_at), ":location": $user.location.as_str(),
            ":company": $user.company.as_str(), ":profile_url": $user.profile_url.as_str(),
            ":gravatar_email": $user.gravatar_email.as_ref().map(EmailAddress::as_str),
            ":bio": $user.bio.as_ref().map(SingleLineText::as_str), ":skype": $user.skype.as_str(),
            ":linkedin": $user.linkedin.as_str(), ":twitter": $user.twitter.as_str(),
            ":discord": $user.discord.as_str(), ":pronouns": $user.pronouns.as_ref().map(SingleLineText::as_str),
            ":note": $user.note.as_ref().map(SingleLineText::as_str), ":external": $user.external,
            ":private_profile": $user.private_profile, ":theme_id": $user.theme_id,
            ":color_scheme_id": $user.color_scheme_id, ":dark_scheme": $user.dark_scheme,
            ":can_create_group": $user.can_create_group, ":projects_limit": $user.projects_limit
            $(, $name: $value)*
        }
    };
}

/// The part of a user that decides on a password sign-in.
#[derive(Debug)]
pub struct LoginRecord {
    pub user: UserId,
    pub state: State,
    /// `None`: no password is right.
    pub password_hash: Option<PasswordHash>,
}

/// The part of a user that decides whether a credential is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountStatus {
    pub state: State,
    pub admin: bool,
}

impl Read<'_> {
    pub fn user(&self, id: UserId) -> Result<Option<User>, Error> {
        self.one(select_user!("WHERE u.id = ?1"), [id.0], user)
    }

    pub fn user_by_name(&self, username: &str) -> Result<Option<User>, Error> {
        self.one(select_user!("WHERE u.username = ?1"), [username], user)
    }

    /// The user and the password hash, if there is one. The login is a user name or, with an `@`, an address.
    pub fn login(&self, login: &str) -> Result<Option<(User, Option<PasswordHash>)>, Error> {
        let sql = format!("{} WHERE u.id = ({})", select_user!(""), id_of_login(login));
        self.one(&sql, [login], user_and_hash)
    }

    /// What a password for that login is checked against.
    ///
    /// For an unknown login the first user is read and discarded, so that the answer takes as long.
    pub fn login_record(&self, login: &str) -> Result<Option<LoginRecord>, Error> {
        let sql = format!(
            "SELECT found.id IS NOT NULL AS is_known, u.id, u.state, u.password_hash
             FROM (SELECT ({}) AS id) AS found JOIN users u ON u.id = coalesce(found.id, (SELECT min(id) FROM users))",
            id_of_login(login)
        );
        let record = self.one(&sql, [login], |row| {
            let hash: Option<String> = row.get("password_hash")?;
            let record = LoginRecord {
                user: UserId(row.get("id")?),
                state: state(row.get_ref("state")?.as_str()?)?,
                password_hash: hash.map(PasswordHash::stored),
            };
            Ok((row.get("is_known")?, record))
        })?;
        Ok(record.and_then(|(is_known, record)| Some(record).filter(|_| is_known)))
    }

    pub fn user_with_hash(&self, id: UserId) -> Result<Option<(User, Option<PasswordHash>)>, Error> {
        self.one(select_user!("WHERE u.id = ?1"), [id.0], user_and_hash)
    }

    /// The id and the state of a user, which are enough to decide who may see it.
    pub fn state_by_id(&self, id: UserId) -> Result<Option<(UserId, State)>, Error> {
        self.one("SELECT id, state FROM users WHERE id = ?1", [id.0], id_and_state)
    }

    /// The same by user name, in any case.
    pub fn state_by_name(&self, username: &str) -> Result<Option<(UserId, State)>, Error> {
        self.one("SELECT id, state FROM users WHERE username = ?1", [username], id_and_state)
    }

    pub fn account_status(&self, user: UserId) -> Result<Option<AccountStatus>, Error> {
        self.one("SELECT state, admin FROM users WHERE id = ?1", [user.0], account_status)
    }

    /// `None` unless the user's password still has that hash.
    pub fn account_status_by_password(
        &self,
        user: UserId,
        hash: &PasswordHash,
    ) -> Result<Option<AccountStatus>, Error> {
        let sql = "SELECT state, admin FROM users WHERE id = ?1 AND password_hash = ?2";
        self.one(sql, (user.0, hash.expose()), account_status)
    }

    /// With the kind and the name of the token. `None` unless the token is the user's and is not revoked.
    pub fn account_status_by_token(
        &self,
        user: UserId,
        token: TokenId,
    ) -> Result<Option<(AccountStatus, TokenKind, SingleLineText)>, Error> {
        let sql = "SELECT u.state, u.admin, t.kind, t.name FROM tokens t JOIN users u ON u.id = t.user_id
                   WHERE t.id = ?2 AND t.user_id = ?1 AND t.revoked_at IS NULL";
        self.one(sql, [user.0, token.0], |row| {
            let kind = row.get_ref(2)?.as_str()?.parse().map_err(|_| rusqlite::Error::InvalidQuery)?;
            Ok((account_status(row)?, kind, SingleLineText::stored(row.get(3)?)))
        })
    }

    /// `None` unless the browser session is the user's and has not ended at `now`.
    pub fn account_status_by_web_session(
        &self,
        user: UserId,
        session: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<AccountStatus>, Error> {
        let sql = "SELECT u.state, u.admin FROM web_sessions s JOIN users u ON u.id = s.user_id
                   WHERE s.hash = ?2 AND s.user_id = ?1 AND s.expires_at > ?3";
        self.one(sql, (user.0, session.as_bytes(), micros(now)), account_status)
    }

    /// Every user with the password hash, by id.
    pub fn all_users(&self) -> Result<Vec<(User, Option<PasswordHash>)>, Error> {
        self.all(select_user!("ORDER BY u.id"), [], user_and_hash)
    }

    /// The number of active administrators.
    pub fn active_admins(&self) -> Result<u64, Error> {
        self.count("SELECT count(*) FROM users WHERE admin = 1 AND state = 'active'", [])
    }
}

impl Write<'_> {
    /// Adds a user with the primary address, and returns both ids. A `user.id` of 0 stands for the next free one.
    /// Identities and the public address are not written.
    ///
    /// # Errors
    /// `Taken` for user name, address or id; `RetiredId`.
    pub fn insert_user(&self, user: &User, hash: Option<&PasswordHash>) -> Result<(UserId, EmailId), Error> {
        // The user and the address refer to each other: the user's row takes the next address id in advance, which the
        // deferred foreign key allows.
        let id = self.insert(
            "INSERT INTO users (id, username, primary_email_id, password_hash, name, admin, state, created_at,
               updated_at, created_by, location, company, profile_url, gravatar_email, bio, skype, linkedin, twitter,
               discord, pronouns, note, external, private_profile, theme_id, color_scheme_id, dark_scheme,
               can_create_group, projects_limit)
             VALUES (nullif(:id, 0), :username,
               coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'emails'), 0) + 1, :password_hash, :name, :admin,
               :state, :created_at, :updated_at, :created_by, :location, :company, :profile_url, :gravatar_email, :bio,
               :skype, :linkedin, :twitter, :discord, :pronouns, :note, :external, :private_profile, :theme_id,
               :color_scheme_id, :dark_scheme, :can_create_group, :projects_limit)",
            user_params! {
                user, ":state": user.state.name(), ":created_at": micros(user.created_at),
                ":created_by": user.created_by.map(|id| id.0), ":password_hash": hash.map(PasswordHash::expose)
            },
        )?;
        let (confirmed_at, verified_by) = verification_columns(user.verification);
        let email = self.insert(
            "INSERT INTO emails (id, user_id, address, confirmed_at, verified_by)
             SELECT primary_email_id, id, ?2, ?3, ?4 FROM users WHERE id = ?1",
            (id, user.email.as_str(), confirmed_at, verified_by),
        )?;
        Ok((UserId(id), EmailId(email)))
    }

    /// Stores every attribute of the user except the state, the addresses, the identities, and what is known of
    /// sign-ins.
    ///
    /// # Errors
    /// `Taken` for the user name.
    pub fn update_user(&self, user: &User) -> Result<(), Error> {
        self.run(
            "UPDATE users SET username = :username, name = :name, admin = :admin, updated_at = :updated_at,
               location = :location, company = :company, profile_url = :profile_url, gravatar_email = :gravatar_email,
               bio = :bio, skype = :skype, linkedin = :linkedin, twitter = :twitter, discord = :discord,
               pronouns = :pronouns, note = :note, external = :external, private_profile = :private_profile,
               theme_id = :theme_id, color_scheme_id = :color_scheme_id, dark_scheme = :dark_scheme,
               can_create_group = :can_create_group, projects_limit = :projects_limit
             WHERE id = :id",
            user_params!(user),
        )
    }

    pub fn set_state(&self, user: UserId, state: State, at: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET state = ?2, updated_at = ?3 WHERE id = ?1";
        self.run(sql, (user.0, state.name(), micros(at)))
    }

    /// Publishes that address of the user, or none.
    pub fn set_public_email(&self, user: UserId, email: Option<EmailId>) -> Result<(), Error> {
        let sql = "UPDATE users SET public_email_id = ?2 WHERE id = ?1";
        self.run(sql, (user.0, email.map(|id| id.0)))
    }

    /// Records a sign-in; the one before it becomes the last.
    pub fn signed_in(&self, user: UserId, at: Timestamp) -> Result<(), Error> {
        self.run(
            "UPDATE users SET sign_in_count = sign_in_count + 1, last_sign_in_at = coalesce(current_sign_in_at, ?2),
               current_sign_in_at = ?2
             WHERE id = ?1",
            (user.0, micros(at)),
        )
    }

    /// Records when the user's password was last used. A later time that is stored stays.
    pub fn password_used(&self, id: UserId, at: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET last_active_at = ?2 WHERE id = ?1 AND coalesce(last_active_at, ?2) <= ?2";
        self.run(sql, [id.0, micros(at)])
    }

    /// Records when an attribute of the user last changed.
    pub fn user_changed(&self, id: UserId, at: Timestamp) -> Result<(), Error> {
        self.run("UPDATE users SET updated_at = ?2 WHERE id = ?1", [id.0, micros(at)])
    }

    pub fn set_password(&self, user: UserId, hash: &PasswordHash) -> Result<(), Error> {
        self.run("UPDATE users SET password_hash = ?2 WHERE id = ?1", (user.0, hash.expose()))
    }

    /// Replaces the password hash if it still is `old`; whether it was.
    pub fn replace_password_hash(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Result<bool, Error> {
        let sql = "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";
        Ok(self.change(sql, (user.0, old.expose(), new.expose()))? == 1)
    }

    /// Deletes the user with everything that belongs to it. Of very many tokens and grants, some rows stay for
    /// [`Write::delete_rows_of_deleted_users`]; nothing finds rows of a user who does not exist.
    pub fn delete_user(&self, user: UserId) -> Result<(), Error> {
        self.run("DELETE FROM users WHERE id = ?1", [user.0])?;
        self.delete_rows_of(user)
    }

    /// Replaces all identities of the user.
    ///
    /// # Errors
    /// `Taken(ExternUid)` if another user has one of them.
    pub fn set_identities(&self, user: UserId, identities: &[Identity]) -> Result<(), Error> {
        self.run("DELETE FROM identities WHERE user_id = ?1", [user.0])?;
        self.insert_identities(user, identities)
    }

    /// Adds identities to the user.
    ///
    /// # Errors
    /// `Taken(ExternUid)` if another user has one of them.
    pub fn insert_identities(&self, user: UserId, identities: &[Identity]) -> Result<(), Error> {
        let sql = "INSERT INTO identities (user_id, provider, extern_uid) VALUES (?1, ?2, ?3)";
        identities
            .iter()
            .try_for_each(|identity| self.run(sql, (user.0, identity.provider.as_str(), identity.extern_uid.as_str())))
    }
}

/// The query for the user with that login.
fn id_of_login(login: &str) -> &'static str {
    if login.contains('@') {
        "SELECT user_id FROM emails WHERE address = ?1"
    } else {
        "SELECT id FROM users WHERE username = ?1"
    }
}

/// Reads a row that begins with `user_columns!`.
pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    read_user(&mut Columns::of(row))
}

/// Reads the columns of `user_columns!`, in their order.
pub(super) fn read_user(row: &mut Columns<'_, '_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get()?),
        username: row.map_text(Username::stored)?,
        name: row.map_text(SingleLineText::stored)?,
        email: row.map_text(EmailAddress::stored)?,
        verification: verification(row.optional_time()?, row.optional_str()?)?,
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

pub(super) fn state(name: &str) -> rusqlite::Result<State> {
    name.parse().map_err(|_| rusqlite::Error::InvalidQuery)
}

fn id_and_state(row: &Row<'_>) -> rusqlite::Result<(UserId, State)> {
    Ok((UserId(row.get(0)?), state(row.get_ref(1)?.as_str()?)?))
}

fn account_status(row: &Row<'_>) -> rusqlite::Result<AccountStatus> {
    Ok(AccountStatus { state: state(row.get_ref(0)?.as_str()?)?, admin: row.get(1)? })
}

fn user_and_hash(row: &Row<'_>) -> rusqlite::Result<(User, Option<PasswordHash>)> {
    let mut row = Columns::of(row);
    Ok((read_user(&mut row)?, row.optional_text(PasswordHash::stored)?))
}

fn identities(joined: &str) -> Vec<Identity> {
    let pairs = joined.split(RECORD).filter_map(|pair| pair.split_once(UNIT));
    let text = |text: &str| SingleLineText::stored(text.to_owned());
    pairs.map(|(provider, uid)| Identity { provider: text(provider), extern_uid: text(uid) }).collect()
}
