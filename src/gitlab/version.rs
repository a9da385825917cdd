//! Every difference between the versions of the dialect that is not in the entities: which words a refusal has, what a
//! deletion answers, which attributes count.

use super::error::{ErrorStatusMode, Failure, v3, v4};
use super::{Api, entity};
use crate::accounts::{Error, IdentityChange, SignedIn, UserChange};
use crate::domain::{Field, Identity, Invalid, Key, Problem, User};
use crate::http::{Call, reply};
use hyper::StatusCode;
use serde_json::Value;
use warp::reply::Response;

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Of 2013, with what later releases of v3 added.
    V3,
    /// Of today: the documentation of GitLab 17.9.
    V4,
}

impl Version {
    /// The answer to a request that failed.
    pub fn refuse(self, manner: ErrorStatusMode, failure: &Failure) -> Response {
        match self {
            Self::V3 => v3::answer(manner, failure),
            Self::V4 => v4::answer(failure),
        }
    }

    /// Whether a required attribute that is there and blank counts as missing. In v4 it is there and wrong.
    pub fn blank_is_missing(self) -> bool {
        match self {
            Self::V3 => true,
            Self::V4 => false,
        }
    }

    /// Whether `access_token` in the query is a credential, and `sudo` is heard.
    pub fn knows_sudo(self) -> bool {
        match self {
            Self::V3 => false,
            Self::V4 => true,
        }
    }

    /// Whether `True`, `yes` and their like are read as what they mean.
    pub fn reads_words(self) -> bool {
        match self {
            Self::V3 => false,
            Self::V4 => true,
        }
    }

    /// Whether attributes may stand in the query of a request that has a body, too.
    pub fn reads_query(self) -> bool {
        match self {
            Self::V3 => false,
            Self::V4 => true,
        }
    }

    /// What is said after a key was deleted.
    pub fn key_deleted(self, key: &Key) -> Response {
        match self {
            Self::V3 => reply::json(StatusCode::OK, &entity::Key::from(key)),
            Self::V4 => reply::no_content(),
        }
    }

    /// "An idempotent function" (document of v3): deleting an own key that is not there is no error, and gives `null`.
    pub fn no_key_to_delete(self) -> Result<Response, Failure> {
        match self {
            Self::V3 => Ok(reply::json(StatusCode::OK, &Value::Null)),
            Self::V4 => Err(Failure::Missing("Key")),
        }
    }

    pub fn user_deleted(self, user: &User) -> Response {
        match self {
            Self::V3 => reply::json(StatusCode::OK, &entity::User::new(user)),
            Self::V4 => reply::no_content(),
        }
    }

    pub fn key(self, status: StatusCode, key: &Key) -> Response {
        match self {
            Self::V3 => reply::json(status, &entity::Key::from(key)),
            Self::V4 => reply::json(status, &entity::keys::Key::from(key)),
        }
    }

    pub fn key_with_user(self, api: &Api, call: &Call, key: &Key, user: &User) -> Response {
        match self {
            Self::V3 => reply::json(StatusCode::OK, &entity::KeyWithUser::new(key, user)),
            Self::V4 => {
                let urls = entity::users::Urls::new(api.base_url(call));
                reply::json(StatusCode::OK, &entity::keys::KeyWithUser::new(key, user, &urls))
            }
        }
    }

    /// The user who asks.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn current_user(self, api: &Api, call: &Call, signed_in: &SignedIn) -> Result<Response, Failure> {
        let user = &*signed_in.user;
        let text = match self {
            // Without a URL of the server in it.
            Self::V3 => signed_in.memo.text("v3 user", "", || reply::json_text(&entity::User::current(user)))?,
            Self::V4 => {
                let base_url = api.base_url(call);
                signed_in.memo.text("v4 user", &base_url, || {
                    let urls = entity::users::Urls::new(base_url.clone());
                    if !user.admin {
                        return reply::json_text(&entity::users::Current::new(user, &urls));
                    }
                    let creator = api.accounts.creator_of(signed_in)?;
                    reply::json_text(&entity::users::CurrentAdmin::new(user, creator.as_ref(), &urls))
                })?
            }
        };
        Ok(reply::json_as_it_is(StatusCode::OK, text))
    }

    /// A user for an administrator who made or changed it.
    pub fn changed_user(
        self,
        api: &Api,
        call: &Call,
        status: StatusCode,
        user: &User,
        creator: Option<&User>,
    ) -> Response {
        match self {
            Self::V3 => reply::json(status, &entity::User::new(user)),
            Self::V4 => {
                let urls = entity::users::Urls::new(api.base_url(call));
                reply::json(status, &entity::users::Listed::new(user, creator, &urls))
            }
        }
    }

    /// Puts an identity into a change. v3 knows one, of which either half may change; v4 as many as there are providers,
    /// each whole.
    ///
    /// # Errors
    /// v4: half an identity.
    pub fn identity(
        self,
        change: &mut UserChange,
        given: IdentityChange,
        invalid: &mut Invalid,
    ) -> Result<(), Failure> {
        if self == Self::V3 {
            change.identity = given;
            return Ok(());
        }
        match (given.provider, given.extern_uid) {
            (Some(provider), Some(uid)) => {
                let pair = Identity::pair(&provider, &uid);
                match pair {
                    Ok(identity) => change.identities.extend(identity),
                    Err((field, problem)) => drop(invalid.keep::<()>(field, Err(problem))),
                }
                Ok(())
            }
            (None, None) => Ok(()),
            (Some(_), None) | (None, Some(_)) => Err(Failure::AllOrNone("extern_uid, provider")),
        }
    }

    /// In v4 an address that is taken is a conflict only where a user is made or changed; among one's own addresses it is
    /// invalid.
    pub fn email_taken(error: Error) -> Error {
        match error {
            Error::Taken(Field::Email) => Error::invalid(Field::Email, Problem::Taken),
            other => other,
        }
    }
}
