//! Operations as requests and commands.

use crate::accounts::Accounts;
use crate::harness::{Server, file, read_file};
use crate::operations::{Change, Credential, Door, Filter, Form, Move, Operation, Profile, Step};
use serde_json::{Map, Value, json};

/// Of users that are made over HTTP.
pub const FIRST_PASSWORD: &str = "correct-horse";

/// What came back, and what was asked, to be shown where the two don't agree with the model.
pub struct Seen {
    pub status: u16,
    pub body: Value,
    pub request: String,
}

/// The line of a file of fixtures/keys.
pub fn key_line(name: &str) -> String {
    read_file(&format!("fixtures/keys/{name}")).trim_end().to_owned()
}

/// Attributes by name, each a text, a boolean or some texts.
#[derive(Default)]
struct Body(Vec<(&'static str, Value)>);

impl Body {
    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    fn maybe(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// As pairs of texts, `name[]` for each of several.
    fn pairs(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = self.0.iter().flat_map(|(name, value)| match value {
            Value::Array(texts) => texts.iter().map(|one| (format!("{name}[]"), text(one))).collect(),
            one => vec![((*name).to_owned(), text(one))],
        });
        pairs.collect()
    }

    /// `Content-Type` and bytes.
    fn written(&self, form: Form) -> (&'static str, String) {
        match form {
            Form::Json => {
                let members = self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
                ("application/json", Value::Object(members.collect::<Map<_, _>>()).to_string())
            }
            Form::UrlEncoded => {
                let mut body = form_urlencoded::Serializer::new(String::new());
                ("application/x-www-form-urlencoded", body.extend_pairs(self.pairs()).finish())
            }
            Form::Multipart => {
                let part = |(name, value)| {
                    format!("--8d7f\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                };
                let parts: String = self.pairs().into_iter().map(part).collect();
                ("multipart/form-data; boundary=8d7f", parts + "--8d7f--\r\n")
            }
        }
    }
}

/// Does a step. `accounts` say by what name and number things are called now.
pub fn perform(server: &Server, accounts: &Accounts, step: &Step) -> Seen {
    match commands(accounts, &step.operation) {
        Some(args) => command(server, &args),
        None => request(server, accounts, step),
    }
}

fn command(server: &Server, args: &[String]) -> Seen {
    let args: Vec<_> = args.iter().map(String::as_str).chain(["--json"]).collect();
    let output = server.cli(&args);
    let status = output.status.code().unwrap() as u16;
    let body = match status {
        0 => serde_json::from_slice(&output.stdout).unwrap(),
        _ => json!(String::from_utf8_lossy(&output.stderr)),
    };
    Seen { status, body, request: format!("accountd {}", args.join(" ")) }
}

/// The command line, if that is the operation's door.
fn commands(accounts: &Accounts, operation: &Operation) -> Option<Vec<String>> {
    let name = |user: &i64| accounts.name_of(*user).to_owned();
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    match operation {
        Operation::CreateUser { door: Door::Cli, username, email, name, admin, .. } => {
            let mut args = vec!["user", "add", username, "--email", email, "--name", name, "--generate"];
            args.extend(admin.then_some("--admin"));
            words(&args)
        }
        Operation::UpdateUser { door: Door::Cli, user, change } => {
            let mut args = vec!["user".to_owned(), "update".to_owned(), name(user)];
            let admin = change.admin.map(|admin| admin.to_string());
            let options = [
                ("rename", change.username),
                ("email", change.email),
                ("name", change.name),
                ("bio", change.bio),
                ("profile-url", change.website),
                ("admin", admin.as_deref()),
            ];
            args.extend(options.iter().filter_map(|(name, text)| Some(format!("--{name}={}", (*text)?))));
            Some(args)
        }
        Operation::DeleteUser { door: Door::Cli, user } => words(&["user", "delete", &name(user)]),
        Operation::MoveUser { door: Door::Cli, user, to } => words(&["user", to.name(), &name(user)]),
        Operation::ShowUser { door: Door::Cli, user } => words(&["user", "show", &name(user)]),
        Operation::ListUsers { door: Door::Cli, filter } => match filter {
            Filter::Active => words(&["user", "list", "--active"]),
            Filter::Blocked => words(&["user", "list", "--blocked"]),
            Filter::Search(text) => words(&["user", "list", "--search", text]),
            Filter::Everybody | Filter::Name(_) => words(&["user", "list"]),
        },
        Operation::ListEmails { door: Door::Cli, user } => words(&["email", "list", &name(user)]),
        Operation::AddEmail { door: Door::Cli, user, address, vouch, .. } => {
            let mut args = vec!["email".to_owned(), "add".to_owned(), name(user), (*address).to_owned()];
            args.extend(vouch.then(|| "--verified".to_owned()));
            Some(args)
        }
        Operation::ChangeEmail { door: Door::Cli, user, address, primary, .. } => {
            let verb = if *primary == Some(true) { "primary" } else { "verify" };
            words(&["email", verb, &name(user), &address.of(accounts, *user)])
        }
        Operation::RemoveEmail { door: Door::Cli, user, address, .. } => {
            words(&["email", "remove", &name(user), &address.of(accounts, *user)])
        }
        Operation::ListKeys { door: Door::Cli, user, .. } => words(&["key", "list", &name(user)]),
        Operation::AddKey { door: Door::Cli, user, title, file: key, .. } => {
            let path = file(&format!("fixtures/keys/{key}"));
            words(&["key", "add", &name(user), path.to_str().unwrap(), "--title", title])
        }
        Operation::RemoveKey { door: Door::Cli, key, .. } => words(&["key", "remove", &key.to_string()]),
        Operation::MakeToken { door: Door::Cli, user, scopes, .. } => {
            words(&["token", "create", &name(user), "--name", "ci", "--scope", &scopes.join(",")])
        }
        Operation::RevokeToken { door: Door::Cli, token } => {
            let id = token.map_or(9999, |at| accounts.tokens[at % accounts.tokens.len()].id);
            words(&["token", "revoke", &id.to_string()])
        }
        _ => None,
    }
}

fn request(server: &Server, accounts: &Accounts, step: &Step) -> Seen {
    let (method, mut path, body) = asked(accounts, &step.operation);
    if step.slash && !path.contains('?') {
        path.push('/');
    }
    let mut call = authorized(server.call(method, &path), accounts, step, path.starts_with("/api/v1.1"));
    let mut request = format!("{method} {path}");
    if !body.0.is_empty() {
        let (content_type, text) = body.written(step.form);
        request = format!("{request} {text}");
        call = call.header("Content-Type", content_type).body(text);
    }
    let answer = call.send();
    let body = if answer.body.is_empty() { Value::Null } else { answer.json() };
    Seen { status: answer.status, body, request }
}

fn authorized(call: crate::harness::Call, accounts: &Accounts, step: &Step, bearer_only: bool) -> crate::harness::Call {
    match step.by {
        Credential::Nothing => call,
        Credential::Junk if bearer_only => call.bearer("no-token-of-anybody"),
        Credential::Junk => call.private("no-token-of-anybody"),
        Credential::Token(at) => {
            let secret = &accounts.tokens[at % accounts.tokens.len()].secret;
            if bearer_only || step.slash { call.bearer(secret) } else { call.private(secret) }
        }
        Credential::TokenAsPassword(at) => {
            let token = &accounts.tokens[at % accounts.tokens.len()];
            call.basic(accounts.name_of(token.user), &token.secret)
        }
        Credential::Password { user, right } => call.basic(accounts.name_of(user), &password(accounts, user, right)),
    }
}

fn password(accounts: &Accounts, user: i64, right: bool) -> String {
    let known = accounts.users.get(&user).and_then(|user| user.password.as_deref());
    if right { known.unwrap_or("no-password").to_owned() } else { "a-wrong-password".to_owned() }
}

/// Method, path and body.
fn asked(accounts: &Accounts, operation: &Operation) -> (&'static str, String, Body) {
    let api = |door: &Door| if *door == Door::V3 { "/api/v3" } else { "/api/v4" };
    let docker = |user: &i64| format!("/api/v1.1/users/{}", accounts.name_of(*user));
    let none = Body::default;
    let of = |door: &Door, user: &i64, own: bool, what: &str| {
        if own { format!("{}/user/{what}", api(door)) } else { format!("{}/users/{user}/{what}", api(door)) }
    };
    let token = |token: &Option<usize>| {
        let id = token.map(|at| accounts.tokens[at % accounts.tokens.len()].id.to_string());
        format!("/api/v4/personal_access_tokens/{}", id.as_deref().unwrap_or("self"))
    };
    match operation {
        Operation::CreateUser { door, username, email, name, admin, vouch } => {
            let body = none().with("username", *username).with("email", *email).with("name", *name);
            let body = body.with("password", FIRST_PASSWORD).with("admin", *admin);
            let body = body.maybe("skip_confirmation", (*door == Door::V4).then_some(*vouch));
            ("POST", format!("{}/users", api(door)), body)
        }
        Operation::UpdateUser { door, user, change } => ("PUT", format!("{}/users/{user}", api(door)), changed(change)),
        Operation::UpdateProfile { user, profile } => ("PATCH", docker(user), profiled(profile)),
        Operation::DeleteUser { door, user } => ("DELETE", format!("{}/users/{user}", api(door)), none()),
        Operation::MoveUser { door, user, to } => {
            let method = if *door == Door::V3 { "PUT" } else { "POST" };
            (method, format!("{}/users/{user}/{}", api(door), Move::name(*to)), none())
        }
        Operation::ShowUser { door: Door::Docker, user } => ("GET", docker(user), none()),
        Operation::ShowUser { door, user } => ("GET", format!("{}/users/{user}", api(door)), none()),
        Operation::ShowSelf { door } => ("GET", format!("{}/user", api(door)), none()),
        Operation::ListUsers { door, filter } => {
            let filter = match filter {
                Filter::Active => "&active=true".into(),
                Filter::Blocked => "&blocked=true".into(),
                Filter::Name(name) => format!("&username={}", name.replace(' ', "%20")),
                Filter::Search(text) if *door == Door::V3 => format!("&search={}", text.replace('%', "%25")),
                Filter::Search(_) | Filter::Everybody => String::new(),
            };
            ("GET", format!("{}/users?per_page=100{filter}", api(door)), none())
        }
        Operation::ListEmails { door: Door::Docker, user } => ("GET", docker(user) + "/emails", none()),
        Operation::ListEmails { door, user } => ("GET", of(door, user, false, "emails"), none()),
        Operation::AddEmail { door: Door::Docker, user, address, .. } => {
            ("POST", docker(user) + "/emails", none().with("email", *address))
        }
        Operation::AddEmail { door, user, own, address, vouch } => {
            let body = none().with("email", *address).with("skip_confirmation", *vouch);
            ("POST", of(door, user, *own, "emails"), body)
        }
        Operation::ChangeEmail { user, address, verify, primary, .. } => {
            let body =
                none().with("email", address.of(accounts, *user)).maybe("verified", *verify).maybe("primary", *primary);
            ("PATCH", docker(user) + "/emails", body)
        }
        Operation::RemoveEmail { door: Door::Docker, user, address, .. } => {
            ("DELETE", docker(user) + "/emails", none().with("email", address.of(accounts, *user)))
        }
        Operation::RemoveEmail { door, user, own, address } => {
            let address = address.of(accounts, *user);
            let all = accounts.users.values().flat_map(|user| &user.emails);
            let mut ids = all.filter(|email| email.address.eq_ignore_ascii_case(&address)).map(|email| email.id);
            let id = ids.next().unwrap_or(9999);
            ("DELETE", format!("{}/{id}", of(door, user, *own, "emails")), none())
        }
        Operation::ListKeys { door, user, own } => ("GET", of(door, user, *own, "keys"), none()),
        Operation::AddKey { door, user, own, title, file } => {
            ("POST", of(door, user, *own, "keys"), none().with("title", *title).with("key", key_line(file)))
        }
        Operation::RemoveKey { door, user, own, key } => {
            ("DELETE", format!("{}/{key}", of(door, user, *own, "keys")), none())
        }
        Operation::MakeToken { door, user, own, scopes } => {
            let body = none().with("name", "ci").with("scopes", scopes.to_vec());
            ("POST", of(door, user, *own, "personal_access_tokens"), body)
        }
        Operation::RevokeToken { token: which, .. } => ("DELETE", token(which), none()),
        Operation::RotateToken { token: which } => ("POST", token(which) + "/rotate", none()),
        Operation::SignIn { user, by_address, right } => {
            let known = accounts.users.get(user).filter(|_| *by_address);
            let login = known.map_or(accounts.name_of(*user), |user| user.email());
            let body = none().with("login", login).with("password", password(accounts, *user, *right));
            ("POST", "/api/v3/session".into(), body)
        }
    }
}

fn changed(change: &Change) -> Body {
    let body = Body::default().maybe("username", change.username).maybe("email", change.email);
    let body = body.maybe("name", change.name).maybe("bio", change.bio).maybe("website_url", change.website);
    body.maybe("password", change.password).maybe("admin", change.admin)
}

fn profiled(profile: &Profile) -> Body {
    let body = Body::default().maybe("full_name", profile.full_name).maybe("location", profile.location);
    body.maybe("company", profile.company).maybe("profile_url", profile.profile_url)
}
