//! Who is there at the start, and whether in the end what is there is what the model says.

use crate::accounts::{Accounts, State};
use crate::expected::{cli_user, difference, emails, key, v3_user};
use crate::harness::Server;
use serde_json::{Value, json};

/// An administrator, two users, one who waits to be let in and one who has not been there for long.
pub fn start(passwords: bool) -> Accounts {
    let mut accounts = Accounts::default();
    for (name, address) in [("root", "root@example.com"), ("jane", "jane@example.com"), ("joe", "joe@example.com")] {
        let user = accounts.add_user(name, address, true);
        user.password = passwords.then(|| format!("password-of-{name}"));
        user.admin = name == "root";
        if name == "jane" {
            accounts.add_email(2, "jane@work.example", false);
        }
    }
    let waiting = accounts.add_user("newcomer", "newcomer@example.com", true);
    waiting.state = State::Pending;
    let dormant = accounts.add_user("sleeper", "sleeper@example.com", true);
    dormant.state = State::Deactivated;
    dormant.password = passwords.then(|| "password-of-sleeper".to_owned());
    // In the order of their owners, as an import numbers them: the first of each can do everything.
    let tokens: [(i64, &[&str]); 6] = [
        (1, &["api"]),
        (1, &["read_api"]),
        (2, &["api"]),
        (2, &["read_user"]),
        (3, &["api"]),
        (3, &["profile_read", "email_read"]),
    ];
    for (at, (user, scopes)) in tokens.into_iter().enumerate() {
        accounts.add_token(user, scopes, false).secret = format!("token-number-{at}-of-the-model");
    }
    accounts
}

/// The same as a fixture file (SPEC 8).
pub fn fixture(accounts: &Accounts) -> Value {
    let users = accounts.users.values().map(|user| {
        let tokens = accounts.tokens.iter().filter(|token| token.user == user.id);
        let tokens = tokens.map(|token| json!({ "token": token.secret, "scopes": token.scopes }));
        let mut entry = json!({
            "id": user.id, "username": user.username, "admin": user.admin, "state": user.state.name(),
            "blocked": user.state.is_blocked(), "emails": emails(user), "tokens": tokens.collect::<Value>(),
        });
        if let Some(password) = &user.password {
            entry["password"] = json!(password);
        }
        entry
    });
    json!({ "users": users.collect::<Value>() })
}

/// Where the server and the model differ, over HTTP: who is there, and what every token that ever was opens.
pub fn difference_over_http(server: &Server, accounts: &Accounts) -> Option<String> {
    for (at, token) in accounts.tokens.iter().enumerate() {
        let alive = accounts.by_token(at);
        let own = server.get("/api/v4/personal_access_tokens/self").private(&token.secret).send();
        let expected = if alive.is_some() { 200 } else { 401 };
        if own.status != expected {
            return Some(format!("token {}: {} instead of {expected}", token.id, own.status));
        }
        let Some(caller) = alive else { continue };
        let user = &accounts.users[&caller.user];
        let get = |path: String| server.get(&path).bearer(&token.secret).send();
        let mut checks = Vec::new();
        if caller.may("read_user") {
            let everybody: Value = accounts.users.values().map(v3_user).collect();
            checks.push(("users", everybody, get("/api/v3/users?per_page=100".into())));
            let keys: Value = accounts.keys_of(user.id).map(key).collect();
            checks.push(("keys", keys, get("/api/v3/user/keys".into())));
        }
        if caller.may("email_read") {
            checks.push(("emails", emails(user), get(format!("/api/v1.1/users/{}/emails/", user.username))));
        }
        for (what, expected, answer) in checks {
            let why = match answer.status {
                200 => difference(&expected, &answer.json()),
                other => Some(format!("{other} instead of 200")),
            };
            if let Some(why) = why {
                return Some(format!("{what}, as token {} sees them: {why}", token.id));
            }
        }
    }
    None
}

/// The same in the database, as the commands see it.
pub fn difference_in_the_file(server: &Server, accounts: &Accounts) -> Option<String> {
    let run = |args: &[&str]| match server.cli(args) {
        output if output.status.success() => Ok(output.stdout),
        output => Err(format!("{args:?}: {output:?}")),
    };
    let compare = || {
        let listed = serde_json::from_slice(&run(&["user", "list", "--json"])?).unwrap();
        let expected = accounts.users.values().map(cli_user).collect();
        difference(&expected, &listed).map_or(Ok(()), |why| Err(format!("user list: {why}")))?;
        let exported: Value = serde_json::from_slice(&run(&["export"])?).unwrap();
        let expected = accounts.users.values().map(|user| exported_user(accounts, user)).collect();
        difference(&expected, &exported["users"]).map_or(Ok(()), |why| Err(format!("export: {why}")))?;
        // Every constraint, every page.
        run(&["check"])
    };
    if let Err(why) = compare() {
        return Some(why);
    }
    let sums = server.rows(
        "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM emails), (SELECT count(*) FROM ssh_keys),
                (SELECT count(*) FROM tokens)",
    );
    let emails: usize = accounts.users.values().map(|user| user.emails.len()).sum();
    let tokens = accounts.tokens.iter().filter(|token| !token.gone).count();
    let expected = json!([[accounts.users.len(), emails, accounts.keys.len(), tokens]]);
    difference(&expected, &sums).map(|why| format!("rows: {why}"))
}

fn exported_user(accounts: &Accounts, user: &crate::accounts::User) -> Value {
    let tokens = accounts.tokens.iter().filter(|token| token.user == user.id && !token.gone && !token.revoked);
    let tokens = tokens.filter(|token| !token.session).map(|token| json!({ "scopes": token.scopes }));
    json!({
        "id": user.id, "username": user.username, "name": user.name, "admin": user.admin, "state": user.state.name(),
        "bio": user.bio, "location": user.location, "company": user.company, "profile_url": user.website,
        "emails": emails(user), "keys": accounts.keys_of(user.id).map(key).collect::<Value>(),
        "tokens": tokens.collect::<Value>(),
    })
}
