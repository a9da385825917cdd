//! The list of users.

use super::state_text;
use crate::accounts::{Admin, Cursor, Order, Search, UserQuery};
use crate::domain::{State, User, UserId};
use crate::http::Request;
use crate::http::input::Fields;
use crate::web::account::day;
use crate::web::navigation::Section;
use crate::web::{Failure, Session, Shell, Web, field};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// The rows of a page.
const ROWS: u64 = 20;

/// A longer text is in no name and no address.
const MAX_SEARCH: usize = 255;

/// An order that can be chosen.
pub struct Sort {
    name: &'static str,
    label: &'static str,
    order: Order,
    descending: bool,
}

#[rustfmt::skip]
const SORTS: [Sort; 6] = [
    Sort { name: "username",      label: "User name, A to Z", order: Order::Username,  descending: false },
    Sort { name: "username-desc", label: "User name, Z to A", order: Order::Username,  descending: true },
    Sort { name: "name",          label: "Name, A to Z",      order: Order::Name,      descending: false },
    Sort { name: "name-desc",     label: "Name, Z to A",      order: Order::Name,      descending: true },
    Sort { name: "newest",        label: "Newest first",      order: Order::CreatedAt, descending: true },
    Sort { name: "oldest",        label: "Oldest first",      order: Order::CreatedAt, descending: false },
];

const STATES: [State; 5] =
    [State::Active, State::Blocked, State::Deactivated, State::Banned, State::BlockedPendingApproval];

/// What the form above the list asks for.
struct Filter {
    search: String,
    state: Option<State>,
    admins: bool,
    sort: &'static Sort,
}

/// A choice of a `select`.
struct Choice {
    value: &'static str,
    label: &'static str,
    is_chosen: bool,
}

/// A heading whose link sorts the list.
struct Heading {
    label: &'static str,
    /// The value of `aria-sort`, if the list is sorted by it.
    sorted: Option<&'static str>,
    address: String,
}

struct UserRow {
    id: UserId,
    username: String,
    name: String,
    email: String,
    admin: bool,
    state: &'static str,
    created: String,
    last_active: Option<String>,
}

#[derive(Template)]
#[template(path = "admin_users.html", config = "src/web/askama.toml")]
struct Users<'a> {
    shell: &'a Shell,
    filter: &'a Filter,
    states: Vec<Choice>,
    sorts: Vec<Choice>,
    username: Heading,
    name: Heading,
    created: Heading,
    users: Vec<UserRow>,
    /// Of the first page, if this is another.
    first: Option<String>,
    next: Option<String>,
}

/// `GET /admin/users?search=…&state=…&role=…&sort=…`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let query = request.query();
    let (filter, cursor) = (Filter::read(query), cursor(query));
    let slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    // One more row shows whether there is another page.
    let mut users = web.app.accounts.users_after(&admin, filter.query(ROWS + 1), cursor.clone()).await?;
    drop(slot);
    let has_more = users.len() as u64 > ROWS;
    users.truncate(ROWS as usize);
    let last = users.last().filter(|_| has_more).map(|user| filter.sort.order.cursor(user));
    let shell = Shell::signed_in(&web.app, &request, session, Section::Users);
    let page = Users {
        shell: &shell,
        states: STATES.iter().map(|state| filter.state_choice(*state)).collect(),
        sorts: SORTS.iter().map(|sort| filter.sort_choice(sort)).collect(),
        username: filter.heading("User", Order::Username),
        name: filter.heading("Name", Order::Name),
        created: filter.heading("Created", Order::CreatedAt),
        users: users.iter().map(UserRow::of).collect(),
        first: cursor.map(|_| filter.address(filter.sort.name, None)),
        next: last.map(|last| filter.address(filter.sort.name, Some(&last))),
        filter: &filter,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// The last user of the page before, as links contain it.
fn cursor(query: &Fields) -> Option<Cursor> {
    let id = field(query, "after_id")?.parse().ok()?;
    Some(Cursor { key: field(query, "after").unwrap_or_default(), id })
}

impl Filter {
    /// Unknown values count as missing ones.
    fn read(query: &Fields) -> Self {
        let sort = field(query, "sort").unwrap_or_default();
        Self {
            search: field(query, "search").filter(|text| text.len() <= MAX_SEARCH).unwrap_or_default(),
            state: field(query, "state").and_then(|text| text.parse().ok()),
            admins: field(query, "role").as_deref() == Some("administrator"),
            sort: SORTS.iter().find(|known| known.name == sort).unwrap_or(&SORTS[0]),
        }
    }

    fn query(&self, limit: u64) -> UserQuery {
        UserQuery {
            search: Some(Search::Within(self.search.trim().to_owned())),
            active: self.state == Some(State::Active),
            state: self.state.filter(|state| *state != State::Active),
            admins: self.admins,
            order: self.sort.order,
            descending: self.sort.descending,
            limit,
            ..UserQuery::default()
        }
    }

    /// The address of a page of the same users.
    fn address(&self, sort: &str, after: Option<&Cursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("search", &self.search).append_pair("state", self.state.map_or("", State::name));
        query.append_pair("role", if self.admins { "administrator" } else { "" }).append_pair("sort", sort);
        if let Some(after) = after {
            query.append_pair("after_id", &after.id.to_string()).append_pair("after", &after.key);
        }
        format!("?{}", query.finish())
    }

    /// A second click reverses the order.
    fn heading(&self, label: &'static str, order: Order) -> Heading {
        let is_current = self.sort.order == order;
        let mut choices = SORTS.iter().filter(|sort| sort.order == order);
        let next = choices.find(|sort| !is_current || sort.descending != self.sort.descending);
        let direction = if self.sort.descending { "descending" } else { "ascending" };
        Heading {
            label,
            sorted: is_current.then_some(direction),
            address: self.address(next.map_or("", |sort| sort.name), None),
        }
    }

    fn state_choice(&self, state: State) -> Choice {
        Choice { value: state.name(), label: state_text(state), is_chosen: self.state == Some(state) }
    }

    fn sort_choice(&self, sort: &Sort) -> Choice {
        Choice { value: sort.name, label: sort.label, is_chosen: self.sort.name == sort.name }
    }

    fn is_empty(&self) -> bool {
        self.search.is_empty() && self.state.is_none() && !self.admins
    }
}

impl UserRow {
    fn of(user: &User) -> Self {
        Self {
            id: user.id,
            username: user.username.to_string(),
            name: user.name.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            admin: user.admin,
            state: state_text(user.state),
            created: day(user.created_at),
            last_active: user.activity.last_active_at.map(day),
        }
    }
}
