//! Section 4.15, a client that impersonates a resource owner, and (RFC 6749 section 10.2) one that impersonates another.

use crate::harness::{ROOT, Server, run};
use crate::oauth::browser::Browser;
use crate::oauth::{App, DOCKER, GITLAB, PHONE, PKCE, WIKI, refused, with_pages};
use serde_json::json;

/// Applications whose ids are a user's name, id and address.
fn with_namesakes() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let application = |id: &str| {
        json!({"name": "root", "client_id": id, "client_secret": "namesakes-secret",
               "redirect_uris": ["https://namesake.example/cb"], "scopes": ["api", "profile_read"]})
    };
    let applications = ["root", "4", "admin@example.com", "janedoe"].map(application);
    let seed = json!({ "applications": applications });
    let path = folder.path().join("namesakes.json");
    std::fs::write(&path, seed.to_string()).unwrap();
    let demo = crate::harness::file("fixtures/demo.json");
    let args =
        ["--memory", "--seed", demo.to_str().unwrap(), "--seed", path.to_str().unwrap(), "--auto-approve", "janedoe"];
    Server::start_in(folder, &args)
}

const NAMESAKES: [App; 4] = {
    const ONE: App = App { id: "root", secret: Some("namesakes-secret"), uri: "https://namesake.example/cb" };
    [ONE, App { id: "4", ..ONE }, App { id: "admin@example.com", ..ONE }, App { id: "janedoe", ..ONE }]
};

#[test]
fn an_application_with_the_id_of_a_user() {
    let server = with_namesakes();
    for app in NAMESAKES {
        // It is no user: its secret opens nothing.
        for path in ["/api/v1.1/users/root/", "/api/v1.1/users/janedoe/"] {
            assert_eq!(server.get(path).basic(app.id, "namesakes-secret").send().status, 401, "{}", app.id);
        }
        assert_eq!(server.get("/api/v4/user").private("namesakes-secret").send().status, 401);
        let session = json!({"login": app.id, "password": "namesakes-secret"});
        assert_eq!(server.post("/api/v3/session").json(session).send().status, 401);
        // It cannot have a token of its own, which could be taken for the user's.
        for names in [DOCKER, GITLAB] {
            let fields = [("grant_type", "client_credentials"), ("scope", "api")];
            refused(&app.call(&server, names.token, &fields).send(), 400, "unsupported_grant_type");
        }
        // What it gets is of the user who allowed it, and says so.
        let tokens = app.tokens(&server, "api");
        assert_eq!(server.get("/api/v4/user").bearer(&tokens.access).send().expect(200)["username"], "janedoe");
        let told = app.introspect(&server, &tokens.access).expect(200);
        assert_eq!(
            (&told["sub"], &told["username"], &told["client_id"]),
            (&json!("2"), &json!("janedoe"), &json!(app.id))
        );
    }
}

/// Nor does a user's password or token make an application.
#[test]
fn a_user_with_the_id_of_an_application() {
    let server = with_namesakes();
    for (id, secret) in [("root", "root-password"), ("root", ROOT), ("janedoe", "password"), ("4", ROOT)] {
        for path in [DOCKER.token, DOCKER.introspect, DOCKER.revoke] {
            let fields = [("grant_type", "code"), ("code", "x"), ("token", ROOT)];
            refused(&server.post(path).basic(id, secret).form(&fields).send(), 401, "invalid_client");
        }
    }
}

/// Ids that the command line makes are random: nobody chooses one that is a user's.
#[test]
fn an_id_of_ones_own_choice() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let args =
        ["app", "create", "--name", "root", "--redirect-uri", "https://x.example/", "--db", db.to_str().unwrap()];
    for option in ["--client-id", "--id", "--client-secret", "--secret"] {
        assert_eq!(run(&[&args[..], &[option, "root"]].concat()).status.code(), Some(2), "{option}");
    }
}

/// Anybody can say to be a public application: the user is asked, every time, and told where the answer goes.
#[test]
fn a_public_application_under_anothers_name() {
    let server = with_pages();
    let mut browser = Browser::of(&server, "janedoe", "password");
    for _ in 0..3 {
        let page = browser.asked(DOCKER, &PHONE.query(PKCE));
        assert!(page.body.contains("com.example.phone:"), "{}", page.body);
        browser.decide(&page, "allow");
    }
    let page = browser.asked(DOCKER, &WIKI.query(""));
    assert!(page.body.contains("wiki.example"), "{}", page.body);
}

/// A name is not the markup or the words of the page.
#[test]
fn an_application_whose_name_is_markup() {
    let folder = tempfile::tempdir().unwrap();
    let name = "</h1><script>alert(1)</script>\" onload=\"x' {{7*7}} &lt;";
    let seed = json!({"applications": [{"name": name, "client_id": "markup", "client_secret": "a-secret-of-it",
        "redirect_uris": ["https://markup.example/cb"], "scopes": ["profile_read"]}]});
    let path = folder.path().join("markup.json");
    std::fs::write(&path, seed.to_string()).unwrap();
    let demo = crate::harness::file("fixtures/demo.json");
    let server =
        Server::start_in(folder, &["--memory", "--seed", demo.to_str().unwrap(), "--seed", path.to_str().unwrap()]);
    let mut browser = Browser::of(&server, "janedoe", "password");
    let page = browser.asked(DOCKER, "client_id=markup&response_type=code&scope=profile_read");
    for text in ["<script", "onload=\"", "49", "</h1><"] {
        assert!(!page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(page.body.contains("alert(1)") && page.body.contains("{{7*7}}"), "{}", page.body);
}
