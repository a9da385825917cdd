//! v4's `/user/preferences` and `/user/activities`: `doc/api/users.md`, 17.9.

use super::super::error::Failure;
use super::super::fields::{boolean, parameter};
use super::super::version::Version;
use super::super::{Api, v4::V4, v4::entities};
use crate::accounts::access::ReadUsers;
use crate::accounts::{AccountAccess, Admin, PreferencesChange};
use crate::domain::{Preferences, UserId};
use crate::http::input::{FieldError, FieldErrorKind};
use crate::http::paging::Page;
use crate::http::{Request, check_room, reply};
use hyper::StatusCode;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use warp::reply::Response;

const NAMES: [&str; 3] = ["view_diffs_file_by_file", "show_whitespace_in_diffs", "pass_user_identities_to_ci_jwt"];
/// "The activity for all users in the last 6 months".
const SIX_MONTHS: SignedDuration = SignedDuration::from_hours(183 * 24);

pub async fn get(api: Api<V4>, _: Request, own: AccountAccess) -> Result<Response, Failure> {
    Ok(shown(own.user(), api.app.accounts.preferences(&own)?))
}

pub async fn update(api: Api<V4>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let fields = V4::attributes(&request);
    let [view_diffs_file_by_file, show_whitespace_in_diffs, pass_user_identities_to_ci_jwt] =
        NAMES.map(|name| boolean::<V4>(&fields, name));
    let change = PreferencesChange {
        view_diffs_file_by_file: view_diffs_file_by_file?,
        show_whitespace_in_diffs: show_whitespace_in_diffs?,
        pass_user_identities_to_ci_jwt: pass_user_identities_to_ci_jwt?,
    };
    if NAMES.iter().all(|name| !fields.contains(name)) {
        return Err(Failure::AtLeastOne(
            "view_diffs_file_by_file, show_whitespace_in_diffs, pass_user_identities_to_ci_jwt",
        ));
    }
    Ok(shown(own.user(), api.app.accounts.change_preferences(&own, change).await?))
}

/// A user has one set of preferences, so its id is the user's.
fn shown(user: UserId, preferences: Preferences) -> Response {
    let body = json!({
        "id": user.0,
        "user_id": user.0,
        "view_diffs_file_by_file": preferences.view_diffs_file_by_file,
        "show_whitespace_in_diffs": preferences.show_whitespace_in_diffs,
        "pass_user_identities_to_ci_jwt": preferences.pass_user_identities_to_ci_jwt,
    });
    reply::json(StatusCode::OK, &body)
}

/// "Get a list of a user's last activity": by date, the oldest first.
pub async fn activities(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let page = Page::parse(request.query())?;
    let since = match parameter(request.query(), "from")? {
        None => api.app.accounts.now() - SIX_MONTHS,
        Some(text) => {
            let date = text.parse::<Date>().ok().and_then(start);
            date.ok_or(FieldError { field: "from", kind: FieldErrorKind::NotText })?
        }
    };
    let _slot = api.app.list_slot(&request, admin.account()).await?;
    check_room(&request)?;
    let (rows, total) = api.app.accounts.last_activities(&admin, since, page.offset(), page.per_page).await?;
    let body: Value = rows
        .iter()
        .map(|(username, at)| {
            let date = entities::date(*at);
            json!({ "username": username.as_str(), "last_activity_on": date, "last_activity_at": date })
        })
        .collect();
    Ok(api.page_of(&request, page, &body, total))
}

fn start(date: Date) -> Option<Timestamp> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
