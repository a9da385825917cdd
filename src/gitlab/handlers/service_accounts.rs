//! v4's `/service_accounts`: `doc/api/user_service_accounts.md`, 17.9.

use super::super::Api;
use super::super::error::Failure;
use super::super::fields::{AttributeReader, parameter};
use super::super::v4::V4;
use super::super::version::Version;
use crate::accounts::access::ReadUsers;
use crate::accounts::{Admin, NewServiceAccount, Order, UserQuery};
use crate::domain::{EmailAddress, Field, SingleLineText, User, Username};
use crate::http::paging::Page;
use crate::http::{Request, check_room, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

pub async fn create(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let attributes = V4::attributes(&request);
    let mut reader = AttributeReader::<V4>::new(&attributes);
    let name = reader.optional(Field::Name, SingleLineText::required)?;
    let username = reader.optional(Field::Username, Username::parse)?;
    let email = reader.optional(Field::Email, EmailAddress::parse)?;
    reader.finish(Some(()))?;
    let new = NewServiceAccount { name, username, email };
    let user = api.app.accounts.create_service_account(&admin, new).await?;
    Ok(reply::json(StatusCode::CREATED, &entity(&user)))
}

pub async fn list(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let query = request.query();
    let page = Page::parse(query)?;
    let order = match parameter(query, "order_by")?.as_deref() {
        None | Some("id") => Order::Id,
        Some("username") => Order::Username,
        Some(_) => return Err(Failure::InvalidValue("order_by")),
    };
    let descending = match parameter(query, "sort")?.as_deref() {
        None | Some("desc") => true,
        Some("asc") => false,
        Some(_) => return Err(Failure::InvalidValue("sort")),
    };
    let _slot = api.app.list_slot(&request, admin.account()).await?;
    check_room(&request)?;
    let filter =
        UserQuery { service_accounts: Some(true), order, descending, limit: page.per_page, ..UserQuery::default() };
    let list = api.app.accounts.users(&admin, filter, page.offset()).await?;
    let body: Value = list.users.iter().map(entity).collect();
    let headers = api.page_headers(&request, page, list.total);
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

fn entity(user: &User) -> Value {
    json!({
        "id": user.id.0,
        "username": user.username.as_str(),
        "name": user.name.as_str(),
        "email": user.email.as_str(),
    })
}
