//! Applications: consent, tokens, and their end.

use super::{event, events};
use crate::oauth::{EXAMPLE, PHONE, auto_approving_on_file};
use serde_json::{Value, json};

const HERE: Option<&str> = Some("127.0.0.1");
const JANE: Option<&str> = Some("janedoe");

#[test]
fn the_application_is_the_actor_of_what_it_does_with_its_own_credential() {
    let server = auto_approving_on_file();
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    let refreshed = EXAMPLE.refresh(&server, &tokens.refresh, &[]).expect(200);
    // A refresh token is used again, and a code is redeemed with the wrong verifier.
    EXAMPLE.refresh(&server, &tokens.refresh, &[]).expect(400);
    EXAMPLE.refresh(&server, refreshed["refresh_token"].as_str().unwrap(), &[]).expect(400);
    let tokens = EXAMPLE.tokens(&server, "profile_read");
    EXAMPLE.revoke(&server, &tokens.access);
    EXAMPLE.revoke(&server, &tokens.access);
    let phone = PHONE.tokens(&server, "profile_read");

    let details = |application| json!({"application": application, "scopes": "profile_read"});
    let consent = |application| super::by_command("grant.created", JANE, details(application));
    let by = |name, application: &str, via, details| {
        event(name, [Some(&format!("application {application}")), Some(via), HERE, JANE], details)
    };
    let by_example = |name, details| by(name, "Example", "client secret", details);
    let reused = json!({"application": "Example", "scopes": "profile_read", "reused": "refresh token"});
    let found = events(&server, &["--user", "janedoe"]);
    assert_eq!(
        found,
        [
            consent("Example"),
            by_example("grant.redeemed", details("Example")),
            by_example("grant.refreshed", details("Example")),
            by_example("grant.reused", reused),
            consent("Example"),
            by_example("grant.redeemed", details("Example")),
            by_example("grant.revoked", details("Example")),
            consent("Phone"),
            by("grant.redeemed", "Phone", "client id", details("Phone")),
        ]
    );
    let text = Value::from(found).to_string();
    for secret in [tokens.access, tokens.refresh, phone.access, phone.refresh] {
        assert!(!text.contains(&secret));
    }
}
