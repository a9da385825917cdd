//! Compares the server and its database with the model after a sequence.

use crate::accounts::{Accounts, Email, User};
use crate::entities::{cli_user, emails, key, v3_user};
use crate::expected::{ABSENT, difference};
use crate::harness::{Request, Server};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where the server differs from the model, as each token sees it. Tokens that are revoked or deleted must not work.
pub fn difference_over_http(url: &str, accounts: &Accounts) -> Option<String> {
    // The newest first: to use a rotated token revokes the one that replaced it.
    for (at, token) in accounts.tokens.iter().enumerate().rev() {
        let caller = accounts.authenticate_token(at);
        let get = |path: &str| Request::to("GET", &format!("{url}{path}"));
        let own = get("/api/v4/personal_access_tokens/self").private_token(&token.secret).send();
        let expected = if caller.is_some() { 200 } else { 401 };
        if own.status != expected {
            return Some(format!("token {}: {} instead of {expected}", token.id, own.status));
        }
        let Some(caller) = caller else { continue };
        let user = &accounts.users[&caller.user];
        let get = |path: &str| get(path).bearer(&token.secret).send();
        let mut checks = Vec::new();
        if caller.may("read_user") {
            let users: Value = accounts.users.values().map(v3_user).collect();
            checks.push(("users", users, get("/api/v3/users?per_page=100")));
            let keys: Value = accounts.keys_of(user.id).map(key).collect();
            checks.push(("keys", keys, get("/api/v3/user/keys")));
        }
        if caller.may("email_read") {
            checks.push(("emails", emails(user), get(&format!("/api/v1.1/users/{}/emails/", user.username))));
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

/// Where the database file differs from the model, as the commands see it.
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
        difference(&exported_users(accounts), &exported["users"])
            .map_or(Ok(()), |why| Err(format!("export: {why}")))?;
        // Verifies constraints and pages.
        run(&["check"])
    };
    if let Err(why) = compare() {
        return Some(why);
    }
    let counts = server.rows(
        "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM emails), (SELECT count(*) FROM ssh_keys),
                (SELECT count(*) FROM tokens)",
    );
    let emails: usize = accounts.users.values().map(|user| user.emails.len()).sum();
    let tokens = accounts.tokens.iter().filter(|token| !token.deleted).count();
    let expected = json!([[accounts.users.len(), emails, accounts.keys.len(), tokens]]);
    difference(&expected, &counts).map(|why| format!("rows: {why}"))
}

fn exported_emails(user: &User) -> Value {
    let by = |email: &Email| match (email.vouched, email.verified) {
        (true, _) => json!("administrator"),
        (false, true) => json!("self"),
        (false, false) => json!(ABSENT),
    };
    let entry = |email: &Email| {
        let is_primary = email.id == user.primary;
        json!({ "email": email.address, "verified": email.verified, "verified_by": by(email), "primary": is_primary })
    };
    user.emails_in_order().into_iter().map(entry).collect()
}

/// All users as an export has them, with their addresses, keys and tokens.
pub fn exported_users(accounts: &Accounts) -> Value {
    accounts.users.values().map(|user| exported_user(accounts, user)).collect()
}

fn exported_user(accounts: &Accounts, user: &User) -> Value {
    let tokens = accounts.tokens.iter().filter(|token| token.user == user.id && !token.deleted && !token.revoked);
    let tokens = tokens
        .filter(|token| !token.session)
        .map(|token| json!({ "scopes": token.scopes, "token_hash": hex::encode(Sha256::digest(&token.secret)) }));
    json!({
        "id": user.id, "username": user.username, "name": user.name, "admin": user.admin, "state": user.state.name(),
        "bio": user.bio, "location": user.location, "company": user.company, "profile_url": user.website,
        "emails": exported_emails(user), "keys": accounts.keys_of(user.id).map(key).collect::<Value>(),
        "tokens": tokens.collect::<Value>(),
    })
}
