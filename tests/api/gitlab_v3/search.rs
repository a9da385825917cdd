//! Search and filters of `GET /users`.

use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::{Value, json};

const ALL: [&str; 10] = [
    "john_smith",
    "janedoe",
    "jack_smith",
    "root",
    "username",
    "percent",
    "under_score",
    "Emile.Zola",
    "Strasse",
    "back-slash",
];

fn server() -> Server {
    let user = |username: &str, name: &str, email: &str| {
        let emails = json!([{"email": email, "verified": true, "primary": true}]);
        json!({"username": username, "name": name, "emails": emails})
    };
    let users: Vec<Value> = vec![
        user("percent", "100% sure", "percent@example.com"),
        user("under_score", "Under Score", "u_s@example.com"),
        user("Emile.Zola", "Émile ZOLA ŁÓDŹ", "emile@paris.example"),
        user("Strasse", "Ανδρέας Öl", "oil@example.com"),
        user("back-slash", "Back\\slash O'Neil \"q\"", "o'neil@example.com"),
    ];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({ "users": users }).to_string()).unwrap();
    Server::demo_with(&["--seed", file.path().to_str().unwrap()])
}

fn get(server: &Server, pairs: &[(&str, &str)]) -> Response {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    server.get(&format!("/api/v3/users?{query}")).private_token(JOHN).send()
}

#[track_caller]
fn usernames_found(server: &Server, pairs: &[(&str, &str)]) -> Vec<String> {
    let answer = get(server, pairs);
    assert_eq!(answer.status, 200, "{answer:?}");
    let users = answer.json();
    let names: Vec<_> =
        users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect();
    assert_eq!(answer.header("x-total"), Some(names.len().to_string().as_str()));
    names
}

#[test]
fn search_is_a_literal_substring_of_username_name_or_address() {
    let server = server();
    for (text, names) in [
        ("john_smith", &["john_smith"][..]),
        ("smith", &["john_smith", "jack_smith"]),
        ("Jane Doe", &["janedoe"]),
        ("jane.doe@example.com", &["janedoe"]),
        ("paris.example", &["Emile.Zola"]),
        ("%", &["percent"]),
        ("0% s", &["percent"]),
        ("j%n", &[]),
        ("_", &["john_smith", "jack_smith", "under_score"]),
        ("u_s", &["under_score"]),
        ("j_ck", &[]),
        ("\\", &["back-slash"]),
        ("'", &["back-slash"]),
        ("\"q\"", &["back-slash"]),
        ("*", &[]),
        ("?", &[]),
        ("[a-z]", &[]),
        (".", &ALL),
        ("smith ", &[]),
        ("nobody", &[]),
    ] {
        assert_eq!(usernames_found(&server, &[("search", text)]), names, "{text}");
    }
}

#[test]
fn search_ignores_case_also_beyond_ascii() {
    let server = server();
    for (text, names) in [
        ("JOHN@EXAMPLE.COM", &["john_smith"][..]),
        ("sMITH", &["john_smith", "jack_smith"]),
        ("émile", &["Emile.Zola"]),
        ("ÉMILE zola", &["Emile.Zola"]),
        ("łódź", &["Emile.Zola"]),
        ("ΑΝΔΡΈΑΣ", &["Strasse"]),
        ("öl", &["Strasse"]),
        ("ÖL", &["Strasse"]),
    ] {
        assert_eq!(usernames_found(&server, &[("search", text)]), names, "{text}");
    }
}

#[test]
fn an_empty_search_finds_every_user() {
    let server = server();
    assert_eq!(usernames_found(&server, &[("search", "")]), ALL);
    assert_eq!(usernames_found(&server, &[("unknown", "x")]), ALL);
}

#[test]
fn the_username_filter_matches_the_whole_name() {
    let server = server();
    // GitLab's later documents: "Username search is case insensitive."
    for (name, names) in [
        ("john_smith", &["john_smith"][..]),
        ("JOHN_smith", &["john_smith"]),
        ("emile.zola", &["Emile.Zola"]),
        ("john", &[]),
        ("john%", &[]),
        ("john@example.com", &[]),
    ] {
        assert_eq!(usernames_found(&server, &[("username", name)]), names, "{name}");
    }
}

#[test]
fn the_active_and_blocked_filters_select_by_state() {
    let server = server();
    assert_eq!(usernames_found(&server, &[("blocked", "true")]), [""; 0]);
    for id in [1, 6] {
        server.put(&format!("/api/v3/users/{id}/block")).private_token(ROOT).send().expect(200);
    }
    let list_as_root = |query: &str| {
        let users = server.get(&format!("/api/v3/users?{query}")).private_token(ROOT).send().expect(200);
        users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list_as_root("blocked=true"), ["john_smith", "percent"]);
    assert_eq!(list_as_root("blocked=1"), ["john_smith", "percent"]);
    assert_eq!(
        list_as_root("active=true"),
        ALL.into_iter().filter(|n| !["john_smith", "percent"].contains(n)).collect::<Vec<_>>()
    );
    assert_eq!(list_as_root("blocked=true&search=smith"), ["john_smith"]);
    assert_eq!(list_as_root("active=true&search=smith"), ["jack_smith"]);
    assert_eq!(list_as_root("active=true&username=john_smith"), [""; 0]);
    assert_eq!(list_as_root(""), ALL);
}

#[test]
fn an_invalid_value_is_400_and_names_the_parameter() {
    let server = server();
    for (name, value) in [("active", "maybe"), ("blocked", "2"), ("blocked", "TRUE"), ("active", "true\0")] {
        let message = get(&server, &[(name, value)]).expect(400);
        assert!(
            message["message"].as_str().unwrap().starts_with(&format!("400 (Bad request) \"{name}\" ")),
            "{message}"
        );
    }
    let message = server.get("/api/v3/users?search=%FF").private_token(JOHN).send().expect(400);
    assert!(message["message"].as_str().unwrap().contains("\"search\""), "{message}");
}
