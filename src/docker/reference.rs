//! Describes the operations of this dialect. [`crate::http::reference`] explains the terms.

use super::Docker;
use crate::http::reference::Content::{Empty, Json};
use crate::http::reference::Type::{Boolean, Integer, List, Map, Named, Object, Text, Time, Word};
use crate::http::reference::{
    Attribute, Content, Credential, ErrorAnswer, Operation, Reference, Schema, When, answer, error, json, optional,
    required, schema,
};
use crate::http::router::Dialect;

pub static REFERENCE: Reference = Reference {
    name: Docker::NAME,
    title: "docker.io Accounts API v1.1",
    summary: &[
        "The API of 2014. The user in the path must be the caller, also for administrators. Paths may end in a slash, as \
         in docker.io's document.",
        "Bodies are JSON, a form or multipart/form-data. A token can also be the password of Basic.",
    ],
    credentials: &[Credential::Basic("user name or address, and the password or a token"), Credential::Bearer],
    path: &[required("username", Text, "the caller's own user name, in any case")],
    headers: &[],
    operations: OPERATIONS,
    errors: ERRORS,
    schemas: SCHEMAS,
};

const OPERATIONS: &[Operation] = &[
    Operation::new("users.get", "Get the profile", &[json(200, Named("User"), "the user")]),
    Operation::new("users.update", "Change the profile", &[json(200, Named("User"), "the changed user")])
        .body(&[PROFILE]),
    Operation::new(
        "emails.list",
        "List the addresses",
        &[json(200, List(&Named("Email")), "the primary address, then the others in order of creation")],
    ),
    Operation::new("emails.create", "Add an address", &[json(201, Named("Email"), "the new address")])
        .body(&[&[required("email", Text, "an address that no other user has; it is neither verified nor primary")]]),
    Operation::new(
        "emails.update",
        "Verify an address or make it primary",
        &[json(200, Named("Email"), "the address")],
    )
    .body(&[&[
        required("email", Text, "one of the user's addresses, in any case"),
        optional("verified", Boolean, "true: the user vouches for the address"),
        optional("primary", Boolean, "true: the address becomes the primary one"),
    ]]),
    Operation::new("emails.delete", "Remove an address", &[answer(204, Empty, "the address is gone")])
        .query(&[&[required("email", Text, "the address, which may be in the body instead; not the primary one")]]),
];

const PROFILE: &[Attribute] = &[
    optional("full_name", Text, "up to 255 characters"),
    optional("location", Text, "up to 255 characters"),
    optional("company", Text, "up to 255 characters"),
    optional("profile_url", Text, "an http or https URL, or empty"),
    optional("gravatar_email", Text, "an address, or empty for the primary one"),
];

const DETAIL: Content = Json(Named("Detail"));

const ERRORS: &[ErrorAnswer] = &[
    error(400, When::Body, Json(Named("Problems")), "the body cannot be read, or an attribute breaks a rule"),
    error(401, When::Credential, DETAIL, "the credential is missing or wrong"),
    error(403, When::Credential, DETAIL, "the user is not the caller, or the token lacks the scope"),
    error(404, When::Always, DETAIL, "the user does not exist, or the address is not one of theirs"),
    error(408, When::Body, DETAIL, "the body did not arrive in time"),
    error(413, When::Body, DETAIL, "the body is larger than 1 MiB"),
    error(415, When::Body, DETAIL, "the body has another type"),
    error(429, When::Credential, DETAIL, "too many wrong passwords"),
    error(500, When::Always, DETAIL, "accountd failed"),
    error(503, When::Always, DETAIL, "accountd is busy"),
];

const SCHEMAS: &[Schema] = &[
    schema(
        "User",
        "A user. A text that is not set is empty.",
        Object(&[&[
            required("id", Integer, ""),
            required("username", Text, ""),
            required("url", Text, "the address of this object"),
            required("date_joined", Time, "always with six digits after the seconds"),
            required("type", Word(&["User"]), ""),
            required("full_name", Text, ""),
            required("location", Text, ""),
            required("company", Text, ""),
            required("profile_url", Text, ""),
            required("gravatar_url", Text, ""),
            required("email", Text, "the primary address"),
            required("is_active", Boolean, ""),
        ]]),
    ),
    schema(
        "Email",
        "An address of a user.",
        Object(&[&[
            required("email", Text, ""),
            required("verified", Boolean, "the user or an administrator vouched for it"),
            required("primary", Boolean, ""),
        ]]),
    ),
    schema("Detail", "An error.", Object(&[&[required("detail", Text, "")]])),
    schema("Problems", "The attributes that break a rule, each with its problems.", Map(&List(&Text))),
];
