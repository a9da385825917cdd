//! The page of one's sessions in browsers.

use super::keys::assert_redirected;
use super::{ADMIN, Browser, JANE, assert_page, execute, hidden_field, on_file};
use crate::harness::Response;

const LIST: &str = "/account/sessions";
const END_OTHERS: &str = "/account/sessions/end-others";

/// The links that end sessions.
fn links(page: &Response) -> Vec<String> {
    let links = page.body.split("<a href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.ends_with("/end")).map(str::to_owned).collect()
}

#[test]
fn sessions_are_listed_with_browser_address_and_times_and_one_can_be_ended() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    let (mut phone, mut third) = (Browser::signed_in(&server, JANE), Browser::signed_in(&server, JANE));
    let user_agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36";
    let phone_row = "hash = (SELECT hash FROM web_sessions ORDER BY created_at LIMIT 1 OFFSET 1)";
    execute(
        &server,
        &format!(
            "UPDATE web_sessions SET user_agent = '{user_agent}', address = '192.0.2.7', last_used_at = 1394020920000000,
                                     created_at = created_at + 1 WHERE {phone_row}"
        ),
    );
    let page = jane.get(LIST);
    assert_page(&page, 200, "Sessions");
    for part in
        ["Chrome on Android", "192.0.2.7", "5 March 2014, 12:02 UTC", "<span class=\"badge\">This browser</span>"]
    {
        assert!(page.body.contains(part), "{part}: {page:?}");
    }
    // Nothing reveals the cookies.
    assert!(!page.body.contains("acw_"), "{page:?}");
    assert_eq!((page.body.matches("<tr>").count(), links(&page).len()), (4, 2), "{page:?}");
    let phones: Vec<_> = links(&page).into_iter().filter(|link| jane.get(link).body.contains("Android")).collect();
    let question = jane.get(&phones[0]);
    assert_page(&question, 200, "End this session?");
    phone.assert_signed_in_as("jane");
    let form = [("csrf", &*hidden_field(&question, "csrf"))];
    assert_redirected(&jane.post(&phones[0], &form), LIST);
    assert!(jane.get(LIST).body.contains("The session was ended."));
    phone.assert_signed_out();
    third.assert_signed_in_as("jane");
    jane.assert_signed_in_as("jane");
    assert_page(&jane.post(&phones[0], &form), 404, "Not found");
}

#[test]
fn all_other_sessions_are_ended_at_once() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    assert!(!jane.get(LIST).body.contains("End all others"));
    let mut others = [Browser::signed_in(&server, JANE), Browser::signed_in(&server, JANE)];
    assert!(jane.get(LIST).body.contains("End all others"));
    let question = jane.get(END_OTHERS);
    assert_page(&question, 200, "End all other sessions?");
    assert_redirected(&jane.post(END_OTHERS, &[("csrf", &hidden_field(&question, "csrf"))]), LIST);
    others.iter_mut().for_each(Browser::assert_signed_out);
    jane.assert_signed_in_as("jane");
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM web_sessions"), 1);
}

#[test]
fn the_sessions_of_another_user_are_unknown() {
    let server = on_file(&[]);
    let args = ["user", "password", "boss", "--password-stdin", "--db", server.db.to_str().unwrap()];
    assert!(crate::harness::run_with_stdin(&args, "boss-password\n").status.success());
    let mut boss = Browser::signed_in(&server, ("boss", "boss-password"));
    let of_boss = server.sql::<String>("SELECT lower(hex(hash)) FROM web_sessions");
    let mut jane = Browser::signed_in(&server, JANE);
    let csrf = jane.csrf();
    let long = "0".repeat(64);
    for id in [&*of_boss, "1", ADMIN, &long, &of_boss.to_uppercase()] {
        let path = format!("{LIST}/{id}/end");
        assert_page(&jane.get(&path), 404, "Not found");
        assert_page(&jane.post(&path, &[("csrf", &csrf), ("user_id", "2")]), 404, "Not found");
    }
    assert!(!jane.get(LIST).body.contains(&of_boss));
    assert_redirected(&jane.post(END_OTHERS, &[("csrf", &csrf)]), LIST);
    boss.assert_signed_in_as("boss");
}

#[test]
fn a_hundred_sessions_have_pages() {
    let server = on_file(&[]);
    let mut jane = Browser::signed_in(&server, JANE);
    execute(
        &server,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
         INSERT INTO web_sessions (hash, user_id, created_at, expires_at, user_agent, address)
         SELECT randomblob(32), 1, i, 9e15, printf('%.*c', 255, 'W'), '2001:0db8:0000:0000:0000:ff00:0042:8329' FROM n",
    );
    let sheet = server.get("/account/style.css").send().body.len();
    let page = jane.get(&format!("{LIST}?page=2"));
    assert!(page.body.contains("Page 2 of 5") && page.body.matches("<tr>").count() == 21, "{page:?}");
    assert!(page.body.len() + sheet <= 30 * 1024, "{} and {sheet}", page.body.len());
}
