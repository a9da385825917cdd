//! Section 4.15, a client that impersonates a resource owner, and RFC 6749 section 10.2, a client that impersonates
//! another client.

use crate::harness::{ROOT, Server, run};
use crate::oauth::browser::Browser;
use crate::oauth::{Application, DOCKER, GITLAB, PHONE, PKCE, WIKI, assert_error, server_with_consent};
use serde_json::json;

/// A server with applications whose client ids are the name, id or address of a user.
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

const NAMESAKES: [Application; 4] = {
    const ONE: Application =
        Application { id: "root", secret: Some("namesakes-secret"), uri: "https://namesake.example/cb" };
    [
        ONE,
        Application { id: "4", ..ONE },
        Application { id: "admin@example.com", ..ONE },
        Application { id: "janedoe", ..ONE },
    ]
};

#[test]
fn an_application_cannot_impersonate_the_user_with_the_same_name() {
    let server = with_namesakes();
    for app in NAMESAKES {
        // Its secret is not a user's password or token.
        for path in ["/api/v1.1/users/root/", "/api/v1.1/users/janedoe/"] {
            assert_eq!(server.get(path).basic(app.id, "namesakes-secret").send().status, 401, "{}", app.id);
        }
        assert_eq!(server.get("/api/v4/user").private_token("namesakes-secret").send().status, 401);
        let session = json!({"login": app.id, "password": "namesakes-secret"});
        assert_eq!(server.post("/api/v3/session").json(session).send().status, 401);
        // It cannot get a token for itself, which could be mistaken for the user's.
        for paths in [DOCKER, GITLAB] {
            let fields = [("grant_type", "client_credentials"), ("scope", "api")];
            assert_error(&app.call(&server, paths.token, &fields).send(), 400, "unsupported_grant_type");
        }
        // Its access token acts for the user who approved it.
        let tokens = app.tokens(&server, "api");
        assert_eq!(server.get("/api/v4/user").bearer(&tokens.access).send().expect(200)["username"], "janedoe");
        let introspection = app.introspect(&server, &tokens.access).expect(200);
        assert_eq!(
            (&introspection["sub"], &introspection["username"], &introspection["client_id"]),
            (&json!("2"), &json!("janedoe"), &json!(app.id))
        );
    }
}

/// A password or token of a user is not a client secret.
#[test]
fn a_user_cannot_impersonate_the_application_with_the_same_id() {
    let server = with_namesakes();
    for (id, secret) in [("root", "root-password"), ("root", ROOT), ("janedoe", "password"), ("4", ROOT)] {
        for path in [DOCKER.token, DOCKER.introspect, DOCKER.revoke] {
            let fields = [("grant_type", "code"), ("code", "x"), ("token", ROOT)];
            assert_error(&server.post(path).basic(id, secret).form(&fields).send(), 401, "invalid_client");
        }
    }
}

/// Otherwise it could be the name of a user.
#[test]
fn the_id_of_an_application_cannot_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    let args =
        ["app", "create", "--name", "root", "--redirect-uri", "https://x.example/", "--db", db.to_str().unwrap()];
    for option in ["--client-id", "--id", "--client-secret", "--secret"] {
        assert_eq!(run(&[&args[..], &[option, "root"]].concat()).status.code(), Some(2), "{option}");
    }
}

/// Any program can use the id of a public application, so the user is asked every time and sees the redirect URI.
#[test]
fn a_public_application_needs_consent_every_time() {
    let server = server_with_consent();
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    for _ in 0..3 {
        let page = browser.consent_page(DOCKER, &PHONE.query(PKCE));
        assert!(page.body.contains("com.example.phone:"), "{}", page.body);
        browser.decide(&page, "allow");
    }
    let page = browser.consent_page(DOCKER, &WIKI.query(""));
    assert!(page.body.contains("wiki.example"), "{}", page.body);
}

#[test]
fn the_name_of_an_application_is_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let name = "</h1><script>alert(1)</script>\" onload=\"x' {{7*7}} &lt;";
    let seed = json!({"applications": [{"name": name, "client_id": "markup", "client_secret": "a-secret-of-it",
        "redirect_uris": ["https://markup.example/cb"], "scopes": ["profile_read"]}]});
    let path = folder.path().join("markup.json");
    std::fs::write(&path, seed.to_string()).unwrap();
    let demo = crate::harness::file("fixtures/demo.json");
    let server =
        Server::start_in(folder, &["--memory", "--seed", demo.to_str().unwrap(), "--seed", path.to_str().unwrap()]);
    let mut browser = Browser::signed_in(&server, "janedoe", "password");
    let page = browser.consent_page(DOCKER, "client_id=markup&response_type=code&scope=profile_read");
    for text in ["<script", "onload=\"", "49", "</h1><"] {
        assert!(!page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(page.body.contains("alert(1)") && page.body.contains("{{7*7}}"), "{}", page.body);
}
