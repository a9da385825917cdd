//! v3's `GET /users`.

use super::super::Api;
use super::super::error::Failure;
use super::super::fields::{flag, parameter};
use super::{V3, entities};
use crate::accounts::access::{ReadUsers, Reader};
use crate::accounts::{Search, UserQuery};
use crate::http::paging::Page;
use crate::http::{Request, check_room, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list(api: Api<V3>, request: Request, reader: Reader) -> Result<Response, Failure> {
    let query = request.query();
    let page = Page::parse(query)?;
    let filter = UserQuery {
        search: parameter(query, "search")?.map(Search::Within),
        username: parameter(query, "username")?,
        active: flag::<V3>(query, "active")?,
        blocked: flag::<V3>(query, "blocked")?,
        limit: page.per_page,
        ..UserQuery::default()
    };
    let _slot = api.app.list_slot(&request, reader.account()).await?;
    if filter.username.is_none() {
        check_room(&request)?;
    }
    let list = api.app.accounts.users(&reader, filter, page.offset()).await?;
    let trust = api.app.accounts.email_trust();
    let body: Vec<_> = list.users.iter().map(|user| entities::User::Any(user, trust)).collect();
    let headers = api.page_headers(&request, page, list.total);
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}
