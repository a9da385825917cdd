//! `accountd demo`: something to try within a second.

use super::outcome::{Failure, Outcome, print};
use super::serve::{address, start, threads};
use crate::accounts::{Cost, LoginRate};
use crate::app::{Application, Config, Seed};
use crate::domain::KeyPolicy;
use crate::gitlab::ErrorStatusMode;
use crate::http::TrustedProxies;
use crate::store::Location;
use clap::Args;
use serde_json::Value;
use std::fmt::Write;
use std::net::SocketAddr;

/// The accounts of the documents' examples; fixtures/README.md lists them.
const DEMO: &str = include_str!("../../fixtures/demo.json");

#[derive(Args, Debug)]
#[command(after_help = "Example: accountd demo --listen 127.0.0.1:0")]
pub struct DemoArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
}

pub fn run(args: DemoArgs) -> Outcome {
    let config = Config {
        location: Location::Memory,
        listen: args.listen,
        admin_listen: None,
        tls: None,
        base_url: None,
        password_cost: Cost::Low,
        login_rate: LoginRate::Off,
        keys: KeyPolicy::default(),
        gitlab_errors: ErrorStatusMode::default(),
        dialects: crate::app::EnabledDialects::default(),
        threads: threads(),
        max_connections: 1024,
        trusted_proxies: TrustedProxies::default(),
        public_keys: true,
        auto_approve: None,
        seeds: vec![Seed { path: "fixtures/demo.json".into(), text: DEMO.as_bytes().into() }],
    };
    start(config, |application| print(&welcome(application)?))
}

fn welcome(application: &Application) -> Result<String, Failure> {
    let url = application.url();
    let accounts = accounts()?;
    Ok(format!(
        r#"These accounts live in memory and are gone when this program ends (Ctrl-C):

{accounts}
Paste one of these into another terminal:

# docker.io Accounts API v1.1: a profile, changed, and one more address
curl -u janedoe:password {url}/api/v1.1/users/janedoe/
curl -u janedoe:password -X PATCH --json '{{"location": "Private Island"}}' {url}/api/v1.1/users/janedoe/
curl -H 'Authorization: Bearer zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM' --data-urlencode email=jane.doe+other@example.com {url}/api/v1.1/users/janedoe/emails/

# GitLab Users API v3: who am I, everybody, a new user, a session
curl -H 'PRIVATE-TOKEN: john-smith-api-token-for-examples' {url}/api/v3/user
curl -i -H 'PRIVATE-TOKEN: john-smith-api-token-for-examples' '{url}/api/v3/users?per_page=2'
curl -H 'PRIVATE-TOKEN: root-api-token-for-examples' -d username=ada -d email=ada@example.com -d password=correct-horse --data-urlencode 'name=Ada Lovelace' {url}/api/v3/users
curl -d login=john_smith -d password=john-password {url}/api/v3/session

# GitLab's API v4, for today's clients: who am I, and a token for somebody else
curl -H 'PRIVATE-TOKEN: root-api-token-for-examples' {url}/api/v4/user
curl -H 'PRIVATE-TOKEN: root-api-token-for-examples' -d name=ci -d 'scopes[]=read_user' {url}/api/v4/users/1/personal_access_tokens

# OAuth 2.0, in a browser: sign in as janedoe, and say whether an application may use the account. (It is made up:
# you end on a page that isn't there, and the address of that page has the code.) Then see what is allowed, and end it
{url}/api/v1.1/o/authorize/?client_id=TestClientID&response_type=code&state=anything
{url}/account

# What ssh-import-id and scripts read
curl {url}/john_smith.keys

listening on {url}
"#
    ))
}

/// The users with their passwords and tokens, as the fixture has them.
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
