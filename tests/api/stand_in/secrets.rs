//! No credential of a whole run is in the journal, the events or the state.

use super::{requests, stand_in};
use crate::harness::{JOHN, ROOT, Response, Server};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The credentials that were used or made.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn add(&mut self, secret: &str) -> String {
        assert!(secret.len() > 7, "{secret:?} is too short to be searched for");
        self.0.push(secret.to_owned());
        secret.to_owned()
    }

    /// The text of this field of the answer.
    fn of(&mut self, answer: Response, status: u16, field: &str) -> String {
        let body = answer.expect(status);
        self.add(body[field].as_str().unwrap_or_else(|| panic!("{field}: {body}")))
    }
}

fn tokens(server: &Server, secrets: &mut Secrets) {
    let create = json!({"name": "t", "scopes": ["api"]});
    let created = server.post("/api/v4/users/1/personal_access_tokens").private_token(ROOT).json(create.clone());
    let token = secrets.of(created.send(), 201, "token");
    let rotated = server.post("/api/v4/personal_access_tokens/self/rotate").private_token(&token).send();
    let token = secrets.of(rotated, 200, "token");
    let impersonation = server.post("/api/v4/users/1/impersonation_tokens").private_token(ROOT).json(create).send();
    secrets.of(impersonation, 201, "token");
    server.get("/api/v4/user").bearer(&token).send().expect(200);
    server.get(&format!("/api/v4/users?private_token={token}&per_page=1")).send().expect(200);
    server.get(&format!("/api/v4/user?access_token={token}")).send();
    server.put("/api/v3/user/keys").form(&[("private_token", &token)]).send();
    server.post("/api/v3/user/keys").form(&[("private_token", &token), ("key", "x"), ("title", "t")]).send();
    server
        .get("/api/v4/nothing")
        .private_token(&token)
        .header("Referer", &format!("http://x/?private_token={token}"))
        .send();
    server.get("/api/v4/user").header("Authorization", &token).send();
    server.get("/api/v4/user").header("Cookie", &format!("accountd_session={token}; other={token}")).send();
}

fn passwords(server: &Server, secrets: &mut Secrets) {
    let first = secrets.add("first-password-of-ada");
    let user =
        |password: &str| json!({"username": "ada", "name": "Ada", "email": "ada@example.com", "password": password});
    server.post("/api/v4/users").private_token(ROOT).json(user(&first)).send().expect(201);
    let sign_in =
        |password: &str| server.post("/api/v3/session").json(json!({"login": "ada", "password": password})).send();
    secrets.of(sign_in(&first), 201, "private_token");
    let second = secrets.add("second-password-of-ada");
    let id = server.get("/api/v4/users?username=ada").private_token(ROOT).send().expect(200)[0]["id"].clone();
    let change = server.put(&format!("/api/v4/users/{id}")).private_token(ROOT);
    change.form(&[("password", &second)]).send().expect(200);
    let wrong = secrets.add("wrong-password-of-ada");
    assert_eq!(sign_in(&wrong).status, 401);
    server.get("/api/v1.1/users/ada/").basic("ada", &second).send().expect(200);
    secrets.add(&BASE64_STANDARD.encode(format!("ada:{second}")));
    server.get("/api/v1.1/users/ada/").basic("ada", &wrong).send().expect(401);
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----";
    secrets.add("b3BlbnNzaC1rZXktdjEAAAAA");
    server.post("/api/v4/user/keys").private_token(JOHN).json(json!({"title": "t", "key": key})).send();
    server
        .post("/api/v4/users")
        .private_token(ROOT)
        .json(json!({"Password": second, "x": {"client_secret": [wrong]}}))
        .send();
}

fn browser(server: &Server, secrets: &mut Secrets) {
    let hidden = |page: &Response| {
        let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").unwrap_or_else(|| panic!("{page:?}"));
        rest.split_once('"').unwrap().0.to_owned()
    };
    let cookie = |answer: &Response| answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let form = server.get("/account/sign-in").send();
    let (first, csrf) = (cookie(&form), secrets.add(&hidden(&form)));
    secrets.add(first.split_once('=').unwrap().1);
    let password = secrets.add("john-password");
    let fields = [("csrf", &*csrf), ("login", "john_smith"), ("password", &*password)];
    let signed_in = server.post("/account/sign-in").header("Cookie", &first).form(&fields).send();
    assert_eq!(signed_in.status, 303, "{signed_in:?}");
    let session = signed_in.all("set-cookie").into_iter().find(|it| it.starts_with("accountd_session=")).unwrap();
    let session = session.split(';').next().unwrap().to_owned();
    secrets.add(session.split_once('=').unwrap().1);
    let page = server.get("/account/applications").header("Cookie", &session).send();
    let csrf = secrets.add(&hidden(&page));
    server.post("/account/sign-out").header("Cookie", &session).form(&[("csrf", &csrf)]).send();
}

fn oauth(server: &Server, secrets: &mut Secrets) {
    let secret = secrets.add("TestClientSecret");
    secrets.add(VERIFIER);
    secrets.add(&BASE64_STANDARD.encode(format!("TestClientID:{secret}")));
    let query = "client_id=TestClientID&response_type=code&state=s1&scope=profile_read";
    let code = |secrets: &mut Secrets| {
        let pkce = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
        let redirect = server.get(&format!("/oauth/authorize?{query}{pkce}")).send();
        let location = redirect.header("location").unwrap_or_else(|| panic!("{redirect:?}")).to_owned();
        let (_, rest) = location.split_once("code=").unwrap();
        secrets.add(rest.split('&').next().unwrap())
    };
    let grant = [("grant_type", "authorization_code"), ("code_verifier", VERIFIER)];
    let by_basic = code(secrets);
    let call = server.post("/oauth/token").basic("TestClientID", &secret);
    let answer = call.form(&[grant.as_slice(), &[("code", &by_basic)]].concat()).send();
    secrets.add(answer.json()["access_token"].as_str().unwrap());
    let refresh = secrets.of(answer, 200, "refresh_token");
    let client = [("client_id", "TestClientID"), ("client_secret", &*secret)];
    let fields = [client.as_slice(), &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]].concat();
    let access = secrets.of(server.post("/api/v1.1/o/token").form(&fields).send(), 200, "access_token");
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        server.post(path).form(&[client.as_slice(), &[("token", &access)]].concat()).send().expect(200);
    }
    let url = format!("/account/sign-in?return_to=%2Foauth%2Fauthorize%3Fcode%3D{by_basic}");
    server.get(&url).send();
}

/// All events up to the one that has this text.
fn events(server: &Server, last: &str) -> String {
    let mut stream = server.connect();
    write!(stream, "GET /_accountd/events?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut events = String::new();
    let mut stream = BufReader::new(stream);
    while !events.contains(last) {
        assert!(stream.read_line(&mut events).unwrap() > 0, "the stream has ended");
    }
    // The data of the last one.
    stream.read_line(&mut events).unwrap();
    events
}

#[test]
fn no_credential_of_a_whole_run_is_in_the_journal_the_events_or_the_state() {
    let server = Server::demo_with(&["--control", "--auto-approve", "janedoe"]);
    let mut secrets = Secrets(vec![ROOT.into(), JOHN.into()]);
    tokens(&server, &mut secrets);
    passwords(&server, &mut secrets);
    browser(&server, &mut secrets);
    oauth(&server, &mut secrets);
    assert!(secrets.0.len() > 20);
    let state = server.get("/_accountd/state").send();
    let journal = server.get("/_accountd/requests").send();
    assert_eq!(journal.json()["more"], false);
    let events = events(&server, &format!("\nid: 1.{}\n", journal.json()["last"]));
    for secret in &secrets.0 {
        for (name, text) in [("journal", &journal.body), ("events", &events), ("state", &state.body)] {
            let around = text.find(secret.as_str()).map(|at| &text[at.saturating_sub(200)..(at + 100).min(text.len())]);
            assert_eq!(around, None, "{secret} is in the {name}");
        }
    }
    assert!(journal.body.matches("sha256:").count() > secrets.0.len());
}

#[test]
fn the_same_credential_has_the_same_mark_everywhere() {
    let server = stand_in();
    server.get("/api/v4/user").private_token(JOHN).send().expect(200);
    server.get("/api/v4/user").bearer(JOHN).send().expect(200);
    server.get(&format!("/api/v4/user?private_token={JOHN}")).send().expect(200);
    let entries = requests(&server);
    let mark = entries[0]["request"]["headers"]["private-token"].as_str().unwrap();
    assert!(mark.len() == 15 && mark.starts_with("sha256:"), "{mark}");
    assert_eq!(entries[1]["request"]["headers"]["authorization"], format!("Bearer {mark}"));
    assert_eq!(entries[2]["request"]["query"]["private_token"], mark);
}
