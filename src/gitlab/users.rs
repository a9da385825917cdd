//! `/user` and one of `/users`; the list is in [`super::user_list`].

use super::Api;
use super::fields::{Required, attributes, boolean, clearable, flag, identity, limit, look, optional};
use super::version::Version;
use super::{entity, error::Failure, signin};
use crate::accounts::access::{admin, reader};
use crate::accounts::{Admin, CreateUser, Error, ProfileChange, UserChange};
use crate::domain::{
    EmailAddress, Field, Invalid, Password, Problem, Scope, SingleLineText, State, User, UserId, Username, WebUrl,
};
use crate::http::fields::Fields;
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn current(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    reader(&actor)?;
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    api.version.current_user(&api, &call, signed_in)
}

pub async fn show(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let reader = reader(&actor)?;
    let user = api.accounts.user(&reader, user_id(&id)?).map_err(Failure::missing("User"))?;
    if api.version == Version::V3 {
        return Ok(reply::json(StatusCode::OK, &entity::User::new(&user)));
    }
    let urls = entity::users::Urls::new(api.base_url(&call));
    Ok(match admin(&actor, Scope::ReadUser) {
        Ok(admin) => {
            let creator = creator(&api, &admin, &user)?;
            reply::json(StatusCode::OK, &entity::users::Single::new(&user, creator.as_ref(), &urls))
        }
        Err(_) => reply::json(StatusCode::OK, &entity::users::Public::new(&user, &urls)),
    })
}

pub async fn create(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let new = new_user(&attributes(&call, api.version)?, api.version)?;
    let user = api.accounts.create_user(&admin, new).await?;
    let creator = creator(&api, &admin, &user)?;
    Ok(api.version.changed_user(&api, &call, StatusCode::CREATED, &user, creator.as_ref()))
}

pub async fn update(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let user = existing(&api, &admin, &id)?;
    let mut change = change(&attributes(&call, api.version)?, api.version)?;
    // What stands in for a name that was never given comes back with the whole object, and is none.
    let name = change.profile.name.as_ref().map(SingleLineText::as_str);
    if user.name.is_empty() && name == Some(user.username.as_str()) {
        change.profile.name = None;
    }
    let user = api.accounts.update_user(&admin, user.id, change).await?;
    let creator = creator(&api, &admin, &user)?;
    Ok(api.version.changed_user(&api, &call, StatusCode::OK, &user, creator.as_ref()))
}

/// `hard_delete` makes no difference: there are no contributions that could stay behind.
pub async fn remove(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let Ok(id) = user_id(&id) else { return Err(Failure::AlreadyDeleted) };
    match api.accounts.delete_user(&admin, id).await {
        Ok(user) => Ok(api.version.user_deleted(&user)),
        Err(Error::NotFound) => Err(Failure::AlreadyDeleted),
        Err(other) => Err(other.into()),
    }
}

/// v3. Not in the documents of 2013; later versions of v3 have it, and their clients call it. The answer is `true`.
pub async fn block(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    set_state(api, call, id, State::Blocked).await
}

pub async fn unblock(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    set_state(api, call, id, State::Active).await
}

async fn set_state(api: Api, call: Call, id: Segment, state: State) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let change = UserChange { state: Some(state), ..UserChange::default() };
    api.accounts.update_user(&admin, user_id(&id)?, change).await?;
    Ok(reply::json(StatusCode::OK, &true))
}

/// v4: who the user is at one service is forgotten.
pub async fn remove_identity(api: Api, call: Call, id: Segment, provider: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let user = existing(&api, &admin, &id)?;
    let removed = api.accounts.remove_identity(&admin, user.id, provider.into_string()).await;
    removed.map_err(Failure::missing("Identity"))?;
    Ok(reply::no_content())
}

/// What is not a number is no user's id.
pub(super) fn user_id(segment: &Segment) -> Result<UserId, Failure> {
    segment.as_str().parse().map_err(|_| Failure::Missing("User"))
}

/// The user that an administrator names by id.
pub(super) fn existing(api: &Api, admin: &Admin, id: &Segment) -> Result<User, Failure> {
    api.accounts.user(&admin.reader(), user_id(id)?).map_err(Failure::missing("User"))
}

/// Who made the account, if it was another user.
pub(super) fn creator(api: &Api, admin: &Admin, user: &User) -> Result<Option<User>, Failure> {
    let Some(id) = user.created_by else { return Ok(None) };
    Ok(Some(api.accounts.user(&admin.reader(), id)?))
}

fn new_user(body: &Fields, version: Version) -> Result<CreateUser, Failure> {
    // In the order of the document, which the answers name them in.
    let mut required = Required::of(body, version);
    let email = required.text("email")?;
    let no_password = version == Version::V4
        && (flag(body, "reset_password", version)? || flag(body, "force_random_password", version)?);
    let password = if no_password { None } else { Some(required.text("password")?) };
    let username = required.text("username")?;
    let name = required.text("name")?;
    required.all_there()?;
    let mut invalid = Invalid::default();
    let email = invalid.keep(Field::Email, EmailAddress::parse(&email));
    let password = password.and_then(|text| invalid.keep(Field::Password, Password::parse(&text)));
    let username = invalid.keep(Field::Username, Username::parse(&username));
    let name = invalid.keep(Field::Name, SingleLineText::required(&name));
    let mut attributes = changes(body, version, &mut invalid)?;
    attributes.profile.name = name;
    // v3's administrators vouch for an address, v4's say whether they do.
    let verified = version == Version::V3 || flag(body, "skip_confirmation", version)?;
    invalid.into_result()?;
    match (username, email) {
        (Some(username), Some(email)) => {
            Ok(CreateUser { username, email, verified, confirmed_at: None, password, attributes })
        }
        _ => Err(Error::Internal.into()),
    }
}

fn change(body: &Fields, version: Version) -> Result<UserChange, Failure> {
    let mut invalid = Invalid::default();
    let mut change = changes(body, version, &mut invalid)?;
    change.email = optional(body, "email", Field::Email, EmailAddress::parse, &mut invalid)?;
    change.username = optional(body, "username", Field::Username, Username::parse, &mut invalid)?;
    change.profile.name = optional(body, "name", Field::Name, SingleLineText::required, &mut invalid)?;
    change.password = optional(body, "password", Field::Password, Password::parse, &mut invalid)?;
    invalid.into_result()?;
    Ok(change)
}

/// What may be left out when a user is made, too.
fn changes(body: &Fields, version: Version, invalid: &mut Invalid) -> Result<UserChange, Failure> {
    let mut change = UserChange {
        admin: boolean(body, "admin", version)?,
        bio: clearable(body, "bio", Field::Bio, optional_text, invalid)?,
        skype: clearable(body, "skype", Field::Skype, SingleLineText::parse, invalid)?,
        linkedin: clearable(body, "linkedin", Field::Linkedin, SingleLineText::parse, invalid)?,
        twitter: clearable(body, "twitter", Field::Twitter, SingleLineText::parse, invalid)?,
        can_create_group: boolean(body, "can_create_group", version)?,
        projects_limit: limit(body, invalid)?,
        profile: ProfileChange {
            profile_url: clearable(body, "website_url", Field::ProfileUrl, WebUrl::parse, invalid)?,
            ..ProfileChange::default()
        },
        ..UserChange::default()
    };
    version.identity(&mut change, identity(body)?, invalid)?;
    match version {
        Version::V3 => Ok(change),
        Version::V4 => later_changes(body, version, change, invalid),
    }
}

/// What came with v4.
fn later_changes(
    body: &Fields,
    version: Version,
    change: UserChange,
    invalid: &mut Invalid,
) -> Result<UserChange, Failure> {
    let address = |text: &str| match text {
        "" => Ok(None),
        text => EmailAddress::parse(text).map(Some),
    };
    Ok(UserChange {
        public_email: clearable(body, "public_email", Field::PublicEmail, address, invalid)?,
        discord: clearable(body, "discord", Field::Discord, SingleLineText::parse, invalid)?,
        pronouns: clearable(body, "pronouns", Field::Pronouns, optional_text, invalid)?,
        note: clearable(body, "note", Field::Note, optional_text, invalid)?,
        external: boolean(body, "external", version)?,
        private_profile: boolean(body, "private_profile", version)?,
        theme_id: look(body, "theme_id", Field::ThemeId, invalid)?,
        color_scheme_id: look(body, "color_scheme_id", Field::ColorSchemeId, invalid)?,
        profile: ProfileChange {
            location: clearable(body, "location", Field::Location, SingleLineText::parse, invalid)?,
            company: clearable(body, "organization", Field::Company, SingleLineText::parse, invalid)?,
            ..change.profile
        },
        ..change
    })
}

/// A text that may be nothing.
fn optional_text(text: &str) -> Result<Option<SingleLineText>, Problem> {
    SingleLineText::parse(text).map(|line| Some(line).filter(|line| !line.is_empty()))
}
