//! What administrators do to whole accounts: their state and role, sessions, and deletion.

use super::{
    BOSS, Browser, TOKEN, api_user, assert_message, assert_page, assert_redirected, execute, grant, server, submit,
};

const JANE: (&str, &str) = ("jane", "jane-password");

#[test]
fn the_page_of_a_user_shows_everything_and_offers_what_applies() {
    let server = server();
    grant(&server);
    execute(&server, "UPDATE users SET note = 'owes us a cake', bio = 'Likes birds' WHERE id = 2");
    let mut boss = Browser::signed_in(&server, BOSS);
    let page = boss.get("/admin/users/2");
    assert_page(&page, 200, "jane");
    for part in [
        "jane@example.com",
        "<a href=\"/admin/users/2/addresses\">2</a>",
        "<a href=\"/admin/users/2/keys\">1</a>",
        "<a href=\"/admin/users/2/tokens\">1</a>",
        "<a href=\"/admin/users/2/applications\">1</a>",
        "owes us a cake",
        "Likes birds",
        "href=\"/admin/users/2/edit\"",
        "href=\"/admin/users/2/reset-link\"",
    ] {
        assert!(page.body.contains(part), "{part}: {page:?}");
    }
    let offered = |page: &str, id: u64| -> Vec<String> {
        let start = format!("<a class=\"button second\" href=\"/admin/users/{id}/");
        page.split(&start).skip(1).map(|rest| rest.split_once('"').unwrap().0.to_owned()).collect()
    };
    let usual = ["reset-link", "make-administrator", "end-sessions", "deactivate", "block", "ban", "delete"];
    assert_eq!(offered(&page.body, 2), usual);
    // Nobody can block themself.
    assert_eq!(
        offered(&boss.get("/admin/users/1").body, 1),
        ["reset-link", "remove-administrator", "end-sessions", "delete"]
    );
    for (state, first) in [("blocked", "unblock"), ("banned", "unban"), ("deactivated", "activate")] {
        execute(&server, &format!("UPDATE users SET state = '{state}' WHERE id = 2"));
        assert!(offered(&boss.get("/admin/users/2").body, 2).contains(&first.to_owned()), "{state}");
    }
    execute(&server, "UPDATE users SET state = 'blocked_pending_approval' WHERE id = 2");
    assert_eq!(offered(&boss.get("/admin/users/2").body, 2)[1..3], ["approve", "reject"]);
    for path in ["/admin/users/99", "/admin/users/0", "/admin/users/x", "/admin/users/2/frobnicate"] {
        assert_page(&boss.get(path), 404, "Not found");
    }
}

#[test]
fn every_action_asks_first_and_then_takes_effect() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let state = || api_user(&server, 2)["state"].as_str().unwrap().to_owned();
    for (action, question, message, expected) in [
        ("block", "Block jane?", "The user was blocked.", "blocked"),
        ("unblock", "Unblock jane?", "The user was unblocked.", "active"),
        ("ban", "Ban jane?", "The user was banned.", "banned"),
        ("unban", "Unban jane?", "The user was unbanned.", "active"),
        ("deactivate", "Deactivate jane?", "The user was deactivated.", "deactivated"),
        ("activate", "Activate jane?", "The user was activated.", "active"),
    ] {
        let (path, before) = (format!("/admin/users/2/{action}"), state());
        assert_page(&boss.get(&path), 200, question);
        assert_eq!(state(), before, "{action}");
        assert_redirected(&submit(&mut boss, &path, &[]), "/admin/users/2");
        assert_message(&boss.get("/admin/users/2"), message);
        assert_eq!(state(), expected, "{action}");
    }
    execute(&server, "UPDATE users SET state = 'blocked_pending_approval' WHERE id = 2");
    assert_redirected(&submit(&mut boss, "/admin/users/2/approve", &[]), "/admin/users/2");
    assert_eq!(state(), "active");
    for (action, is_admin) in [("make-administrator", true), ("remove-administrator", false)] {
        assert_redirected(&submit(&mut boss, &format!("/admin/users/2/{action}"), &[]), "/admin/users/2");
        assert_eq!(api_user(&server, 2)["is_admin"], is_admin);
    }
    // What no longer applies is refused with the reason, and changes nothing.
    for action in ["unban", "approve", "reject"] {
        let refused = submit(&mut boss, &format!("/admin/users/2/{action}"), &[]);
        assert_page(&refused, 409, "Nothing was done");
        assert_eq!(state(), "active");
    }
}

#[test]
fn ending_sessions_signs_out_browsers_and_api_clients() {
    let server = server();
    let mut jane = Browser::signed_in(&server, JANE);
    let session = server.post("/api/v3/session").form(&[("login", JANE.0), ("password", JANE.1)]).send().expect(201);
    let session = session["private_token"].as_str().unwrap().to_owned();
    jane.assert_signed_in_as("jane");
    let mut boss = Browser::signed_in(&server, BOSS);
    assert_redirected(&submit(&mut boss, "/admin/users/2/end-sessions", &[]), "/admin/users/2");
    jane.assert_signed_out();
    assert_eq!(server.get("/api/v3/user").private_token(&session).send().status, 401);
    // Personal tokens and the administrator's own session stay.
    assert_eq!(server.get("/api/v3/user").private_token("token-of-jane").send().status, 200);
    assert_message(&boss.get("/admin/users/2"), "All sessions of the user were ended.");
}

#[test]
fn deleting_lists_first_what_goes_with_the_account() {
    let server = server();
    let token = grant(&server);
    let mut boss = Browser::signed_in(&server, BOSS);
    let page = boss.get("/admin/users/2/delete");
    assert_page(&page, 200, "Delete jane?");
    for part in ["2 email addresses, which become free.", "1 SSH key.", "1 access token or session.", "1 application"] {
        assert!(page.body.contains(part), "{part}: {page:?}");
    }
    assert_eq!(server.get("/api/v3/user").bearer(token).send().status, 200);
    assert_redirected(&submit(&mut boss, "/admin/users/2/delete", &[]), "/admin/users");
    assert_message(&boss.get("/admin/users"), "The user was deleted.");
    assert_eq!(server.get("/api/v4/users/2").private_token(TOKEN).send().status, 404);
    for credential in [token, "token-of-jane"] {
        assert_eq!(server.get("/api/v3/user").bearer(credential).send().status, 401);
    }
    assert_page(&boss.get("/admin/users/2"), 404, "Not found");
}

#[test]
fn the_last_administrator_stays_and_none_can_block_themself() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    for action in ["block", "ban"] {
        let refused = submit(&mut boss, &format!("/admin/users/1/{action}"), &[]);
        assert_page(&refused, 409, "Nothing was done");
        assert!(refused.body.contains("administrators cannot block themselves"), "{refused:?}");
    }
    assert_redirected(&submit(&mut boss, "/admin/users/3/remove-administrator", &[]), "/admin/users/3");
    for action in ["remove-administrator", "delete"] {
        let refused = submit(&mut boss, &format!("/admin/users/1/{action}"), &[]);
        assert_page(&refused, 403, "You are not allowed to do this");
        assert!(refused.body.contains("the last active administrator"), "{refused:?}");
    }
    let own = api_user(&server, 1);
    assert_eq!((&own["state"], &own["is_admin"]), (&"active".into(), &true.into()));
}
