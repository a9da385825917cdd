//! Groups of fields that several of v4's user entities share.

use super::users::{Basic, Urls};
use super::{Identity, date, identities, time};
use crate::domain;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Contact<'a> {
    skype: &'a str,
    linkedin: &'a str,
    twitter: &'a str,
    discord: &'a str,
    website_url: &'a str,
    organization: &'a str,
    /// The API has no attribute that sets it.
    job_title: &'static str,
}

impl<'a> Contact<'a> {
    pub(super) fn new(user: &'a domain::User) -> Self {
        Self {
            skype: user.skype.as_str(),
            linkedin: user.linkedin.as_str(),
            twitter: user.twitter.as_str(),
            discord: user.discord.as_str(),
            website_url: user.profile_url.as_str(),
            organization: user.company.as_str(),
            job_title: "",
        }
    }
}

/// Constant, because users cannot follow each other here.
#[derive(Serialize)]
pub(super) struct Following {
    work_information: Option<&'static str>,
    followers: u32,
    following: u32,
    local_time: Option<&'static str>,
}

pub(super) const FOLLOWING: Following =
    Following { work_information: None, followers: 0, following: 0, local_time: None };

pub(super) fn bio(user: &domain::User) -> &str {
    user.bio.as_ref().map_or("", |bio| bio.as_str())
}

pub(super) fn location(user: &domain::User) -> Option<&str> {
    Some(user.location.as_str()).filter(|text| !text.is_empty())
}

pub(super) fn public_email(user: &domain::User) -> Option<&str> {
    user.public_email.as_ref().map(|address| address.as_str())
}

pub(super) fn pronouns(user: &domain::User) -> Option<&str> {
    user.pronouns.as_ref().map(|text| text.as_str())
}

#[derive(Serialize)]
pub(super) struct Activity {
    pub(super) last_sign_in_at: Option<String>,
    pub(super) confirmed_at: Option<String>,
    pub(super) theme_id: u8,
    pub(super) last_activity_on: Option<String>,
    pub(super) color_scheme_id: u8,
    pub(super) projects_limit: u32,
    pub(super) current_sign_in_at: Option<String>,
}

impl Activity {
    pub(super) fn new(user: &domain::User) -> Self {
        Self {
            last_sign_in_at: user.activity.last_sign_in_at.map(time),
            confirmed_at: user.confirmed_at.map(time),
            theme_id: user.theme_id,
            last_activity_on: user.activity.last_active_at.map(date),
            color_scheme_id: user.color_scheme_id,
            projects_limit: user.projects_limit,
            current_sign_in_at: user.activity.current_sign_in_at.map(time),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Rights<'a> {
    identities: Vec<Identity<'a>>,
    can_create_group: bool,
    can_create_project: bool,
    two_factor_enabled: bool,
    external: bool,
    private_profile: bool,
}

impl<'a> Rights<'a> {
    pub(super) fn new(user: &'a domain::User) -> Self {
        Self {
            identities: identities(user),
            can_create_group: user.can_create_group,
            can_create_project: user.projects_limit > 0,
            two_factor_enabled: false,
            external: user.external,
            private_profile: user.private_profile,
        }
    }
}

/// Fields for administrators only. The server does not store users' IP addresses and has no namespaces.
#[derive(Serialize)]
pub(super) struct AdminFields<'a> {
    current_sign_in_ip: Option<&'static str>,
    last_sign_in_ip: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_count: Option<u32>,
    namespace_id: Option<i64>,
    created_by: Option<Basic<'a>>,
    email_reset_offered_at: Option<&'static str>,
}

impl<'a> AdminFields<'a> {
    pub(super) fn new(creator: Option<&'a domain::User>, urls: &Urls) -> Self {
        Self {
            current_sign_in_ip: None,
            last_sign_in_ip: None,
            sign_in_count: None,
            namespace_id: None,
            created_by: creator.map(|creator| Basic::new(creator, urls)),
            email_reset_offered_at: None,
        }
    }

    /// With the number of the user's sign-ins.
    pub(super) fn with_sign_in_count(self, user: &domain::User) -> Self {
        Self { sign_in_count: Some(user.activity.sign_in_count), ..self }
    }
}

pub(super) fn note(user: &domain::User) -> Option<&str> {
    user.note.as_ref().map(|note| note.as_str())
}
