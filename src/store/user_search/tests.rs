//! Compares searches with a scan of all users.

use super::*;
use crate::domain::{EmailAddress, SingleLineText, State, UserId, Username};
use crate::store::{Create, Location, Purpose, Store};
use jiff::Timestamp;

fn store() -> Store {
    Store::open(&Location::Memory, Create::IfMissing, Purpose::Command).unwrap()
}

fn user(username: &str, name: &str, address: &str) -> User {
    let username = Username::parse(username).unwrap();
    let user = User::new(username, EmailAddress::parse(address).unwrap(), Timestamp::UNIX_EPOCH);
    User { name: SingleLineText::parse(name).unwrap(), ..user }
}

async fn add(store: &Store, username: &str, name: &str, address: &str) -> UserId {
    let new = user(username, name, address);
    store.write(move |tx| tx.insert_user(&new, None).map(|(id, _)| id)).await.unwrap()
}

/// Users whose texts changed in every way in which they can.
async fn users() -> Store {
    let store = store();
    add(&store, "ada", "Ada Lovelace", "ada@example.com").await;
    add(&store, "Bob_B", "BOB \"the\" Builder", "bob.b@Example.COM").await;
    add(&store, "cem", "Cem İLKER ALİ", "cem@ilker.example").await;
    add(&store, "odos", "ΟΔΟΣ οδός", "odos@x.example").await;
    add(&store, "nino", "ნინო", "nino@x.example").await;
    add(&store, "wei", "王伟", "wei@x.example").await;
    add(&store, "x", "", "x@y.z").await;
    let renamed = add(&store, "former", "Former Name", "former@x.example").await;
    let moved = add(&store, "moved", "Moved", "old-primary@x.example").await;
    let rewritten = add(&store, "rewritten", "Rewritten", "rewritten@x.example").await;
    let deleted = add(&store, "deleted", "Deleted", "deleted@x.example").await;
    let blocked = add(&store, "blocked", "Blocked Ada", "blocked@x.example").await;
    let change = store.write(move |tx| {
        let renamed = User { id: renamed, ..user("latter", "Latter Name", "former@x.example") };
        tx.update_user(&renamed)?;
        let email = tx.insert_email(moved, &EmailAddress::parse("new-primary@x.example").unwrap(), None)?;
        tx.set_primary_email(moved, email)?;
        let email = tx.emails(rewritten)?[0].id;
        tx.rewrite_email(email, &EmailAddress::parse("REWRITTEN@x.example").unwrap())?;
        tx.delete_user(deleted)?;
        tx.set_state(blocked, State::Blocked, Timestamp::UNIX_EPOCH)
    });
    change.await.unwrap();
    for n in 0..30 {
        add(&store, &format!("many{n}"), "One of Many", &format!("many{n}@many.example")).await;
    }
    store
}

/// Whether the search finds the user, without the index.
fn finds(search: &Search, user: &User, addresses: &[String]) -> bool {
    let text = search.text().to_lowercase();
    let contains = |haystack: &str| haystack.to_lowercase().contains(&text);
    contains(user.username.as_str())
        || contains(user.name.as_str())
        || match search {
            Search::Within(_) => contains(user.email.as_str()),
            Search::NamesOrAddress(_) => addresses.iter().any(|address| address.eq_ignore_ascii_case(&text)),
            Search::NamesOrPublicAddress(_) => false,
        }
}

/// Every part of 1 to 4 characters of these texts, and some that are longer or nowhere.
fn texts() -> Vec<String> {
    let sources = [
        "Ada Lovelace",
        "bob.b@Example.COM",
        "\"the\" B",
        "İLKER ALİ",
        "ΟΔΟΣ οδός",
        "ნინო",
        "王伟",
        "many1@m",
        "old-p",
        "former",
        "deleted",
    ];
    let mut texts: Vec<String> = [
        "zzz",
        "zq",
        "new-primary@x.example",
        "old-primary@x.example",
        "lovelace",
        "rewritten@X",
        "%",
        "*",
        "AND",
        "a\0b",
        "x@y.z",
    ]
    .map(str::to_owned)
    .into();
    for source in sources {
        let chars: Vec<char> = source.chars().collect();
        for length in 1..=4 {
            texts.extend(chars.windows(length).map(|part| part.iter().collect::<String>()));
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

#[tokio::test]
async fn every_search_finds_what_a_scan_finds() {
    let store = users().await;
    let all: Vec<(User, Vec<String>)> = store
        .read(|db| {
            let users = db.all_users()?.into_iter().map(|(user, _)| {
                let addresses = db.emails(user.id)?.into_iter().map(|row| row.email.address.as_str().to_owned());
                Ok((user, addresses.collect()))
            });
            users.collect::<Result<Vec<_>, Error>>()
        })
        .unwrap();
    let kinds = [Search::Within, Search::NamesOrAddress, Search::NamesOrPublicAddress];
    let filter = |active| UserQuery { active, limit: 1000, ..UserQuery::default() };
    let mut found_any = 0;
    for (text, kind, active) in texts().iter().flat_map(|text| kinds.map(|kind| (text, kind, text.len() % 2 == 0))) {
        let search = kind(text.clone());
        let expected = all.iter().filter(|(user, addresses)| finds(&search, user, addresses));
        let mut expected: Vec<UserId> =
            expected.filter(|(user, _)| !active || user.is_active()).map(|(user, _)| user.id).collect();
        found_any += usize::from(!expected.is_empty());
        for descending in [false, true] {
            let query = UserQuery { search: Some(search.clone()), descending, ..filter(active) };
            let (found, _) = store.read(|db| db.users(&query, 0)).unwrap();
            let after = store.read(|db| db.users_after(&query, None)).unwrap();
            for found in [found, after] {
                assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), expected, "{search:?} {descending}");
            }
            expected.reverse();
        }
    }
    assert!(found_any > 200, "{found_any}");
}

fn many(order: Order, descending: bool) -> UserQuery {
    UserQuery { search: Some(Search::Within("many".into())), order, descending, limit: 7, ..UserQuery::default() }
}

/// [`COUNTED`] is 20 in tests, and there are 30 of these users.
#[tokio::test]
async fn pages_go_beyond_the_users_that_are_counted() {
    let store = users().await;
    for (order, descending) in
        [Order::Id, Order::Name, Order::Username].into_iter().flat_map(|o| [(o, false), (o, true)])
    {
        let query = many(order, descending);
        let mut ids = Vec::new();
        let mut cursor = None;
        for page in 0..6 {
            let (users, total) = store.read(|db| db.users(&query, page * 7)).unwrap();
            assert_eq!(total, Total::Uncounted { has_more: page < 4 }, "{order:?} {page}");
            let after = store.read(|db| db.users_after(&query, cursor.as_ref())).unwrap();
            assert_eq!(users, after, "{order:?} {page}");
            cursor = users.last().map(|user| order.cursor(user)).or(cursor);
            ids.extend(users.iter().map(|user| user.id));
        }
        let is_sorted = |ids: &[UserId]| if descending { ids.is_sorted_by(|a, b| a > b) } else { ids.is_sorted() };
        assert!(order != Order::Id || is_sorted(&ids));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 30, "{order:?}");
    }
}

#[tokio::test]
async fn fewer_users_are_counted() {
    let store = users().await;
    let query = UserQuery { search: Some(Search::Within("many1".into())), limit: 5, ..UserQuery::default() };
    for (offset, length) in [(0, 5), (5, 5), (10, 1), (15, 0), (i64::MAX as u64, 0)] {
        let (users, total) = store.read(|db| db.users(&query, offset)).unwrap();
        assert_eq!((users.len(), total), (length, Total::Exactly(11)), "{offset}");
    }
}

/// With the order of the index, SQLite stops at the end of the page instead of sorting what it found.
#[tokio::test]
async fn a_search_in_the_order_of_ids_sorts_nothing() {
    let store = users().await;
    let plan = |query: UserQuery| {
        store.read(|db| {
            let search = query.search.clone().unwrap();
            let cursor = Cursor { key: String::new(), id: UserId(1) };
            let ids = FoundIds::new(db, &query, &search, Some(&cursor))?;
            let sql = format!("EXPLAIN QUERY PLAN {}", ids.sql.unwrap());
            db.all(&sql, params_from_iter(ids.values), |row| row.get::<_, String>(3))
        })
    };
    for descending in [false, true] {
        let plan = plan(many(Order::Id, descending)).unwrap().join("\n");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        // `M` is MATCH; the sign is the cursor's, so that the index is read from there.
        assert!(plan.contains(if descending { "M1<" } else { "M1>" }), "{plan}");
    }
}
