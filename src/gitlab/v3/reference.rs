//! Describes the operations of v3. [`crate::http::reference`] explains the terms.

use super::super::reference::{
    ADDRESS, CREATE_USER, FINGERPRINT, IDENTITY, NEW_KEY, NULL, PAGE, PAGE_HEADERS, SKIP_CONFIRMATION, STATES, SUDO,
    UPDATE_USER, USER_ATTRIBUTES, VERSION,
};
use super::super::version::Version;
use super::V3;
use crate::http::reference::Content::Json;
use crate::http::reference::Type::{Boolean, Either, Integer, List, Map, Named, Nullable, Object, Text, Time};
use crate::http::reference::{
    Answer, Attribute, Content, Credential, ErrorAnswer, Operation, Reference, Schema, When, error, json, optional,
    required, schema,
};

pub static REFERENCE: Reference = Reference {
    name: V3::NAME,
    title: "GitLab Users and SSH Keys API v3",
    summary: &[
        "The API of 2013, with what later releases of v3 added. It shows every signed-in user the address of every \
         other user.",
        "The token may also be the attribute private_token of a body.",
        NULL,
        "With `serve --gitlab-errors precise`, invalid attributes are a 400 and taken ones a 409 instead of a 404, and \
         deleting a user twice is a 404.",
    ],
    credentials: &[Credential::Header("PRIVATE-TOKEN"), Credential::Bearer, Credential::Query("private_token")],
    path: &[
        required("id", Integer, "the id of a user"),
        required("key_id", Integer, "the id of a key"),
        required("email_id", Integer, "the id of an address"),
    ],
    headers: SUDO,
    operations: OPERATIONS,
    errors: ERRORS,
    schemas: SCHEMAS,
};

const USER: Answer = json(200, Named("User"), "the user");
const KEYS: Answer = json(200, List(&Named("Key")), "all keys, by id");
const CREATED_KEY: Answer = json(201, Named("Key"), "the new key");
const KEY_WITH_USER: Answer = json(200, Named("KeyWithUser"), "the key");
const EMAIL: Answer = json(200, Named("Email"), "the address");
const EMAILS: Answer = json(200, List(&Named("Email")), "all but the primary address");
const NEW_EMAIL: Answer = json(201, Named("Email"), "the new address");
const PASSWORD: &[Attribute] = &[required("password", Text, "at least 8 characters")];

const OPERATIONS: &[Operation] = &[
    Operation::new("session.create", "Sign in", &[json(201, Named("Session"), "the user, with a new token")])
        .body(&[&[
            optional("login", Text, "a user name or an address"),
            optional("email", Text, "the same, if there is no login"),
            required("password", Text, ""),
        ]])
        .fails(&[401, 403]),
    Operation::new("users.current", "Get the caller", &[json(200, Named("CurrentUser"), "the caller")]),
    Operation::new("users.list", "List users", &[json(200, List(&Named("User")), "users by id").headers(PAGE_HEADERS)])
        .query(&[
            PAGE,
            &[
                optional("search", Text, "a part of the user name, the name or the primary address, in any case"),
                optional("username", Text, "the whole user name, in any case"),
                optional("active", Boolean, "true: only active users"),
                optional("blocked", Boolean, "true: only blocked users"),
            ],
        ]),
    Operation::new("users.get", "Get a user", &[USER]),
    Operation::new("users.create", "Create a user", &[json(201, Named("User"), "the new user")])
        .body(&[CREATE_USER, PASSWORD, USER_ATTRIBUTES])
        .fails(&[409]),
    Operation::new("users.update", "Change a user", &[json(200, Named("User"), "the changed user")])
        .body(&[UPDATE_USER, USER_ATTRIBUTES])
        .fails(&[409]),
    Operation::new(
        "users.delete",
        "Delete a user with everything that belongs to it",
        &[json(200, Nullable(&Named("User")), "the deleted user, or null if there was none")],
    ),
    Operation::new("users.block", "Block a user", &[json(200, Boolean, "true")]),
    Operation::new("users.unblock", "Unblock a user", &[json(200, Boolean, "true")]),
    Operation::new("keys.list_own", "List the caller's keys", &[KEYS]),
    Operation::new("keys.create_own", "Add a key of the caller", &[CREATED_KEY]).body(&[NEW_KEY]),
    Operation::new("keys.get_own", "Get a key of the caller", &[json(200, Named("Key"), "the key")]),
    Operation::new(
        "keys.delete_own",
        "Remove a key of the caller",
        &[json(200, Nullable(&Named("Key")), "the removed key, or null if there was none")],
    ),
    Operation::new("keys.list", "List a user's keys", &[KEYS]),
    Operation::new("keys.create", "Add a key of a user", &[CREATED_KEY]).body(&[NEW_KEY]),
    Operation::new("keys.delete", "Remove a key of a user", &[json(200, Named("Key"), "the removed key")]),
    Operation::new("emails.list_own", "List the caller's addresses", &[EMAILS]),
    Operation::new("emails.create_own", "Add an address of the caller, unverified", &[NEW_EMAIL]).body(&[ADDRESS]),
    Operation::new("emails.get_own", "Get an address of the caller", &[EMAIL]),
    Operation::new(
        "emails.delete_own",
        "Remove an address of the caller",
        &[json(200, Nullable(&Named("Email")), "the removed address, or null if there was none")],
    ),
    Operation::new("emails.list", "List a user's addresses", &[EMAILS]),
    Operation::new("emails.create", "Add an address of a user", &[NEW_EMAIL]).body(&[ADDRESS, SKIP_CONFIRMATION]),
    Operation::new("emails.get", "Get an address of a user", &[EMAIL]),
    Operation::new("emails.delete", "Remove an address of a user", &[EMAIL]),
    Operation::new("server.version", "Get the version", &[json(200, Named("Version"), "the version")]),
    Operation::new("keys.find", "Find the key with a fingerprint", &[KEY_WITH_USER]).query(&[FINGERPRINT]),
    Operation::new("keys.get", "Get any user's key", &[KEY_WITH_USER]),
];

const MESSAGE: Content = Json(Named("Error"));

const ERRORS: &[ErrorAnswer] = &[
    error(400, When::Always, MESSAGE, "an attribute or parameter is missing or has the wrong type"),
    error(401, When::Credential, MESSAGE, "the token or the password is missing or wrong"),
    error(403, When::Credential, MESSAGE, "the caller or the token may not do this"),
    error(404, When::Credential, MESSAGE, "no such user, key or address, or an attribute is invalid or taken"),
    error(408, When::Credential, MESSAGE, "the body did not arrive in time"),
    error(409, When::Listed, MESSAGE, "the address or user name is taken (precise errors only)"),
    error(413, When::Body, MESSAGE, "the body is larger than 1 MiB"),
    error(415, When::Body, MESSAGE, "the body has another type"),
    error(429, When::Body, MESSAGE, "too many wrong passwords, or too many changes in a day"),
    error(500, When::Always, MESSAGE, "accountd failed"),
    error(503, When::Always, MESSAGE, "accountd is busy"),
];

const SCHEMAS: &[Schema] = &[
    schema("User", "A user.", Object(&[CURRENT, FIRST_IDENTITY])),
    schema("CurrentUser", "The caller.", Object(&[CURRENT])),
    schema(
        "Session",
        "The caller, with a token that ends when the password changes.",
        Object(&[CURRENT, &[required("private_token", Text, "has every scope")]]),
    ),
    schema("Key", "An SSH public key.", Object(&[KEY_FIELDS])),
    schema(
        "KeyWithUser",
        "An SSH public key and its owner.",
        Object(&[KEY_FIELDS, &[required("user", Named("User"), "")]]),
    ),
    IDENTITY,
    schema("Email", "A secondary address.", Object(&[&[required("id", Integer, ""), required("email", Text, "")]])),
    schema("Version", "The version.", Object(&[VERSION])),
    schema(
        "Error",
        "An error.",
        Object(&[&[required(
            "message",
            Either(&[Text, Map(&List(&Text))]),
            "a text, or the invalid attributes with their problems",
        )]]),
    ),
];

const CURRENT: &[Attribute] = &[
    required("id", Integer, ""),
    required("username", Text, ""),
    required("email", Text, "the primary address"),
    required("name", Text, ""),
    required("blocked", Boolean, ""),
    required("created_at", Time, ""),
    required("bio", Nullable(&Text), ""),
    required("skype", Text, ""),
    required("linkedin", Text, ""),
    required("twitter", Text, ""),
    required("dark_scheme", Boolean, ""),
    required("theme_id", Integer, ""),
    required("state", STATES, ""),
    required("avatar_url", Text, "a Gravatar"),
    required("is_admin", Boolean, ""),
    required("can_create_group", Boolean, ""),
    required("can_create_project", Boolean, ""),
    required("projects_limit", Integer, ""),
    required("website_url", Text, ""),
    required("color_scheme_id", Integer, ""),
    required("identities", List(&Named("Identity")), ""),
    required("location", Nullable(&Text), ""),
    required("organization", Text, ""),
    required("external", Boolean, ""),
    required("confirmed_at", Nullable(&Time), "when the primary address was verified"),
];

const FIRST_IDENTITY: &[Attribute] = &[
    required("extern_uid", Nullable(&Text), "of the first identity"),
    required("provider", Nullable(&Text), "of the first identity"),
];

const KEY_FIELDS: &[Attribute] = &[
    required("id", Integer, ""),
    required("title", Text, ""),
    required("key", Text, "one line, with its comment"),
    required("created_at", Time, ""),
    required("fingerprint", Text, "SHA256:…"),
    optional("expires_at", Time, "only if the key expires"),
    optional("last_used_at", Time, "only if sshd has looked the key up"),
];
