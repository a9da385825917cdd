//! v4's `GET /users`: `doc/api/users.md`, 17.9, "List users".

use super::super::error::Failure;
use super::super::fields::{boolean, flag, parameter, time, user_id};
use super::super::{Api, Gitlab};
use super::V4;
use super::entities::{self, View};
use crate::accounts::access::{Admin, ReadUsers, Viewer};
use crate::accounts::{Cursor, Order, Search, UserQuery};
use crate::domain::{CustomAttribute, User, UserId};
use crate::http::input::{FieldError, FieldErrorKind, Fields};
use crate::http::paging::{Page, keyset_link};
use crate::http::{Request, check_room, reply};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use std::collections::HashMap;
use warp::reply::Response;

/// The most filters of a request by custom attributes.
const MAX_ATTRIBUTES: usize = 10;

pub async fn list(api: Api<V4>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let query = request.query();
    let page = Page::parse(query)?;
    let filter = filter(query, &viewer, page.per_page)?;
    let slot = api.app.list_slot(&request, viewer.account()).await?;
    if filter.username.is_none() {
        check_room(&request)?;
    }
    let (users, headers) = match parameter(query, "pagination")?.as_deref() {
        Some("keyset") => by_keyset(&api, &request, &viewer, filter).await?,
        Some(_) | None => {
            let list = api.app.accounts.users(&viewer, filter, page.offset()).await?;
            (list.users, api.page_headers(&request, page, list.total))
        }
    };
    drop(slot);
    let (base_url, trust) = (api.app.base_url(&request), api.app.accounts.email_trust());
    let (view, creators) = match &viewer {
        Viewer::Admin(admin) => (View::Listed, creators(&api, admin, &users)?),
        Viewer::User(_) | Viewer::Public(_) => (View::Basic, HashMap::new()),
    };
    let attributes = attributes(&api, query, &viewer, &users)?;
    let body = users.iter().map(|user| {
        let creator = user.created_by.and_then(|id| creators.get(&id));
        let custom_attributes = attributes.get(&user.id).map(Vec::as_slice);
        entities::User { view, user, creator, base_url: &base_url, trust, custom_attributes }
    });
    let body: Vec<_> = body.collect();
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

/// The users of one page, and the headers that link to other pages.
type UserPage = (Vec<User>, Vec<(HeaderName, HeaderValue)>);

/// `doc/api/rest/_index.md`, 17.9, "Keyset-based pagination": `Link` to the next page is the only header.
async fn by_keyset(
    api: &Gitlab<V4>,
    request: &Request,
    viewer: &Viewer,
    filter: UserQuery,
) -> Result<UserPage, Failure> {
    let (limit, order) = (filter.limit, filter.order);
    let cursor = cursor(request.query(), order)?;
    // One more row shows whether there is another page.
    let filter = UserQuery { limit: limit + 1, ..filter };
    let mut users = api.app.accounts.users_after(viewer, filter, cursor).await?;
    let has_more = users.len() as u64 > limit;
    users.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let last = users.last().filter(|_| has_more);
    let link = last.and_then(|last| {
        keyset_link(&encode(&order.cursor(last)), &api.app.base_url(request), request.path(), request.raw_query())
    });
    Ok((users, link.into_iter().collect()))
}

/// The position that `cursor` holds, which links contain, or `id_after`, which the documentation describes.
fn cursor(query: &Fields, order: Order) -> Result<Option<Cursor>, Failure> {
    if let Some(text) = parameter(query, "cursor")? {
        let error = FieldError { field: "cursor", kind: FieldErrorKind::NotText };
        return decode(&text).map(Some).ok_or(error.into());
    }
    if parameter(query, "id_after")?.is_none() || order != Order::Id {
        return Ok(None);
    }
    Ok(user_id(query, "id_after")?.map(|id| Cursor { key: String::new(), id }))
}

fn encode(cursor: &Cursor) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", cursor.id, cursor.key))
}

fn decode(text: &str) -> Option<Cursor> {
    let decoded = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (id, key) = decoded.split_once(' ')?;
    Some(Cursor { key: key.to_owned(), id: id.parse().ok()? })
}

fn filter(query: &Fields, viewer: &Viewer, limit: u64) -> Result<UserQuery, Failure> {
    let search = parameter(query, "search")?;
    let external = match (flag::<V4>(query, "external")?, flag::<V4>(query, "exclude_external")?) {
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
    let (humans, others) = (flag::<V4>(query, "humans")?, flag::<V4>(query, "exclude_humans")?);
    let service_accounts = (humans || others).then_some(others);
    // There are no other bots here, and no user has projects.
    let empty = humans && others;
    for without_effect in ["exclude_internal", "without_project_bots"] {
        boolean::<V4>(query, without_effect)?;
    }
    let filter = UserQuery {
        username: parameter(query, "username")?,
        public_email: parameter(query, "public_email")?,
        identity,
        active: flag::<V4>(query, "active")?,
        inactive: flag::<V4>(query, "exclude_active")?,
        blocked: flag::<V4>(query, "blocked")?,
        external,
        service_accounts,
        empty,
        descending: true,
        limit,
        ..UserQuery::default()
    };
    match viewer {
        Viewer::Admin(_) => Ok(UserQuery {
            search: search.map(Search::NamesOrAddress),
            admins: flag::<V4>(query, "admins")?,
            custom_attributes: attribute_filter(query)?,
            created_after: time(query, "created_after")?,
            created_before: time(query, "created_before")?,
            empty: empty || parameter(query, "two_factor")?.as_deref() == Some("enabled"),
            order: order.0,
            descending: order.1,
            ..filter
        }),
        Viewer::User(_) | Viewer::Public(_) => {
            // GitLab ignores `order_by` and `sort` from users who are not administrators, except with keyset
            // pagination.
            let keyset = parameter(query, "pagination")?.as_deref() == Some("keyset");
            let (order, descending) = if keyset { order } else { (Order::Id, true) };
            Ok(UserQuery { search: search.map(Search::NamesOrPublicAddress), order, descending, ..filter })
        }
    }
}

/// The column, and whether the order is descending.
fn order(query: &Fields) -> Result<(Order, bool), Failure> {
    let order = match parameter(query, "order_by")?.as_deref() {
        None | Some("id") => Order::Id,
        Some("name") => Order::Name,
        Some("username") => Order::Username,
        Some("created_at") => Order::CreatedAt,
        Some("updated_at") => Order::UpdatedAt,
        Some(_) => return Err(Failure::InvalidValue("order_by")),
    };
    let descending = match parameter(query, "sort")?.as_deref() {
        None | Some("desc") => true,
        Some("asc") => false,
        Some(_) => return Err(Failure::InvalidValue("sort")),
    };
    Ok((order, descending))
}

/// `custom_attributes[key]=value`: all of them must match. GitLab ignores them from users who are not administrators.
fn attribute_filter(query: &Fields) -> Result<Vec<(String, String)>, Failure> {
    let attributes = query.text_map("custom_attributes")?;
    if attributes.len() > MAX_ATTRIBUTES { Err(Failure::InvalidValue("custom_attributes")) } else { Ok(attributes) }
}

/// The attributes of each user of the page, for an administrator who asks for them.
fn attributes(
    api: &Gitlab<V4>,
    query: &Fields,
    viewer: &Viewer,
    users: &[User],
) -> Result<HashMap<UserId, Vec<CustomAttribute>>, Failure> {
    let wanted = flag::<V4>(query, "with_custom_attributes")?;
    let Viewer::Admin(admin) = viewer else { return Ok(HashMap::new()) };
    let users = users.iter().filter(|_| wanted).map(|user| user.id);
    let attributes = users.map(|user| Ok((user, api.app.accounts.custom_attributes(admin, user)?)));
    attributes.collect()
}

/// The creators of the accounts of one page, which are only a few administrators.
fn creators(api: &Gitlab<V4>, admin: &Admin, users: &[User]) -> Result<HashMap<UserId, User>, Failure> {
    let mut creators = HashMap::new();
    for user in users {
        if user.created_by.is_none_or(|id| creators.contains_key(&id)) {
            continue;
        }
        if let Some(creator) = api.app.accounts.creator_of(admin, user)? {
            creators.insert(creator.id, creator);
        }
    }
    Ok(creators)
}
