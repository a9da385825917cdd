//! New users, and what belongs to one: profile, addresses, keys, tokens, applications.

use super::{
    BOSS, Browser, KEY, TOKEN, api_user, assert_message, assert_page, assert_redirected, grant, problem, server, submit,
};
use crate::harness::Response;

const NEW: &str = "/admin/users/new";

#[test]
fn a_new_user_with_a_password_can_sign_in() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    // Mass assignment: the form takes neither role nor state.
    let fields = [
        ("username", "joe"),
        ("name", "Joe Doe"),
        ("email", "joe@example.com"),
        ("password", "joes-long-password"),
        ("admin", "true"),
        ("id", "77"),
        ("state", "blocked"),
        ("note", "x"),
    ];
    assert_redirected(&submit(&mut boss, NEW, &fields), "/admin/users/4");
    assert_message(&boss.get("/admin/users/4"), "The user was added.");
    let joe = api_user(&server, 4);
    assert_eq!(
        (&joe["username"], &joe["name"], &joe["email"]),
        (&"joe".into(), &"Joe Doe".into(), &"joe@example.com".into())
    );
    assert_eq!((&joe["is_admin"], &joe["state"], &joe["note"]), (&false.into(), &"active".into(), &().into()));
    assert!(!joe["confirmed_at"].is_null(), "{joe}");
    Browser::signed_in(&server, ("joe", "joes-long-password")).assert_signed_in_as("joe");
}

#[test]
fn refused_fields_are_explained_and_kept_except_the_password() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let fields =
        [("username", "JANE"), ("name", "Joe \"J\""), ("email", "jane@example.com"), ("password", "a-secret-password")];
    let page = submit(&mut boss, NEW, &fields);
    assert_page(&page, 422, "Add a user");
    assert_eq!(problem(&page, "email"), "Email address has already been taken by jane.");
    assert!(page.body.contains("value=\"Joe &#34;J&#34;\"") && page.body.contains("value=\"JANE\""), "{page:?}");
    assert!(!page.body.contains("a-secret-password"), "{page:?}");
    let page = submit(&mut boss, NEW, &[fields[0], ("email", "joe@example.com")]);
    assert_eq!(problem(&page, "username"), "User name has already been taken.");
    let page = submit(&mut boss, NEW, &[("username", "-"), ("email", "x"), ("password", "short")]);
    assert!(problem(&page, "username").contains("cannot start with '-'"), "{page:?}");
    assert_eq!(problem(&page, "password"), "Password is too short (minimum is 8 characters).");
    assert!(problem(&page, "email").starts_with("Email address "), "{page:?}");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM users"), 3);
}

#[test]
fn the_profile_is_changed_and_nothing_else() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let path = "/admin/users/2/edit";
    let fields = [
        ("username", "jane.roe"),
        ("name", "Jane Roe"),
        ("location", "Paris"),
        ("company", "Birds Ltd"),
        ("profile_url", "https://jane.example/"),
        ("bio", "Likes birds"),
        ("note", "left in May"),
        ("email", "evil@example.com"),
        ("admin", "true"),
        ("state", "blocked"),
        ("password", "another-password"),
    ];
    assert_redirected(&submit(&mut boss, path, &fields), "/admin/users/2");
    assert_message(&boss.get("/admin/users/2"), "The changes were saved.");
    let jane = api_user(&server, 2);
    for (name, value) in [
        ("username", "jane.roe"),
        ("name", "Jane Roe"),
        ("location", "Paris"),
        ("organization", "Birds Ltd"),
        ("website_url", "https://jane.example/"),
        ("bio", "Likes birds"),
        ("note", "left in May"),
        ("email", "jane@example.com"),
        ("state", "active"),
    ] {
        assert_eq!(jane[name], value, "{name}");
    }
    assert_eq!(jane["is_admin"], false);
    Browser::signed_in(&server, ("jane.roe", "jane-password"));
    // The form has what is stored. An empty field removes it.
    let form = boss.get(path);
    for value in ["jane.roe", "Jane Roe", "https://jane.example/", "left in May"] {
        assert!(form.body.contains(&format!("value=\"{value}\"")), "{form:?}");
    }
    assert_redirected(
        &submit(&mut boss, path, &[("username", "jane.roe"), ("bio", " "), ("note", "")]),
        "/admin/users/2",
    );
    let jane = api_user(&server, 2);
    assert_eq!((&jane["location"], &jane["note"]), (&().into(), &().into()), "{jane}");
    let page = submit(&mut boss, path, &[("username", "Boss"), ("profile_url", "x")]);
    assert_page(&page, 422, "Edit jane.roe");
    assert_eq!(problem(&page, "profile_url"), "Web site must be an http or https URL.");
    let page = submit(&mut boss, path, &[("username", "Boss")]);
    assert_eq!(problem(&page, "username"), "User name has already been taken.");
}

#[test]
fn addresses_are_added_verified_made_primary_and_removed() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let list = "/admin/users/2/addresses";
    let addresses = || -> Vec<String> {
        let rows = server.rows("SELECT address || ' ' || coalesce(verified_by, '-') || ' ' || (id = (SELECT primary_email_id FROM users WHERE id = 2)) AS a FROM emails WHERE user_id = 2 ORDER BY id");
        rows.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap().to_owned()).collect()
    };
    let page = boss.get(list);
    assert_page(&page, 200, "Email addresses");
    assert!(page.body.contains("jane@example.com<span class=\"detail\">Main address</span>"), "{page:?}");
    assert_redirected(&submit(&mut boss, list, &[("email", "jane@third.example"), ("verified", "1")]), list);
    assert_message(&boss.get(list), "The address was added.");
    assert_redirected(&submit(&mut boss, list, &[("email", "jane@fourth.example")]), list);
    for (id, change, message) in [
        (3, "verify", "The address was verified."),
        (3, "make-primary", "The address is now the main one."),
        (5, "remove", "The address was removed."),
    ] {
        assert_redirected(&submit(&mut boss, &format!("{list}/{id}/{change}"), &[]), list);
        assert_message(&boss.get(list), message);
    }
    assert_eq!(
        addresses(),
        ["jane@example.com administrator 0", "jane@work.example administrator 1", "jane@fourth.example - 0",]
    );
    let refused = submit(&mut boss, &format!("{list}/3/remove"), &[]);
    assert_page(&refused, 409, "The address was not removed");
    let page = submit(&mut boss, list, &[("email", "boss@example.com")]);
    assert_page(&page, 422, "Email addresses");
    assert_eq!(problem(&page, "email"), "New address has already been taken by boss.");
    // Another user's address, an unknown one and an unknown change.
    for path in ["1/remove", "99/verify", "x/verify", "3/frobnicate"] {
        assert_page(&boss.get(&format!("{list}/{path}")), 404, "Not found");
    }
    let csrf = boss.csrf();
    assert_page(&boss.post(&format!("{list}/1/verify"), &[("csrf", &csrf)]), 404, "Not found");
}

#[test]
fn keys_are_added_and_removed() {
    let server = server();
    let mut boss = Browser::signed_in(&server, BOSS);
    let keys = |id: u64| server.get(&format!("/api/v4/users/{id}/keys")).private_token(TOKEN).send().expect(200);
    let list = "/admin/users/2/keys";
    let page = boss.get(list);
    assert_page(&page, 200, "SSH keys");
    assert!(page.body.contains("laptop<span class=\"detail\">ED25519 256</span>"), "{page:?}");
    // The key is jane's.
    let page = submit(&mut boss, "/admin/users/1/keys/new", &[("key", KEY)]);
    assert_eq!(problem(&page, "key"), "Key has already been taken.");
    assert_redirected(&submit(&mut boss, &format!("{list}/10/remove"), &[]), list);
    assert_message(&boss.get(list), "The key was removed.");
    assert_eq!(keys(2).as_array().unwrap().len(), 0);
    let fields = [("key", KEY), ("title", "desk"), ("user_id", "1")];
    assert_redirected(&submit(&mut boss, &format!("{list}/new"), &fields), list);
    assert_eq!(keys(2)[0]["title"], "desk");
    assert_eq!(keys(1).as_array().unwrap().len(), 0);
    let private =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----";
    let page = submit(&mut boss, &format!("{list}/new"), &[("key", private), ("title", private)]);
    assert!(page.status == 422 && !page.body.contains("b3BlbnNzaC1rZXk"), "{page:?}");
    let id = keys(2)[0]["id"].as_u64().unwrap();
    for path in [format!("/admin/users/1/keys/{id}/remove"), format!("{list}/99/remove"), format!("{list}/x/remove")] {
        assert_page(&boss.get(&path), 404, "Not found");
        let csrf = boss.csrf();
        assert_page(&boss.post(&path, &[("csrf", &csrf)]), 404, "Not found");
    }
}

#[test]
fn tokens_and_the_access_of_applications_are_revoked() {
    let server = server();
    let granted = grant(&server);
    let works = |token: &str| server.get("/api/v3/user").bearer(token).send().status == 200;
    assert!(works("token-of-jane") && works(granted));
    let mut boss = Browser::signed_in(&server, BOSS);
    let tokens = boss.get("/admin/users/2/tokens");
    assert_page(&tokens, 200, "Tokens and sessions");
    assert!(tokens.body.contains("ci<span class=\"detail\">Personal token</span>"), "{tokens:?}");
    assert!(!tokens.body.contains("Token of an application") && !tokens.body.contains("token-of-jane"), "{tokens:?}");
    // Another user's token.
    assert_page(&boss.get("/admin/users/2/tokens/1/revoke"), 404, "Not found");
    let path = "/admin/users/2/tokens/2/revoke";
    assert_page(&boss.get(path), 200, "Revoke ci of jane?");
    assert!(works("token-of-jane"));
    assert_redirected(&submit(&mut boss, path, &[]), "/admin/users/2/tokens");
    assert!(!works("token-of-jane") && works(granted) && works(TOKEN));
    assert_page(&boss.get(path), 404, "Not found");

    let list = boss.get("/admin/users/2/applications");
    assert_page(&list, 200, "Applications");
    assert!(list.body.contains("Wiki<span class=\"detail\">read_user</span>"), "{list:?}");
    let path = "/admin/users/2/applications/wiki/revoke";
    assert_page(&boss.get(path), 200, "Revoke the access of Wiki to jane?");
    assert_redirected(&submit(&mut boss, path, &[]), "/admin/users/2/applications");
    assert!(!works(granted));
    let again: Response = submit(&mut boss, path, &[]);
    assert_page(&again, 404, "Not found");
    assert_page(&boss.get("/admin/users/2/applications/unknown/revoke"), 404, "Not found");
}
