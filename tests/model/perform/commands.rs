//! Operations as commands.

use crate::accounts::Accounts;
use crate::harness::file;
use crate::operations::{Filter, Interface, Operation};

/// The arguments, if the operation is performed by a command.
pub fn command_line(accounts: &Accounts, operation: &Operation) -> Option<Vec<String>> {
    let name = |user: &i64| accounts.name_of(*user).to_owned();
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    match operation {
        Operation::CreateUser { interface: Interface::Cli, username, email, name, admin, .. } => {
            let mut args = vec!["user", "add", username, "--email", email, "--name", name, "--generate"];
            args.extend(admin.then_some("--admin"));
            words(&args)
        }
        Operation::UpdateUser { interface: Interface::Cli, user, change } => {
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
        Operation::DeleteUser { interface: Interface::Cli, user } => words(&["user", "delete", &name(user)]),
        Operation::ChangeState { interface: Interface::Cli, user, transition } => {
            words(&["user", transition.name(), &name(user)])
        }
        Operation::ShowUser { interface: Interface::Cli, user } => words(&["user", "show", &name(user)]),
        Operation::ListUsers { interface: Interface::Cli, filter } => match filter {
            Filter::Active => words(&["user", "list", "--active"]),
            Filter::Blocked => words(&["user", "list", "--blocked"]),
            Filter::Search(text) => words(&["user", "list", "--search", text]),
            Filter::All | Filter::Name(_) => words(&["user", "list"]),
        },
        Operation::ListEmails { interface: Interface::Cli, user } => words(&["email", "list", &name(user)]),
        Operation::AddEmail { interface: Interface::Cli, user, address, verified, .. } => {
            let mut args = vec!["email".to_owned(), "add".to_owned(), name(user), (*address).to_owned()];
            args.extend(verified.then(|| "--verified".to_owned()));
            Some(args)
        }
        Operation::ChangeEmail { interface: Interface::Cli, user, address, primary, .. } => {
            let verb = if *primary == Some(true) { "primary" } else { "verify" };
            words(&["email", verb, &name(user), &address.of(accounts, *user)])
        }
        Operation::RemoveEmail { interface: Interface::Cli, user, address, .. } => {
            words(&["email", "remove", &name(user), &address.of(accounts, *user)])
        }
        Operation::ListKeys { interface: Interface::Cli, user, .. } => words(&["key", "list", &name(user)]),
        Operation::AddKey { interface: Interface::Cli, user, title, file: key, .. } => {
            let path = file(&format!("fixtures/keys/{key}"));
            words(&["key", "add", &name(user), path.to_str().unwrap(), "--title", title])
        }
        Operation::RemoveKey { interface: Interface::Cli, key, .. } => words(&["key", "remove", &key.to_string()]),
        Operation::CreateToken { interface: Interface::Cli, user, scopes, .. } => {
            words(&["token", "create", &name(user), "--name", "ci", "--scope", &scopes.join(",")])
        }
        Operation::RevokeToken { interface: Interface::Cli, token } => {
            let id = token.map_or(9999, |at| accounts.tokens[at % accounts.tokens.len()].id);
            words(&["token", "revoke", &id.to_string()])
        }
        _ => None,
    }
}
