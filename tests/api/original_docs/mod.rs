//! The examples in the original API documents. Each request that a document shows or describes is sent with credentials
//! of the demo, and must get the documented status and a body with the documented fields in their order. There is one
//! module for each document and one test for each section.

mod docker_newer;
mod docker_older;
mod gitlab_newer;
mod gitlab_older;

use crate::harness::Response;
use serde_json::{Value, json};

/// The key in the GitLab documents, with their line breaks.
pub const PRINTED_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAIEAiPWx6WM4lhHNedGfBpPJNPpZ7yKu+dnn1SJejgt4
596k6YjzGGphH2TUxwKzxcKDKKezwkpfnxPkSMkuEspGRt/aZZ9wa++Oi7Qkr8prgHc4
soW6NUlfDzpvZK2H5E7eQaSeP3SAwGmQKUFHCddNaP0L+hM7zhFNzjFvpaMgJw0=";

/// Its fingerprint, as `ssh-keygen -l` prints it (fixtures/keys/fingerprints.txt).
pub const PRINTED_FINGERPRINT: &str = "SHA256:MQHWhS9nhzUezUdD42ytxubZoBKrZLbyBZzxCkmnxXc";

/// The fields that SPEC 5 adds to a documented user, in order.
pub const ADDED_LATER: [&str; 13] = [
    "state",
    "avatar_url",
    "is_admin",
    "can_create_group",
    "can_create_project",
    "projects_limit",
    "website_url",
    "color_scheme_id",
    "identities",
    "location",
    "organization",
    "external",
    "confirmed_at",
];

/// [`PRINTED_KEY`] without its line breaks.
pub fn printed_key_on_one_line() -> String {
    PRINTED_KEY.replace('\n', "")
}

/// Asserts the status and the exact JSON body, including the order of fields.
#[track_caller]
pub fn assert_answer(answer: &Response, status: u16, body: Value) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    assert_eq!(answer.json().to_string(), body.to_string());
}

/// Asserts that a GitLab user has the documented fields first and in order, then those that SPEC 5 adds. `provider` is
/// the only entry of `identities`.
#[track_caller]
pub fn assert_gitlab_user(user: &Value, documented: &Value, provider: Option<(&str, &str)>) {
    let all = user.as_object().unwrap_or_else(|| panic!("not an object: {user}"));
    let first: serde_json::Map<String, Value> =
        all.iter().take(documented.as_object().unwrap().len()).map(|(k, v)| (k.clone(), v.clone())).collect();
    assert_eq!(Value::from(first).to_string(), documented.to_string());
    let later: Vec<&str> = all.keys().skip(documented.as_object().unwrap().len()).map(String::as_str).collect();
    assert_eq!(later, ADDED_LATER);
    let blocked = documented["blocked"].as_bool().unwrap();
    assert_eq!(user["state"], if blocked { "blocked" } else { "active" });
    assert!(user["avatar_url"].as_str().unwrap().starts_with("https://"), "{user}");
    assert!(user["color_scheme_id"].is_u64(), "{user}");
    let identities = provider.map(|(provider, uid)| json!({ "provider": provider, "extern_uid": uid }));
    assert_eq!(user["identities"], Value::from_iter(identities));
}

/// Asserts that the attributes beyond the documented ones have their defaults.
#[track_caller]
pub fn assert_default_attributes(user: &Value) {
    let of_later = ["is_admin", "can_create_group", "can_create_project", "projects_limit", "website_url"];
    let values: Vec<&Value> = of_later.iter().map(|name| &user[name]).collect();
    assert_eq!(values, [&json!(false), &json!(true), &json!(true), &json!(100), &json!("")]);
}

/// The first user in "List users".
pub fn john() -> Value {
    json!({
        "id": 1, "username": "john_smith", "email": "john@example.com", "name": "John Smith", "blocked": false,
        "created_at": "2012-05-23T08:00:58Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
        "dark_scheme": false, "extern_uid": "john.smith", "provider": "provider_name", "theme_id": 1
    })
}

/// The second user in "List users", as in fixtures/gitlab.json. In fixtures/demo.json the id is 3.
pub fn jack() -> Value {
    json!({
        "id": 2, "username": "jack_smith", "email": "jack@example.com", "name": "Jack Smith", "blocked": false,
        "created_at": "2012-05-23T08:01:01Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
        "dark_scheme": true, "extern_uid": "jack.smith", "provider": "provider_name", "theme_id": 1
    })
}

/// The user in "Current user".
pub fn current_john() -> Value {
    json!({
        "id": 1, "username": "john_smith", "email": "john@example.com", "name": "John Smith", "blocked": false,
        "created_at": "2012-05-23T08:00:58Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
        "dark_scheme": false, "theme_id": 1
    })
}

/// Asserts that a key has the documented fields, then the fingerprint that SPEC 5 adds.
#[track_caller]
pub fn assert_gitlab_key(key: &Value, id: i64, title: &str, text: &str, fingerprint: &str) {
    let created_at = key["created_at"].clone();
    let expected =
        json!({ "id": id, "title": title, "key": text, "created_at": created_at, "fingerprint": fingerprint });
    assert_eq!(key.to_string(), expected.to_string());
    assert_whole_seconds(&created_at);
}

/// Asserts that a time has the format `2012-05-23T08:00:58Z`.
#[track_caller]
pub fn assert_whole_seconds(time: &Value) {
    let text = time.as_str().unwrap();
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00Z");
}

/// The user janedoe in the older Accounts API document. The gravatar hash there has 29 digits and so is no MD5 hash;
/// this one is the output of md5sum for her address.
pub fn jane() -> Value {
    json!({
        "id": 2,
        "username": "janedoe",
        "url": "https://www.docker.io/api/v1.1/users/janedoe/",
        "date_joined": "2014-02-12T17:58:01.431312Z",
        "type": "User",
        "full_name": "Jane Doe",
        "location": "San Francisco, CA",
        "company": "Success, Inc.",
        "profile_url": "https://docker.io/",
        "gravatar_url": "https://secure.gravatar.com/avatar/0cba00ca3da1b283a57287bcceb17e35.jpg?s=80&r=g&d=mm",
        "email": "jane.doe@example.com",
        "is_active": true
    })
}

/// The user janedoe after "Update a single user".
pub fn retired_jane() -> Value {
    let mut jane = jane();
    jane["location"] = "Private Island".into();
    jane["company"] = "Retired".into();
    jane["profile_url"] = "http://janedoe.com/".into();
    jane
}

/// Asserts a 204 as in the documents: with `Content-Length: 0` or none, and without a body.
#[track_caller]
pub fn assert_no_content(answer: &Response) {
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.body, "");
    assert!(matches!(answer.header("content-length"), None | Some("0")), "{answer:?}");
    assert_eq!(answer.header("transfer-encoding"), None);
}
