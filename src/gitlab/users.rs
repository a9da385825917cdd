//! `/user` and one of `/users`; the list is in [`super::user_list`].

use super::Api;
use super::fields::{Required, attributes, boolean, clearable, flag, identity, limit, look, optional};
use super::version::Version;
use super::{entity, error::Failure, signin};
use crate::accounts::access::{admin, reader, viewer};
use crate::accounts::{
    Admin, CreateUser, Error, Moderated, ProfileChange, Refused, UpdateUser, UserAttributes, Viewer,
};
use crate::domain::{
    EmailAddress, Field, Invalid, ModerationAction, Password, Problem, Scope, SingleLineText, State, User, UserId,
    Username, WebUrl,
};
use crate::http::fields::Fields;
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn current(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let reader = reader(&actor)?;
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    api.version.current_user(&api, &call, &reader, signed_in)
}

pub async fn show(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let viewer = viewer(Some(&actor))?;
    let user = api.accounts.user(&viewer, user_id(&id)?).map_err(Failure::missing("User"))?;
    if api.version == Version::V3 {
        return Ok(reply::json(StatusCode::OK, &entity::User::new(&user)));
    }
    let urls = entity::users::Urls::new(api.base_url(&call));
    Ok(match viewer {
        Viewer::Admin(admin) => {
            let creator = api.accounts.creator_of(&admin, &user)?;
            reply::json(StatusCode::OK, &entity::users::Single::new(&user, creator.as_ref(), &urls))
        }
        Viewer::User(_) | Viewer::Public(_) => reply::json(StatusCode::OK, &entity::users::Public::new(&user, &urls)),
    })
}

pub async fn create(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let new = new_user(&attributes(&call, api.version)?, api.version)?;
    let user = api.accounts.create_user(&admin, new).await?;
    Ok(api.version.changed_user(&api, &call, StatusCode::CREATED, &user, admin.user()))
}

pub async fn update(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let user = existing(&api, &admin, &id)?;
    let mut change = change(&attributes(&call, api.version)?, api.version)?;
    // What stands in for a name that was never given comes back with the whole object, and is none.
    let name = change.attributes.profile.name.as_ref().map(SingleLineText::as_str);
    if user.name.is_empty() && name == Some(user.username.as_str()) {
        change.attributes.profile.name = None;
    }
    let user = api.accounts.update_user(&admin, user.id, change).await?;
    let creator = api.accounts.creator_of(&admin, &user)?;
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
    moderate(api, call, id, ModerationAction::Block).await
}

pub async fn unblock(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Unblock).await
}

async fn moderate(api: Api, call: Call, id: Segment, action: ModerationAction) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    match api.accounts.moderate(&admin, user_id(&id)?, action).await? {
        Moderated::Done | Moderated::Already | Moderated::NoOp(State::Active) => {}
        Moderated::NoOp(state) => return Err(Failure::Moderation(action, Refused::State(state))),
        Moderated::Refused(refused) => return Err(Failure::Moderation(action, refused)),
    }
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
    api.accounts.user(admin, user_id(id)?).map_err(Failure::missing("User"))
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
    attributes.password = password;
    attributes.profile.name = name;
    // v3's administrators vouch for an address, v4's say whether they do.
    let verified = version == Version::V3 || flag(body, "skip_confirmation", version)?;
    invalid.into_result()?;
    match (username, email) {
        (Some(username), Some(email)) => Ok(CreateUser { username, email, verified, attributes }),
        _ => Err(Error::Internal.into()),
    }
}

fn change(body: &Fields, version: Version) -> Result<UpdateUser, Failure> {
    let mut invalid = Invalid::default();
    let mut attributes = changes(body, version, &mut invalid)?;
    let email = optional(body, "email", Field::Email, EmailAddress::parse, &mut invalid)?;
    let username = optional(body, "username", Field::Username, Username::parse, &mut invalid)?;
    attributes.profile.name = optional(body, "name", Field::Name, SingleLineText::required, &mut invalid)?;
    attributes.password = optional(body, "password", Field::Password, Password::parse, &mut invalid)?;
    invalid.into_result()?;
    Ok(UpdateUser { username, email, attributes })
}

/// What may be left out when a user is made, too.
fn changes(body: &Fields, version: Version, invalid: &mut Invalid) -> Result<UserAttributes, Failure> {
    let mut change = UserAttributes {
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
        ..UserAttributes::default()
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
    change: UserAttributes,
    invalid: &mut Invalid,
) -> Result<UserAttributes, Failure> {
    let address = |text: &str| match text {
        "" => Ok(None),
        text => EmailAddress::parse(text).map(Some),
    };
    Ok(UserAttributes {
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
