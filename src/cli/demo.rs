//! `accountd demo`: a server with example accounts, and commands to try.

use super::outcome::{Failure, Outcome, print};
use super::server;
use crate::app::{Config, Seed, address};
use crate::store::Location;
use clap::{Args, Command, FromArgMatches};
use serde_json::Value;
use std::fmt::Write;
use std::net::SocketAddr;

/// The accounts in the examples of the API documents; fixtures/README.md lists them.
pub const DEMO: &str = include_str!("../../fixtures/demo.json");

/// What stands for the server's address in [`examples`].
const URL: &str = "{url}";

#[derive(Args, Debug)]
#[command(after_help = "Example: accountd demo --listen 127.0.0.1:0")]
pub struct DemoArgs {
    /// The address to listen on; with port 0, any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
}

pub fn run(args: DemoArgs) -> Outcome {
    let config = defaults(&["--memory"])?;
    let seed = Seed { path: "fixtures/demo.json".into(), text: DEMO.as_bytes().into() };
    let examples = examples()?;
    let config = Config { listen: args.listen, examples: Some(examples.as_str().into()), ..config };
    server::run(config, Location::Memory, vec![seed], |application| print(&welcome(&application.url(), &examples)))
}

/// The configuration of `serve` with these options.
pub fn defaults(options: &[&str]) -> Result<Config, Failure> {
    let command = Config::augment_args(Command::new("serve").no_binary_name(true));
    let matches = command.try_get_matches_from(options);
    matches.and_then(|matches| Config::from_arg_matches(&matches)).map_err(Failure::new)
}

fn welcome(url: &str, examples: &str) -> String {
    let examples = examples.replace(URL, url);
    format!(
        "These accounts are in memory and are gone when this program ends (Ctrl-C):\n\n{examples}\nlistening on {url}\n"
    )
}

/// The accounts and requests to try, with [`URL`] for the server's address.
pub fn examples() -> Result<String, Failure> {
    let (url, accounts) = (URL, accounts()?);
    Ok(format!(
        r#"{accounts}
Paste these commands into another terminal:

# docker.io Accounts API v1.1: show a profile, change it, and add an email address
curl -u janedoe:password {url}/api/v1.1/users/janedoe/
curl -u janedoe:password -X PATCH --json '{{"location": "Private Island"}}' {url}/api/v1.1/users/janedoe/
curl -H 'Authorization: Bearer zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM' --data-urlencode email=jane.doe+other@example.com {url}/api/v1.1/users/janedoe/emails/

# GitLab Users API v3: show yourself, list users, create a user, sign in
curl -H 'PRIVATE-TOKEN: john-smith-api-token-for-examples' {url}/api/v3/user
curl -i -H 'PRIVATE-TOKEN: john-smith-api-token-for-examples' '{url}/api/v3/users?per_page=2'
curl -H 'PRIVATE-TOKEN: root-api-token-for-examples' -d username=ada -d email=ada@example.com -d password=correct-horse --data-urlencode 'name=Ada Lovelace' {url}/api/v3/users
curl -d login=john_smith -d password=john-password {url}/api/v3/session

# GitLab API v4, for current clients: show yourself, and create a token for another user
curl -H 'PRIVATE-TOKEN: root-api-token-for-examples' {url}/api/v4/user
curl -H 'PRIVATE-TOKEN: root-api-token-for-examples' -d name=ci -d 'scopes[]=read_user' {url}/api/v4/users/1/personal_access_tokens

# OAuth 2.0, in a browser: sign in as janedoe and allow the example application to use the account. It does not exist, so
# the browser ends on an error page; the code is in its address. The second page lists what is allowed, and revokes it
{url}/api/v1.1/o/authorize/?client_id=TestClientID&response_type=code&state=anything
{url}/account

# A user's SSH keys, for ssh-import-id and scripts
curl {url}/john_smith.keys
"#
    ))
}

/// The users of the fixture with their passwords and tokens.
fn accounts() -> Result<String, Failure> {
    let fixture: Value = serde_json::from_str(DEMO).map_err(Failure::new)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut list = String::new();
    for user in fixture["users"].as_array().into_iter().flatten() {
        let role = if user["admin"] == true { "  (administrator)" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(list, "  {:12} password {}{role}", text(&user["username"]), text(&user["password"]));
        for token in user["tokens"].as_array().into_iter().flatten() {
            let scopes: Vec<_> = token["scopes"].as_array().into_iter().flatten().map(text).collect();
            let _ = writeln!(list, "  {:12} token    {}  ({})", "", text(&token["token"]), scopes.join(" "));
        }
    }
    Ok(list)
}
