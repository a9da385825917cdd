//! Describes the operations of this dialect. [`crate::http::reference`] explains the terms.

use super::Openssh;
use crate::http::reference::Content::{self, Empty};
use crate::http::reference::Type::{Integer, List, Named, Nullable, Object, Text, Time};
use crate::http::reference::{
    Answer, Attribute, Credential, Operation, Reference, When, answer, error, json, optional, required, schema,
};
use crate::http::router::Dialect;

pub static REFERENCE: Reference = Reference {
    name: Openssh::NAME,
    title: "OpenSSH",
    summary: &["For sshd, git and scripts. Errors are a line of text."],
    credentials: &[Credential::Header("PRIVATE-TOKEN"), Credential::Bearer, Credential::Query("private_token")],
    path: &[required("username", Text, "the name of a user, in any case")],
    headers: &[],
    operations: OPERATIONS,
    errors: &[
        error(400, When::Listed, Content::Text, "a parameter is missing or cannot be read"),
        error(401, When::Credential, Content::Text, "the token is missing or wrong"),
        error(403, When::Credential, Content::Text, "the caller or the token may not do this"),
        error(404, When::Listed, Content::Text, "there is no such user, or the user is blocked"),
        error(500, When::Always, Content::Text, "accountd failed"),
        error(503, When::Always, Content::Text, "accountd is busy"),
    ],
    schemas: &[schema(
        "AuthorizedKey",
        "A key that may log in now.",
        Object(&[&[
            required("user_id", Integer, ""),
            required("username", Text, ""),
            required("key_id", Integer, ""),
            required("key", Text, "type and base64, without its comment"),
            required("expires_at", Nullable(&Time), ""),
        ]]),
    )],
};

const ETAG: &[Attribute] = &[optional("ETag", Text, "changes with the answer")];
const UNCHANGED: Answer = answer(304, Empty, "nothing has changed since the answer with the ETag of If-None-Match");

const OPERATIONS: &[Operation] = &[
    Operation::new(
        "public_keys",
        "Get a user's keys",
        &[
            answer(200, Content::Text, "a line for each key, type and base64; not expired ones").headers(ETAG),
            UNCHANGED,
        ],
    )
    .fails(&[404]),
    Operation::new(
        "allowed_signers",
        "Get the file of allowed signers, for `ssh-keygen -Y verify`",
        &[answer(200, Content::Text, "a line for each key of a user who is not blocked").headers(ETAG), UNCHANGED],
    ),
    Operation::new(
        "authorized_keys",
        "Find the keys that may log in",
        &[json(200, List(&Named("AuthorizedKey")), "none for an unknown or blocked user")],
    )
    .query(&[&[
        optional("username", Text, "the name of a user, in any case; required without fingerprint"),
        optional("fingerprint", Text, "SHA256:…; required without username"),
    ]])
    .fails(&[400]),
];
