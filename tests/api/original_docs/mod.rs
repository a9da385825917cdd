//! The four original documents, example by example: each request they show or describe, with the demo's credentials,
//! gets the status they say and a body of their fields in their order. A module a document, a test a section.

mod docker_newer;
mod docker_older;
mod gitlab_newer;
mod gitlab_older;

use crate::harness::Answer;
use serde_json::{Value, json};

/// The key that the GitLab documents print, with their line breaks.
pub const PRINTED_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAIEAiPWx6WM4lhHNedGfBpPJNPpZ7yKu+dnn1SJejgt4
596k6YjzGGphH2TUxwKzxcKDKKezwkpfnxPkSMkuEspGRt/aZZ9wa++Oi7Qkr8prgHc4
soW6NUlfDzpvZK2H5E7eQaSeP3SAwGmQKUFHCddNaP0L+hM7zhFNzjFvpaMgJw0=";

/// What `ssh-keygen -l` prints of it (fixtures/keys/fingerprints.txt).
pub const PRINTED_FINGERPRINT: &str = "SHA256:MQHWhS9nhzUezUdD42ytxubZoBKrZLbyBZzxCkmnxXc";

/// What SPEC 5 adds to a documented user, in its order.
const ADDED_LATER: [&str; 9] = [
    "state",
    "avatar_url",
    "is_admin",
    "can_create_group",
    "can_create_project",
    "projects_limit",
    "website_url",
    "color_scheme_id",
    "identities",
];

/// The printed key on one line.
pub fn printed_key_on_one_line() -> String {
    PRINTED_KEY.replace('\n', "")
}

/// Status and body, the order of the fields included.
#[track_caller]
pub fn assert_answer(answer: &Answer, status: u16, body: Value) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    assert_eq!(answer.json().to_string(), body.to_string());
}

/// A GitLab user: the documented fields first and in order, then those of SPEC 5. `provider` is the one in
/// `identities`.
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

/// What a user has whom nobody gave anything more.
#[track_caller]
pub fn assert_default_attributes(user: &Value) {
    let of_later = ["is_admin", "can_create_group", "can_create_project", "projects_limit", "website_url"];
    let values: Vec<&Value> = of_later.iter().map(|name| &user[name]).collect();
    assert_eq!(values, [&json!(false), &json!(true), &json!(true), &json!(100), &json!("")]);
}

/// "List users", the first example.
pub fn john() -> Value {
    json!({
        "id": 1, "username": "john_smith", "email": "john@example.com", "name": "John Smith", "blocked": false,
        "created_at": "2012-05-23T08:00:58Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
        "dark_scheme": false, "extern_uid": "john.smith", "provider": "provider_name", "theme_id": 1
    })
}

/// "List users", the second example. In fixtures/gitlab.json; in fixtures/demo.json the id is 3.
pub fn jack() -> Value {
    json!({
        "id": 2, "username": "jack_smith", "email": "jack@example.com", "name": "Jack Smith", "blocked": false,
        "created_at": "2012-05-23T08:01:01Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
        "dark_scheme": true, "extern_uid": "jack.smith", "provider": "provider_name", "theme_id": 1
    })
}

/// "Current user".
pub fn current_john() -> Value {
    json!({
        "id": 1, "username": "john_smith", "email": "john@example.com", "name": "John Smith", "blocked": false,
        "created_at": "2012-05-23T08:00:58Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
        "dark_scheme": false, "theme_id": 1
    })
}

/// A key as the documents show it, then what SPEC 5 adds.
#[track_caller]
pub fn assert_gitlab_key(key: &Value, id: i64, title: &str, text: &str, fingerprint: &str) {
    let created_at = key["created_at"].clone();
    let expected =
        json!({ "id": id, "title": title, "key": text, "created_at": created_at, "fingerprint": fingerprint });
    assert_eq!(key.to_string(), expected.to_string());
    assert_whole_seconds(&created_at);
}

/// `2012-05-23T08:00:58Z`.
#[track_caller]
pub fn assert_whole_seconds(time: &Value) {
    let text = time.as_str().unwrap();
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00Z");
}

/// Janedoe as document 001 prints her. Its gravatar hash has 29 digits, so it is no MD5: this one is what md5sum says
/// of her address.
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

/// As "Update a single user" leaves her.
pub fn retired_jane() -> Value {
    let mut jane = jane();
    jane["location"] = "Private Island".into();
    jane["company"] = "Retired".into();
    jane["profile_url"] = "http://janedoe.com/".into();
    jane
}

/// A 204 as the documents print it: `Content-Length: 0` or none, and nothing after the headers.
#[track_caller]
pub fn assert_no_content(answer: &Answer) {
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.body, "");
    assert!(matches!(answer.header("content-length"), None | Some("0")), "{answer:?}");
    assert_eq!(answer.header("transfer-encoding"), None);
}
