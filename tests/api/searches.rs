//! Searches that find many users, and many searches.

use crate::harness::{JOHN, ROOT, Response, Server};
use std::io::{Read, Write};
use std::net::TcpStream;

/// A server with the demo's users and this many more, who have the same name.
fn server_with(users: u32, name: &str) -> Server {
    let server = Server::on_file_without_passwords(&[]);
    let mut conn = rusqlite::Connection::open(&server.db).unwrap();
    let tx = conn.transaction().unwrap();
    let numbers =
        format!("WITH RECURSIVE n (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM n WHERE n < 999 + {users})");
    tx.execute_batch(&format!(
        "{numbers} INSERT INTO users (id, username, name, primary_email_id, created_at)
           SELECT n, 'u' || n, '{name}', n, 0 FROM n;
         {numbers} INSERT INTO emails (id, user_id, address) SELECT n, n, 'u' || n || '@many.example' FROM n;"
    ))
    .unwrap();
    tx.commit().unwrap();
    server
}

/// GitLab's `doc/api/rest/_index.md`, 17.9: of a list with more than 10,000 entries, the totals and the link to the last
/// page are missing.
#[test]
fn a_search_that_finds_more_than_ten_thousand_users_has_no_totals() {
    let server = server_with(10_001, "Many");
    let get = |query: &str| server.get(&format!("/api/{query}")).private_token(ROOT).send();
    let header = |answer: &Response, name: &str| answer.header(name).map(str::to_owned);
    for (query, next) in [
        ("v3/users?search=many&page=2", "3"),
        ("v4/users?search=many&page=2", "3"),
        ("v4/users?search=many&order_by=name&page=2", "3"),
        ("v3/users?search=u1&page=101&per_page=100", ""),
        ("v3/users?search=many&page=101&per_page=100", ""),
    ] {
        let answer = get(query);
        assert_eq!(answer.status, 200);
        let uncounted = !query.contains("search=u1");
        assert_eq!(header(&answer, "x-total").is_none(), uncounted, "{query}");
        assert_eq!(header(&answer, "x-total-pages").is_none(), uncounted, "{query}");
        let link = header(&answer, "link").unwrap();
        assert_eq!(link.contains("rel=\"last\""), !uncounted, "{link}");
        assert_eq!(link.contains("rel=\"next\""), !next.is_empty(), "{link}");
        assert_eq!(header(&answer, "x-next-page").as_deref(), Some(next), "{query}");
    }
    assert_eq!(get("v3/users?search=many&page=101&per_page=100").json().as_array().unwrap().len(), 1);
    assert_eq!(get("v3/users?search=many&page=102&per_page=100").json().as_array().unwrap().len(), 0);
    // Without a search, and for one that finds fewer, nothing changes.
    assert_eq!(header(&get("v3/users"), "x-total").as_deref(), Some("10006"));
    assert_eq!(header(&get("v3/users?search=u1099"), "x-total").as_deref(), Some("11"));
}

/// The attack: one account sends a hundred searches, each on its own connection.
#[test]
fn a_hundred_searches_of_one_account_do_not_keep_others_waiting() {
    // No index helps with a dot above, so that the server compares it with every name.
    let server = server_with(12_000, &"Çağrı Öztürk ".repeat(15));
    let search = format!(
        "GET /api/v3/users?search=%CC%87 HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {JOHN}\r\nConnection: close\r\n\r\n"
    );
    let send = |_| {
        let mut stream = server.connect();
        stream.write_all(search.as_bytes()).unwrap();
        stream
    };
    let searches: Vec<TcpStream> = (0..100).map(send).collect();
    for _ in 0..10 {
        server.get("/api/v4/users?per_page=1").private_token(ROOT).send().expect(200);
        server.get("/api/v3/user").private_token(JOHN).send().expect(200);
    }
    let mut refused = 0;
    for mut stream in searches {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        if answer.starts_with("HTTP/1.1 503 ") {
            assert!(answer.to_lowercase().contains("\r\nretry-after: 1\r\n"), "{answer}");
            refused += 1;
        } else {
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
    }
    // They wait for half a second at most, and two run at a time.
    assert!(refused > 0 && refused < 100, "{refused}");
    server.get("/api/v3/users?search=many.example").private_token(JOHN).send().expect(200);
}
