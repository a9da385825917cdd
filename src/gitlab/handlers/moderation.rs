//! Blocking and unblocking users, and v4's other changes of a user's state: `doc/api/user_moderation.md`, 17.9.

use super::super::Api;
use super::super::error::Failure;
use super::super::rules::user_id;
use super::super::version::Version;
use crate::accounts::access::Admin;
use crate::domain::ModerationAction;
use crate::http::Request;
use warp::reply::Response;

macro_rules! actions {
    ($($name:ident $action:ident)+) => {
        $(
            pub async fn $name<V: Version>(api: Api<V>, request: Request, admin: Admin) -> Result<Response, Failure> {
                moderate(api, request, admin, ModerationAction::$action).await
            }
        )+
    };
}

actions! {
    block Block
    unblock Unblock
    ban Ban
    unban Unban
    deactivate Deactivate
    activate Activate
    approve Approve
    reject Reject
}

async fn moderate<V: Version>(
    api: Api<V>,
    request: Request,
    admin: Admin,
    action: ModerationAction,
) -> Result<Response, Failure> {
    let outcome = api.app.accounts.moderate(&admin, user_id(&request)?, action).await;
    V::moderated(action, outcome.map_err(Failure::missing("User"))?)
}
