//! `GET /users`.

use super::error::Failure;
use super::fields::{boolean, flag, moment, parameter};
use super::version::Version;
use super::{Api, entity, signin};
use crate::accounts::access::{reader, viewer};
use crate::accounts::{Cursor, Error, Order, Search, UserQuery, Viewer};
use crate::domain::{User, UserId};
use crate::http::fields::{FieldError, FieldErrorKind, Fields};
use crate::http::paging::{Page, keyset_link};
use crate::http::{Call, reply};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use std::collections::HashMap;
use warp::reply::Response;

/// v3's.
pub async fn v3(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let reader = reader(&actor)?;
    let query = call.query();
    let page = Page::parse(&query)?;
    let filter = UserQuery {
        search: parameter(&query, "search")?.map(Search::Within),
        username: parameter(&query, "username")?,
        active: flag(&query, "active", api.version)?,
        blocked: flag(&query, "blocked", api.version)?,
        limit: page.per_page,
        ..UserQuery::default()
    };
    let found = api.accounts.users(&reader, filter, page.offset()).await?;
    let body: Vec<_> = found.users.iter().map(entity::User::new).collect();
    let headers = page.headers(found.total, &api.base_url(&call), call.path(), call.raw_query());
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

/// v4's: `doc/api/users.md`, 17.9, "List users". Without a credential only for one user name.
pub async fn v4(api: Api, call: Call) -> Result<Response, Failure> {
    let viewer = viewer(signin::anyone(&api, &call).await?.as_ref())?;
    let query = call.query();
    let page = Page::parse(&query)?;
    let filter = filter(&query, &viewer, page.per_page)?;
    let (users, headers) = match parameter(&query, "pagination")?.as_deref() {
        Some("keyset") => by_key(&api, &call, &viewer, filter).await?,
        Some(_) | None => by_number(&api, &call, &viewer, filter, page).await?,
    };
    let urls = entity::users::Urls::new(api.base_url(&call));
    let response = match viewer {
        Viewer::Admin(_) => {
            let creators = creators(&api, &viewer, &users)?;
            let creator = |user: &User| user.created_by.and_then(|id| creators.get(&id));
            let body: Vec<_> =
                users.iter().map(|user| entity::users::Listed::new(user, creator(user), &urls)).collect();
            reply::json(StatusCode::OK, &body)
        }
        Viewer::User(_) | Viewer::Public(_) => {
            let body: Vec<_> = users.iter().map(|user| entity::users::Basic::new(user, &urls)).collect();
            reply::json(StatusCode::OK, &body)
        }
    };
    Ok(reply::with_headers(response, headers))
}

type Found = (Vec<User>, Vec<(HeaderName, HeaderValue)>);

async fn by_number(api: &Api, call: &Call, viewer: &Viewer, filter: UserQuery, page: Page) -> Result<Found, Failure> {
    let found = api.accounts.users(viewer, filter, page.offset()).await?;
    let headers = page.headers(found.total, &api.base_url(call), call.path(), call.raw_query());
    Ok((found.users, headers))
}

/// `doc/api/rest/_index.md`, 17.9, "Keyset-based pagination": `Link` to the next page, and no other header.
async fn by_key(api: &Api, call: &Call, viewer: &Viewer, filter: UserQuery) -> Result<Found, Failure> {
    let (limit, order) = (filter.limit, filter.order);
    let cursor = cursor(&call.query(), order)?;
    // One more tells whether there is another page.
    let filter = UserQuery { limit: limit + 1, ..filter };
    let mut users = api.accounts.users_after(viewer, filter, cursor).await?;
    let more = users.len() as u64 > limit;
    users.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let last = users.last().filter(|_| more);
    let link = last
        .and_then(|last| keyset_link(&encode(&order.cursor(last)), &api.base_url(call), call.path(), call.raw_query()));
    Ok((users, link.into_iter().collect()))
}

/// `cursor` as a link has it, or `id_after` as the page describes it.
fn cursor(query: &Fields, order: Order) -> Result<Option<Cursor>, Failure> {
    if let Some(text) = parameter(query, "cursor")? {
        let wrong = FieldError { field: "cursor", kind: FieldErrorKind::NotText };
        return decode(&text).map(Some).ok_or(wrong.into());
    }
    match parameter(query, "id_after")? {
        Some(text) if order == Order::Id => {
            let wrong = FieldError { field: "id_after", kind: FieldErrorKind::NotInteger };
            let id = text.parse::<UserId>().map_err(|_| wrong)?;
            Ok(Some(Cursor { key: String::new(), id }))
        }
        Some(_) | None => Ok(None),
    }
}

fn encode(cursor: &Cursor) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", cursor.id, cursor.key))
}

fn decode(text: &str) -> Option<Cursor> {
    let decoded = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (id, key) = decoded.split_once(' ')?;
    Some(Cursor { key: key.to_owned(), id: id.parse().ok()? })
}

/// Some filters are only for administrators.
fn filter(query: &Fields, viewer: &Viewer, limit: u64) -> Result<UserQuery, Failure> {
    let search = parameter(query, "search")?;
    let external = match (flag(query, "external", Version::V4)?, flag(query, "exclude_external", Version::V4)?) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    };
    let identity = match (parameter(query, "provider")?, parameter(query, "extern_uid")?) {
        (Some(provider), Some(uid)) => Some((provider, uid)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(Failure::AllOrNone("extern_uid, provider")),
    };
    let order = order(query)?;
    // Nobody here is a bot, and everybody is without projects.
    let empty = flag(query, "exclude_humans", Version::V4)?;
    boolean(query, "humans", Version::V4)?;
    boolean(query, "exclude_internal", Version::V4)?;
    boolean(query, "without_project_bots", Version::V4)?;
    let filter = UserQuery {
        username: parameter(query, "username")?,
        public_email: parameter(query, "public_email")?,
        identity,
        active: flag(query, "active", Version::V4)?,
        inactive: flag(query, "exclude_active", Version::V4)?,
        blocked: flag(query, "blocked", Version::V4)?,
        external,
        empty,
        descending: true,
        limit,
        ..UserQuery::default()
    };
    if !matches!(viewer, Viewer::Admin(_)) {
        // GitLab leaves these out silently, unless nobody in particular asks page by page.
        let keyset = parameter(query, "pagination")?.as_deref() == Some("keyset");
        let (order, descending) = if keyset { order } else { (Order::Id, true) };
        return Ok(UserQuery { search: search.map(Search::NamesOrPublicAddress), order, descending, ..filter });
    }
    Ok(UserQuery {
        search: search.map(Search::NamesOrAddress),
        admins: flag(query, "admins", Version::V4)?,
        created_after: moment(query, "created_after")?,
        created_before: moment(query, "created_before")?,
        empty: empty || parameter(query, "two_factor")?.as_deref() == Some("enabled"),
        order: order.0,
        descending: order.1,
        ..filter
    })
}

/// By what, and whether downward.
fn order(query: &Fields) -> Result<(Order, bool), Failure> {
    let order = match parameter(query, "order_by")?.as_deref() {
        None | Some("id") => Order::Id,
        Some("name") => Order::Name,
        Some("username") => Order::Username,
        Some("created_at") => Order::CreatedAt,
        Some("updated_at") => Order::UpdatedAt,
        Some(_) => return Err(Failure::NotAValue("order_by")),
    };
    let descending = match parameter(query, "sort")?.as_deref() {
        None | Some("desc") => true,
        Some("asc") => false,
        Some(_) => return Err(Failure::NotAValue("sort")),
    };
    Ok((order, descending))
}

/// Who made the accounts of one page: a handful of administrators.
fn creators(api: &Api, viewer: &Viewer, users: &[User]) -> Result<HashMap<UserId, User>, Failure> {
    let mut creators = HashMap::new();
    for id in users.iter().filter_map(|user| user.created_by) {
        if creators.contains_key(&id) {
            continue;
        }
        match api.accounts.user(viewer, id) {
            Ok(user) => drop(creators.insert(id, user)),
            Err(Error::NotFound) => {} // deleted meanwhile
            Err(other) => return Err(other.into()),
        }
    }
    Ok(creators)
}
