//! v4's personal access tokens: `doc/api/personal_access_tokens.md` and `doc/api/user_tokens.md`, 18.1.

use super::error::Failure;
use super::fields::{Required, attributes, boolean, expiry, moment, optional, parameter};
use super::users::existing;
use super::version::Version;
use super::{Api, entity, signin};
use crate::accounts::access::{admin, can_delegate, current_token, oneself, tokens};
use crate::accounts::{AccountAccess, Credential, Error, NewPersonalToken, TokenAccess, TokenOrder, TokenQuery};
use crate::domain::{
    Field, Invalid, Problem, Scope, Scopes, SingleLineText, TokenId, TokenKind, TokenPrefix, TokenRecord, UserId,
};
use crate::http::fields::{FieldError, FieldErrorKind, Fields};
use crate::http::paging::Page;
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use warp::reply::Response;

/// How long a rotated token lives if it is not said.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub async fn list(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let access = tokens(&actor, Scope::ReadApi)?;
    let query = query(&call.query(), TokenKind::Personal)?;
    // "If a non-administrator uses the `user_id` attribute to filter for other users": 401.
    if access.user().is_some_and(|own| query.user.is_some_and(|wanted| wanted != own)) {
        return Err(Error::Unauthenticated.into());
    }
    answer_list(&api, &call, &access, query).await
}

pub async fn show(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let record = if is_self(&id) {
        let (access, id) = current_token(&actor)?;
        api.accounts.token(&TokenAccess::from(&access), id)?
    } else {
        let access = tokens(&actor, Scope::ReadApi)?;
        personal(&api, &access, &id)?
    };
    Ok(reply::json(StatusCode::OK, &entity::keys::Token::new(&record, None)))
}

pub async fn revoke(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let (access, id) = if is_self(&id) {
        current_token(&actor)?
    } else {
        let all = tokens(&actor, Scope::Api)?;
        let record = personal(&api, &all, &id)?;
        let own = oneself(&actor, Scope::Api)?;
        let access =
            if own.user() == record.user_id { own } else { admin(&actor, Scope::Api)?.access_to(record.user_id) };
        (access, record.id)
    };
    match api.accounts.revoke_token(&access, id).await {
        // It has ended already, which is what was wanted.
        Ok(_) | Err(Error::NotFound) => Ok(reply::no_content()),
        Err(other) => Err(other.into()),
    }
}

/// Answers 200: "If successful, returns `200: OK`".
pub async fn rotate(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = match signin::actor(&api, &call).await {
        Err(Failure::Accounts(Error::Unauthenticated)) => return Err(reused(&api, &call).await?),
        other => other?,
    };
    let (access, record) = if is_self(&id) {
        let (own, id) = current_token(&actor)?;
        oneself(&actor, Scope::Api)?;
        let access = TokenAccess::from(&own);
        let record = api.accounts.token(&access, id)?;
        (access, record)
    } else {
        let access = tokens(&actor, Scope::Api)?;
        let record = personal(&api, &access, &id)?;
        (access, record)
    };
    if matches!(record.kind, TokenKind::Session | TokenKind::Oauth) {
        return Err(Failure::NotRotatable);
    }
    let mut invalid = Invalid::default();
    let expires_at = expiry(&attributes(&call, api.version)?, api.version, &mut invalid)?;
    invalid.into_result()?;
    let expires_at = expires_at.unwrap_or_else(a_week_from_now);
    let (record, secret) = api.accounts.rotate_token(&access, record.id, Some(expires_at)).await?;
    Ok(reply::json(StatusCode::OK, &entity::keys::Token::new(&record, Some(&secret))))
}

pub async fn create_own(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let access = oneself(&actor, Scope::Api)?;
    let new = new_token(&attributes(&call, api.version)?, &api, TokenKind::Personal)?;
    can_delegate(&actor, new.scopes)?;
    answer_created(&api, &access, new).await
}

pub async fn create(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let user = existing(&api, &admin, &user)?;
    let new = new_token(&attributes(&call, api.version)?, &api, TokenKind::Personal)?;
    answer_created(&api, &admin.access_to(user.id), new).await
}

pub(super) async fn answer_created(
    api: &Api,
    access: &AccountAccess,
    new: NewPersonalToken,
) -> Result<Response, Failure> {
    let (record, secret) = api.accounts.create_token(access, new).await?;
    Ok(reply::json(StatusCode::CREATED, &entity::keys::Token::new(&record, Some(&secret))))
}

pub(super) async fn answer_list(
    api: &Api,
    call: &Call,
    access: &TokenAccess,
    query: TokenQuery,
) -> Result<Response, Failure> {
    let page = Page::parse(&call.query())?;
    let query = TokenQuery { offset: page.offset(), limit: page.per_page, ..query };
    let found = api.accounts.token_list(access, query).await?;
    let body: Vec<_> = found.tokens.iter().map(|record| entity::keys::Token::new(record, None)).collect();
    let headers = page.headers(found.total, &api.base_url(call), call.path(), call.raw_query());
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

pub(super) fn new_token(body: &Fields, api: &Api, kind: TokenKind) -> Result<NewPersonalToken, Failure> {
    let mut required = Required::of(body, api.version);
    let name = required.text("name")?;
    let scopes = required.texts("scopes")?;
    required.all_there()?;
    let mut invalid = Invalid::default();
    let name = invalid.keep(Field::TokenName, SingleLineText::required(&name));
    let description = optional(body, "description", Field::Description, SingleLineText::parse, &mut invalid)?;
    let expires_at = expiry(body, api.version, &mut invalid)?;
    let scopes = Scopes::parse(scopes.iter().map(String::as_str)).map_err(|_: Problem| Failure::NotAValue("scopes"))?;
    invalid.into_result()?;
    let description = description.unwrap_or_default();
    let name = name.ok_or(Error::Internal)?;
    Ok(NewPersonalToken { kind, prefix: TokenPrefix::Gitlab, name, description, scopes, expires_at })
}

/// The filters of a list of tokens.
pub(super) fn query(query: &Fields, kind: TokenKind) -> Result<TokenQuery, Failure> {
    let user = match parameter(query, "user_id")? {
        None => None,
        Some(text) => {
            let wrong = FieldError { field: "user_id", kind: FieldErrorKind::NotInteger };
            Some(text.parse::<UserId>().map_err(|_| wrong)?)
        }
    };
    let active = match parameter(query, "state")?.as_deref() {
        None | Some("all") => None,
        Some("active") => Some(true),
        Some("inactive") => Some(false),
        Some(_) => return Err(Failure::NotAValue("state")),
    };
    let (order, descending) = match parameter(query, "sort")?.as_deref() {
        None => (TokenOrder::Id, false),
        Some("created_asc") => (TokenOrder::Created, false),
        Some("created_desc") => (TokenOrder::Created, true),
        Some("expires_asc") => (TokenOrder::Expires, false),
        Some("expires_desc") => (TokenOrder::Expires, true),
        Some("last_used_asc") => (TokenOrder::LastUsed, false),
        Some("last_used_desc") => (TokenOrder::LastUsed, true),
        Some("name_asc") => (TokenOrder::Name, false),
        Some("name_desc") => (TokenOrder::Name, true),
        Some(_) => return Err(Failure::NotAValue("sort")),
    };
    Ok(TokenQuery {
        kind,
        user,
        search: parameter(query, "search")?,
        revoked: boolean(query, "revoked", Version::V4)?,
        active,
        now: Timestamp::now(),
        created_after: moment(query, "created_after")?,
        created_before: moment(query, "created_before")?,
        last_used_after: moment(query, "last_used_after")?,
        last_used_before: moment(query, "last_used_before")?,
        expires_after: moment(query, "expires_after")?,
        expires_before: moment(query, "expires_before")?,
        order,
        descending,
        offset: 0,
        limit: 0,
    })
}

/// "401: Unauthorized" where the token is not there or not the caller's, but 404 for administrators.
fn personal(api: &Api, access: &TokenAccess, id: &Segment) -> Result<TokenRecord, Failure> {
    let found = token_id(id).and_then(|id| api.accounts.token(access, id));
    match found {
        Ok(record) if record.kind == TokenKind::Personal => Ok(record),
        Ok(_) | Err(Error::NotFound) if access.user().is_some() => Err(Error::Unauthenticated.into()),
        Ok(_) => Err(Error::NotFound.into()),
        Err(other) => Err(other.into()),
    }
}

/// A request to rotate came with a token that is not good any more: its family ends, if it had been rotated itself.
async fn reused(api: &Api, call: &Call) -> Result<Failure, Failure> {
    if let Some(Credential::Token(token)) = signin::credential(api, call)? {
        api.accounts.presented_for_rotation(&token.hash()).await?;
    }
    Ok(Error::Unauthenticated.into())
}

fn is_self(id: &Segment) -> bool {
    id.as_str() == "self"
}

pub(super) fn token_id(segment: &Segment) -> Result<TokenId, Error> {
    segment.as_str().parse().map_err(|_| Error::NotFound)
}

/// The first moment of a day, since a token ends with its day.
fn a_week_from_now() -> Timestamp {
    let day = (Timestamp::now() + WEEK).to_zoned(TimeZone::UTC).date();
    day.to_zoned(TimeZone::UTC).map_or_else(|_| Timestamp::now() + WEEK, |start| start.timestamp())
}
