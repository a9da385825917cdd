//! v4's user entities: which one a response has depends on the caller. The fields and their order are those of
//! `doc/api/users.md`, 17.9, in the free editions.

use super::parts::{
    Activity, AdminFields, Contact, FOLLOWING, Following, Rights, bio, location, note, pronouns, public_email,
};
use super::time;
use crate::domain;
use crate::gitlab::handlers::{avatar_url, display_name};
use serde::Serialize;

/// The base of URLs, without a final slash.
pub struct Urls(String);

impl Urls {
    pub fn new(base: String) -> Self {
        Self(base)
    }

    fn of(&self, user: &domain::User) -> String {
        format!("{}/{}", self.0, user.username)
    }
}

/// "List users", "As a regular user".
#[derive(Serialize)]
pub struct Basic<'a> {
    id: i64,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    name: &'a str,
    state: &'static str,
    locked: bool,
    avatar_url: String,
    web_url: String,
}

impl<'a> Basic<'a> {
    pub fn new(user: &'a domain::User, urls: &Urls) -> Self {
        Self {
            id: user.id.0,
            username: user.username.as_str(),
            email: None,
            name: display_name(user),
            state: user.state.name(),
            locked: false,
            avatar_url: avatar_url(user),
            web_url: urls.of(user),
        }
    }

    fn with_email(user: &'a domain::User, urls: &Urls) -> Self {
        Self { email: Some(user.email.as_str()), ..Self::new(user, urls) }
    }
}

/// "Get a single user", "As a regular user".
#[derive(Serialize)]
pub struct Public<'a> {
    #[serde(flatten)]
    basic: Basic<'a>,
    created_at: String,
    bio: &'a str,
    bot: bool,
    location: Option<&'a str>,
    public_email: Option<&'a str>,
    #[serde(flatten)]
    contact: Contact<'a>,
    pronouns: Option<&'a str>,
    #[serde(flatten)]
    following: Following,
    is_followed: bool,
}

impl<'a> Public<'a> {
    pub fn new(user: &'a domain::User, urls: &Urls) -> Self {
        Self {
            basic: Basic::new(user, urls),
            created_at: time(user.created_at),
            bio: bio(user),
            bot: false,
            location: location(user),
            public_email: public_email(user),
            contact: Contact::new(user),
            pronouns: pronouns(user),
            following: FOLLOWING,
            is_followed: false,
        }
    }
}

/// "Get the current user", "As a regular user". `commit_email` is always the primary address.
#[derive(Serialize)]
pub struct Current<'a> {
    #[serde(flatten)]
    basic: Basic<'a>,
    created_at: String,
    bio: &'a str,
    location: Option<&'a str>,
    public_email: Option<&'a str>,
    #[serde(flatten)]
    contact: Contact<'a>,
    pronouns: Option<&'a str>,
    bot: bool,
    #[serde(flatten)]
    following: Following,
    #[serde(flatten)]
    activity: Activity,
    #[serde(flatten)]
    rights: Rights<'a>,
    commit_email: &'a str,
}

impl<'a> Current<'a> {
    pub fn new(user: &'a domain::User, urls: &Urls) -> Self {
        Self {
            basic: Basic::with_email(user, urls),
            created_at: time(user.created_at),
            bio: bio(user),
            location: location(user),
            public_email: public_email(user),
            contact: Contact::new(user),
            pronouns: pronouns(user),
            bot: false,
            following: FOLLOWING,
            activity: Activity::new(user),
            rights: Rights::new(user),
            commit_email: user.email.as_str(),
        }
    }
}

/// "Get the current user", "As an administrator".
#[derive(Serialize)]
pub struct CurrentAdmin<'a> {
    #[serde(flatten)]
    basic: Basic<'a>,
    created_at: String,
    is_admin: bool,
    bio: &'a str,
    location: Option<&'a str>,
    public_email: Option<&'a str>,
    #[serde(flatten)]
    contact: Contact<'a>,
    #[serde(flatten)]
    activity: Activity,
    #[serde(flatten)]
    rights: Rights<'a>,
    commit_email: &'a str,
    #[serde(flatten)]
    admin_fields: AdminFields<'a>,
    note: Option<&'a str>,
}

impl<'a> CurrentAdmin<'a> {
    pub fn new(user: &'a domain::User, creator: Option<&'a domain::User>, urls: &Urls) -> Self {
        Self {
            basic: Basic::with_email(user, urls),
            created_at: time(user.created_at),
            is_admin: user.admin,
            bio: bio(user),
            location: location(user),
            public_email: public_email(user),
            contact: Contact::new(user),
            activity: Activity::new(user),
            rights: Rights::new(user),
            commit_email: user.email.as_str(),
            admin_fields: AdminFields::new(creator, urls),
            note: note(user),
        }
    }
}

/// "List users", "As an administrator"; also the response to creating and changing a user.
#[derive(Serialize)]
pub struct Listed<'a> {
    #[serde(flatten)]
    basic: Basic<'a>,
    created_at: String,
    is_admin: bool,
    bio: &'a str,
    location: Option<&'a str>,
    /// Included because it can be changed, although the page leaves it out.
    public_email: Option<&'a str>,
    #[serde(flatten)]
    contact: Contact<'a>,
    #[serde(flatten)]
    activity: Activity,
    note: Option<&'a str>,
    #[serde(flatten)]
    rights: Rights<'a>,
    #[serde(flatten)]
    admin_fields: AdminFields<'a>,
}

impl<'a> Listed<'a> {
    pub fn new(user: &'a domain::User, creator: Option<&'a domain::User>, urls: &Urls) -> Self {
        Self {
            basic: Basic::with_email(user, urls),
            created_at: time(user.created_at),
            is_admin: user.admin,
            bio: bio(user),
            location: location(user),
            public_email: public_email(user),
            contact: Contact::new(user),
            activity: Activity::new(user),
            note: note(user),
            rights: Rights::new(user),
            admin_fields: AdminFields::new(creator, urls),
        }
    }
}

/// "Get a single user", "As an administrator".
#[derive(Serialize)]
pub struct Single<'a> {
    #[serde(flatten)]
    basic: Basic<'a>,
    created_at: String,
    is_admin: bool,
    bio: &'a str,
    location: Option<&'a str>,
    public_email: Option<&'a str>,
    #[serde(flatten)]
    contact: Contact<'a>,
    pronouns: Option<&'a str>,
    #[serde(flatten)]
    following: Following,
    #[serde(flatten)]
    activity: Activity,
    note: Option<&'a str>,
    #[serde(flatten)]
    rights: Rights<'a>,
    commit_email: &'a str,
    #[serde(flatten)]
    admin_fields: AdminFields<'a>,
}

impl<'a> Single<'a> {
    pub fn new(user: &'a domain::User, creator: Option<&'a domain::User>, urls: &Urls) -> Self {
        Self {
            basic: Basic::with_email(user, urls),
            created_at: time(user.created_at),
            is_admin: user.admin,
            bio: bio(user),
            location: location(user),
            public_email: public_email(user),
            contact: Contact::new(user),
            pronouns: pronouns(user),
            following: FOLLOWING,
            activity: Activity::new(user),
            note: note(user),
            rights: Rights::new(user),
            commit_email: user.email.as_str(),
            admin_fields: AdminFields::new(creator, urls).with_sign_in_count(user),
        }
    }
}

/// The owner of a key: `doc/api/keys.md`, 17.9, "Get SSH key with user by ID".
#[derive(Serialize)]
pub struct KeyOwner<'a> {
    #[serde(flatten)]
    basic: Basic<'a>,
    created_at: String,
    bio: &'a str,
    location: Option<&'a str>,
    public_email: Option<&'a str>,
    linkedin: &'a str,
    twitter: &'a str,
    website_url: &'a str,
    organization: &'a str,
    last_sign_in_at: Option<String>,
    confirmed_at: Option<String>,
    last_activity_on: Option<String>,
    email: &'a str,
    theme_id: u8,
    color_scheme_id: u8,
    projects_limit: u32,
    current_sign_in_at: Option<String>,
    #[serde(flatten)]
    rights: Rights<'a>,
}

impl<'a> KeyOwner<'a> {
    pub fn new(user: &'a domain::User, urls: &Urls) -> Self {
        let Activity { last_sign_in_at, confirmed_at, last_activity_on, current_sign_in_at, .. } = Activity::new(user);
        Self {
            basic: Basic::new(user, urls),
            created_at: time(user.created_at),
            bio: bio(user),
            location: location(user),
            public_email: public_email(user),
            linkedin: user.linkedin.as_str(),
            twitter: user.twitter.as_str(),
            website_url: user.profile_url.as_str(),
            organization: user.company.as_str(),
            last_sign_in_at,
            confirmed_at,
            last_activity_on,
            email: user.email.as_str(),
            theme_id: user.theme_id,
            color_scheme_id: user.color_scheme_id,
            projects_limit: user.projects_limit,
            current_sign_in_at,
            rights: Rights::new(user),
        }
    }
}
