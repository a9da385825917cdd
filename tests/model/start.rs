//! The accounts that each sequence starts with.

use crate::accounts::{Accounts, State};
use crate::entities::emails;
use serde_json::{Value, json};

/// An administrator, two users, one pending approval and one deactivated.
pub fn accounts(passwords: bool) -> Accounts {
    let mut accounts = Accounts::default();
    for (name, address) in [("root", "root@example.com"), ("jane", "jane@example.com"), ("joe", "joe@example.com")] {
        let user = accounts.add_user(name, address, true);
        user.password = passwords.then(|| format!("password-of-{name}"));
        user.admin = name == "root";
        if name == "jane" {
            accounts.add_email(2, "jane@work.example", false);
        }
    }
    let pending = accounts.add_user("newcomer", "newcomer@example.com", true);
    pending.state = State::Pending;
    let deactivated = accounts.add_user("sleeper", "sleeper@example.com", true);
    deactivated.state = State::Deactivated;
    deactivated.password = passwords.then(|| "password-of-sleeper".to_owned());
    // Ordered by user, because an import gives ids in that order. The first token of each user permits everything.
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

/// The accounts as a file for `--seed` (SPEC 8).
pub fn seed(accounts: &Accounts) -> Value {
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
