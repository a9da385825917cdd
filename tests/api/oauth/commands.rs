//! The commands `accountd app …`.

use super::{
    Application, EXAMPLE, Tokens, WIKI, WIKI_SECOND, assert_error, auto_approving_on_file, count, profile_status,
};
use crate::cli::{Commands, Database, wrong_usage};
use crate::harness::names;
use serde_json::{Value, json};

const URI: &str = "https://new.example/callback";

#[test]
fn create_prints_the_id_and_the_secret() {
    let database = Database::none();
    let text = database.ok(&["app", "create", "--name", "New", "--redirect-uri", URI]);
    let [id, secret] = &text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    let id = id.strip_prefix("client id ").unwrap().trim();
    let secret = secret.strip_prefix("client secret ").unwrap().trim();
    // The id is 128 random bits in hexadecimal, so that it never starts with a dash: other commands take it as an
    // argument. The secret is 256 random bits in base64url.
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    assert!(secret.len() == 47 && secret.starts_with("acs_"), "{text}");
    assert_eq!(database.ok(&["app", "list"]).lines().count(), 2);
    let other = database.ok(&["app", "create", "--name", "New", "--redirect-uri", URI]);
    assert!(
        !other.contains(id) && !other.contains(secret),
        "two applications may have the same name, but not the same id"
    );
}

#[test]
fn create_prints_json() {
    let database = Database::none();
    let args = ["app", "create", "--name", "New", "--redirect-uri", URI, "--redirect-uri", "http://localhost/cb"];
    let made = database.json(&args);
    let fields = ["name", "client_id", "public", "trusted", "redirect_uris", "scopes", "created_at", "client_secret"];
    assert_eq!(names(&made), fields);
    let expected = json!({
        "name": "New", "client_id": made["client_id"], "public": false, "trusted": false, "redirect_uris": [URI, "http://localhost/cb"],
        "scopes": ["profile_read", "email_read", "read_user"], "created_at": made["created_at"],
        "client_secret": made["client_secret"]
    });
    assert_eq!(made, expected);
    made["created_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let args = ["app", "create", "--name", "Phone", "--redirect-uri", "com.example.phone:/cb", "--public"];
    let public = database.json(&[&args[..], &["--scope", "api,read_user", "--scope", "profile_read"]].concat());
    assert_eq!((&public["public"], &public["client_secret"]), (&json!(true), &Value::Null));
    assert_eq!(public["scopes"], json!(["profile_read", "read_user", "api"]));
    let text = database.ok(&args);
    assert!(text.starts_with("client id ") && text.lines().count() == 1, "{text}");
}

#[test]
fn a_running_server_accepts_new_applications_and_rotated_secrets() {
    let server = auto_approving_on_file();
    let made = server.json(&["app", "create", "--name", "New", "--redirect-uri", URI]);
    let leak = |value: &Value| -> &'static str { String::leak(value.as_str().unwrap().to_owned()) };
    let mut app = Application { id: leak(&made["client_id"]), secret: Some(leak(&made["client_secret"])), uri: URI };
    let tokens = app.tokens(&server, "profile_read");
    assert_eq!(profile_status(&server, &tokens.access), 200);
    let rotated = server.json(&["app", "rotate-secret", app.id]);
    assert_eq!(names(&rotated), ["client_id", "client_secret"]);
    assert_eq!(rotated["client_id"], app.id);
    assert_error(&app.refresh(&server, &tokens.refresh, &[]), 401, "invalid_client");
    app.secret = Some(leak(&rotated["client_secret"]));
    let tokens = Tokens::of(app.refresh(&server, &tokens.refresh, &[]));
    let again = server.ok(&["app", "rotate-secret", app.id]);
    app.secret = Some(String::leak(again.trim().to_owned()));
    assert!(app.secret.unwrap().starts_with("acs_") && again.lines().count() == 1, "{again}");
    assert_eq!(app.refresh(&server, &tokens.refresh, &[]).status, 200);
}

#[test]
fn list_and_show_print_every_field() {
    let server = auto_approving_on_file();
    let wiki = json!({
        "name": "Wiki", "client_id": WIKI.id, "public": false, "trusted": false, "redirect_uris": [WIKI.uri, WIKI_SECOND],
        "scopes": ["profile_read", "profile_write", "email_read", "email_write", "read_user", "read_api", "api"],
        "created_at": server.json(&["app", "show", WIKI.id])["created_at"]
    });
    assert_eq!(server.json(&["app", "show", WIKI.id]), wiki);
    let list = server.json(&["app", "list"]);
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|app| app["client_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["TestClientID", "WikiClientID", "PhoneClientID", "ReaderClientID", "IdleClientID"]);
    assert_eq!(list[1], wiki);
    assert_eq!(list[2]["public"], true);
    let text = server.ok(&["app", "list"]);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("CLIENT ID") && lines[0].contains("REDIRECT URI"), "{text}");
    assert!(lines[3].contains("PhoneClientID") && lines[3].contains("public"), "{text}");
    assert!(server.ok(&["app", "show", WIKI.id]).contains(WIKI_SECOND));
    assert_eq!(Database::light().ok(&["app", "list"]), "");
    assert_eq!(Database::light().json(&["app", "list"]), json!([]));
}

#[test]
fn delete_removes_an_application_with_its_authorizations_and_tokens() {
    let server = auto_approving_on_file();
    let shown = server.json(&["app", "show", WIKI.id]);
    WIKI.tokens(&server, "api");
    assert_eq!(server.json(&["app", "delete", WIKI.id]), shown);
    let rows =
        ["applications", "application_redirect_uris", "authorizations", "tokens"].map(|table| count(&server, table));
    assert_eq!(rows, [4, 5, 0, 4]);
    assert_eq!(server.ok(&["app", "delete", EXAMPLE.id]), "application TestClientID deleted\n");
    assert!(server.refused(&["app", "delete", EXAMPLE.id]).contains("TestClientID"));
}

#[test]
fn grants_lists_authorizations_and_revoke_ends_them() {
    let server = super::auto_approving_on_file();
    assert_eq!((server.ok(&["app", "grants"]), server.json(&["app", "grants"])), (String::new(), json!([])));
    EXAMPLE.code(&server, "");
    assert_eq!(server.json(&["app", "grants"]), json!([]), "an unused code gives no access");
    let first = EXAMPLE.tokens(&server, "profile_read");
    let second = EXAMPLE.tokens(&server, "profile_read email_read");
    let wiki = WIKI.tokens(&server, "api");
    let grants = server.json(&["app", "grants"]);
    let row = |n: usize, app: Application, scopes: Value| {
        let name = if app.id == WIKI.id { "Wiki" } else { "Example" };
        json!({"username": "janedoe", "application": name, "client_id": app.id, "scopes": scopes, "created_at": grants[n]["created_at"],
               "last_used_at": null})
    };
    let expected = json!([
        row(0, EXAMPLE, json!(["profile_read"])),
        row(1, EXAMPLE, json!(["profile_read", "email_read"])),
        row(2, WIKI, json!(["api"])),
    ]);
    assert_eq!(grants, expected);
    assert_eq!(server.json(&["app", "grants", "janedoe"]), expected);
    assert_eq!(server.json(&["app", "grants", "JANEDOE"]), expected);
    assert_eq!(server.json(&["app", "grants", "john_smith"]), json!([]));
    let text = server.ok(&["app", "grants", "janedoe"]);
    assert!(text.starts_with("USERNAME") && text.lines().count() == 4 && text.contains("never"), "{text}");
    let said = server.ok(&["app", "revoke", EXAMPLE.id, "janedoe"]);
    assert!(said.contains(EXAMPLE.id) && said.contains("janedoe"), "{said}");
    assert_eq!([&first, &second, &wiki].map(|tokens| profile_status(&server, &tokens.access)), [401, 401, 200]);
    assert_eq!(server.json(&["app", "grants"]), json!([expected[2]]));
    assert!(server.refused(&["app", "revoke", EXAMPLE.id, "janedoe"]).contains(EXAMPLE.id));
    // John has authorized nothing, so there is nothing to revoke.
    assert!(server.refused(&["app", "revoke", WIKI.id, "john_smith"]).contains("john_smith"));
    assert_eq!(profile_status(&server, &wiki.access), 200);
}

#[test]
fn unknown_applications_and_users_are_reported() {
    let server = auto_approving_on_file();
    for args in [
        &["app", "show", "NobodysClientID"][..],
        &["app", "rotate-secret", "NobodysClientID"],
        &["app", "delete", "NobodysClientID"],
        &["app", "revoke", "NobodysClientID", "janedoe"],
        &["app", "show", "testclientid"],
        &["app", "show", ""],
    ] {
        let line = server.refused(args);
        assert!(args[2].is_empty() || line.contains(args[2]), "{line}");
    }
    for args in [&["app", "grants", "nobody"][..], &["app", "revoke", WIKI.id, "nobody"]] {
        assert!(server.refused(args).contains("nobody"), "{args:?}");
    }
    let line = server.refused(&["app", "rotate-secret", super::PHONE.id]);
    assert!(line.contains("public"), "{line}");
}

#[test]
fn invalid_arguments_of_create_are_refused() {
    let database = Database::light();
    for (args, word) in [
        (&["app", "create"][..], "--name"),
        (&["app", "create", "--name", "New"], "--redirect-uri"),
        (&["app", "create", "--redirect-uri", URI], "--name"),
        (&["app", "create", "--name", "New", "--redirect-uri", URI, "--scope", "sudo"], "profile_read"),
        (&["app", "create", "--name", "New", "--redirect-uri", URI, "--scope", ""], "profile_read"),
        (&["app", "create", "--name", "New", "--redirect-uri", URI, "--secret", "x"], "--secret"),
        (&["app", "revoke", WIKI.id], "USERNAME"),
        (&["app"], "Usage"),
    ] {
        let said = wrong_usage(database.run(args));
        assert!(said.contains(word), "{args:?}: {said}");
    }
    for (name, word) in [("", "name"), ("a\nb", "name"), (&"x".repeat(256), "name"), ("\u{7}", "name")] {
        let line = database.refused(&["app", "create", "--name", name, "--redirect-uri", URI]);
        assert!(line.contains(word), "{line}");
    }
    let twice = database.refused(&["app", "create", "--name", "New", "--redirect-uri", URI, "--redirect-uri", URI]);
    assert!(twice.contains("redirect"), "{twice}");
    assert_eq!(database.value::<i64>("SELECT count(*) FROM applications"), 0);
}

#[test]
fn any_single_line_of_text_is_a_valid_name() {
    let database = Database::none();
    for name in ["Été & <b>Söhne</b>", "x".repeat(255).as_str(), "💥", "' OR 1=1 --"] {
        let made = database.json(&["app", "create", "--name", name, "--redirect-uri", URI]);
        assert_eq!(made["name"], name);
    }
}
