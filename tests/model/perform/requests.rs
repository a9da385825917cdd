//! Operations as HTTP requests.

use super::body::{Body, changed, profiled};
use super::{FIRST_PASSWORD, key_line, password};
use crate::accounts::Accounts;
use crate::operations::{Filter, Interface, Operation};

/// The method, path and body.
pub fn request(accounts: &Accounts, operation: &Operation) -> (&'static str, String, Body) {
    let api = |interface: &Interface| if *interface == Interface::V3 { "/api/v3" } else { "/api/v4" };
    let docker = |user: &i64| format!("/api/v1.1/users/{}", accounts.name_of(*user));
    let none = Body::default;
    let of = |interface: &Interface, user: &i64, own: bool, what: &str| {
        if own { format!("{}/user/{what}", api(interface)) } else { format!("{}/users/{user}/{what}", api(interface)) }
    };
    let token = |token: &Option<usize>| {
        let id = token.map(|at| accounts.tokens[at % accounts.tokens.len()].id.to_string());
        format!("/api/v4/personal_access_tokens/{}", id.as_deref().unwrap_or("self"))
    };
    match operation {
        Operation::CreateUser { interface, username, email, name, admin, verified } => {
            let body = none().with("username", *username).with("email", *email).with("name", *name);
            let body = body.with("password", FIRST_PASSWORD).with("admin", *admin);
            let body = body.optional("skip_confirmation", (*interface == Interface::V4).then_some(*verified));
            ("POST", format!("{}/users", api(interface)), body)
        }
        Operation::UpdateUser { interface, user, change } => {
            ("PUT", format!("{}/users/{user}", api(interface)), changed(change))
        }
        Operation::UpdateProfile { user, profile } => ("PATCH", docker(user), profiled(profile)),
        Operation::DeleteUser { interface, user } => ("DELETE", format!("{}/users/{user}", api(interface)), none()),
        Operation::ChangeState { interface, user, transition } => {
            let method = if *interface == Interface::V3 { "PUT" } else { "POST" };
            (method, format!("{}/users/{user}/{}", api(interface), transition.name()), none())
        }
        Operation::ShowUser { interface: Interface::Docker, user } => ("GET", docker(user), none()),
        Operation::ShowUser { interface, user } => ("GET", format!("{}/users/{user}", api(interface)), none()),
        Operation::ShowSelf { interface } => ("GET", format!("{}/user", api(interface)), none()),
        Operation::ListUsers { interface, filter } => {
            let filter = match filter {
                Filter::Active => "&active=true".into(),
                Filter::Blocked => "&blocked=true".into(),
                Filter::Name(name) => format!("&username={}", name.replace(' ', "%20")),
                Filter::Search(text) if *interface == Interface::V3 => format!("&search={}", text.replace('%', "%25")),
                Filter::Search(_) | Filter::All => String::new(),
            };
            ("GET", format!("{}/users?per_page=100{filter}", api(interface)), none())
        }
        Operation::ListEmails { interface: Interface::Docker, user } => ("GET", docker(user) + "/emails", none()),
        Operation::ListEmails { interface, user } => ("GET", of(interface, user, false, "emails"), none()),
        Operation::AddEmail { interface: Interface::Docker, user, address, .. } => {
            ("POST", docker(user) + "/emails", none().with("email", *address))
        }
        Operation::AddEmail { interface, user, own, address, verified } => {
            let body = none().with("email", *address).with("skip_confirmation", *verified);
            ("POST", of(interface, user, *own, "emails"), body)
        }
        Operation::ChangeEmail { user, address, verify, primary, .. } => {
            let body = none()
                .with("email", address.of(accounts, *user))
                .optional("verified", *verify)
                .optional("primary", *primary);
            ("PATCH", docker(user) + "/emails", body)
        }
        Operation::RemoveEmail { interface: Interface::Docker, user, address, .. } => {
            ("DELETE", docker(user) + "/emails", none().with("email", address.of(accounts, *user)))
        }
        Operation::RemoveEmail { interface, user, own, address } => {
            let address = address.of(accounts, *user);
            let all = accounts.users.values().flat_map(|user| &user.emails);
            let mut ids = all.filter(|email| email.address.eq_ignore_ascii_case(&address)).map(|email| email.id);
            let id = ids.next().unwrap_or(9999);
            ("DELETE", format!("{}/{id}", of(interface, user, *own, "emails")), none())
        }
        Operation::ListKeys { interface, user, own } => ("GET", of(interface, user, *own, "keys"), none()),
        Operation::AddKey { interface, user, own, title, file } => {
            ("POST", of(interface, user, *own, "keys"), none().with("title", *title).with("key", key_line(file)))
        }
        Operation::RemoveKey { interface, user, own, key } => {
            ("DELETE", format!("{}/{key}", of(interface, user, *own, "keys")), none())
        }
        Operation::CreateToken { interface, user, own, scopes } => {
            let body = none().with("name", "ci").with("scopes", scopes.to_vec());
            ("POST", of(interface, user, *own, "personal_access_tokens"), body)
        }
        Operation::RevokeToken { token: which, .. } => ("DELETE", token(which), none()),
        Operation::RotateToken { token: which } => ("POST", token(which) + "/rotate", none()),
        Operation::SignIn { user, by_address, correct } => {
            let known = accounts.users.get(user).filter(|_| *by_address);
            let login = known.map_or(accounts.name_of(*user), |user| user.email());
            let body = none().with("login", login).with("password", password(accounts, *user, *correct));
            ("POST", "/api/v3/session".into(), body)
        }
    }
}
