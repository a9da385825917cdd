//! Descriptions that both versions share, and those of the health checks. [`crate::http::reference`] explains the terms.

use super::Health;
use crate::http::reference::Content::{self, Json};
use crate::http::reference::Type::{self, Boolean, Integer, List, Named, Object, Text, Word};
use crate::http::reference::{
    Attribute, Operation, Reference, Schema, When, answer, error, json, optional, required, schema,
};
use crate::http::router::Dialect;

/// The parameters of a list.
pub const PAGE: &[Attribute] = &[
    optional("page", Integer, "from 1, which is the default"),
    optional("per_page", Integer, "20 by default; more than 100 counts as 100"),
];

/// The headers of one page of a list.
pub const PAGE_HEADERS: &[Attribute] = &[
    optional("X-Total", Integer, "how many there are in all, unless a search finds more than 10,000"),
    optional("X-Total-Pages", Integer, "how many pages there are, with the same exception"),
    optional("X-Page", Integer, "the number of this page"),
    optional("X-Per-Page", Integer, ""),
    optional("X-Next-Page", Text, "the number of the next page, or empty"),
    optional("X-Prev-Page", Text, "the number of the previous page, or empty"),
    optional("Link", Text, "the addresses of other pages (RFC 8288)"),
];

pub const FINGERPRINT: &[Attribute] = &[required("fingerprint", Text, "SHA256:… or MD5:…")];
pub const NEW_KEY: &[Attribute] = &[
    required("title", Text, "up to 255 characters"),
    required("key", Text, "the public key as one line, as in ~/.ssh/id_ed25519.pub"),
    EXPIRES_AT,
];
pub const EXPIRES_AT: Attribute = optional("expires_at", Text, "a date, or a time with its zone, in the future");

/// What only a new user, and only an existing one, has to have.
pub const CREATE_USER: &[Attribute] = &[
    required("email", Text, "an address that no other user has"),
    required("username", Text, "ASCII letters, digits, `_`, `-` and `.`"),
    required("name", Text, "up to 255 characters"),
];
pub const UPDATE_USER: &[Attribute] = &[
    optional("email", Text, "becomes the primary address"),
    optional("username", Text, "ASCII letters, digits, `_`, `-` and `.`"),
    optional("name", Text, "up to 255 characters"),
    optional("password", Text, "at least 8 characters; ends the user's sessions"),
];
pub const USER_ATTRIBUTES: &[Attribute] = &[
    optional("admin", Boolean, "whether the user is an administrator"),
    optional("bio", Text, "up to 255 characters"),
    optional("skype", Text, ""),
    optional("linkedin", Text, ""),
    optional("twitter", Text, ""),
    optional("website_url", Text, "an http or https URL, or empty"),
    optional("extern_uid", Text, "the id at another provider; only with provider"),
    optional("provider", Text, "only with extern_uid"),
    optional("can_create_group", Boolean, ""),
    optional("projects_limit", Integer, "not negative"),
    optional("location", Text, ""),
    optional("organization", Text, ""),
    optional("external", Boolean, ""),
];

pub const SUDO: &[Attribute] = &[optional(
    "Sudo",
    Text,
    "the id or name of a user: an administrator with the scope api acts as them; also as parameter sudo",
)];

/// A new address.
pub const ADDRESS: &[Attribute] = &[required("email", Text, "an address that no other user has")];
pub const SKIP_CONFIRMATION: &[Attribute] =
    &[optional("skip_confirmation", Boolean, "true: the administrator vouches for it")];

pub const VERSION: &[Attribute] =
    &[required("version", Text, "of the GitLab whose API this is"), required("revision", Text, "names accountd")];

pub const STATES: Type = Word(&["active", "blocked", "deactivated", "banned", "blocked_pending_approval"]);

/// An identity at another provider.
pub const IDENTITY: Schema = schema(
    "Identity",
    "The account of a user at another provider.",
    Object(&[&[required("provider", Text, ""), required("extern_uid", Text, "")]]),
);

/// What a body with `null` means.
pub const NULL: &str = "In a body, null empties a text and leaves everything else unchanged. Attributes that are not listed \
                        are ignored, so a client can send a whole object back.";

pub static HEALTH: Reference = Reference {
    name: Health::NAME,
    title: "GitLab's health checks",
    summary: &["For load balancers that are configured for GitLab."],
    credentials: &[],
    path: &[],
    headers: &[],
    operations: &[
        Operation::new("health", "Check that the process answers", &[answer(200, Content::Text, "`GitLab OK`")]),
        Operation::new("liveness", "Check that the process answers", &[json(200, Object(&[&[STATUS]]), "always `ok`")]),
        Operation::new(
            "readiness",
            "Check that the database can be read",
            &[json(200, READINESS, "it can"), json(503, READINESS, "it cannot")],
        ),
    ],
    errors: &[error(500, When::Always, Json(Named("Error")), "accountd failed")],
    schemas: &[schema("Error", "An error.", Object(&[&[required("error", Text, "")]]))],
};

const STATUS: Attribute = required("status", Word(&["ok", "failed"]), "");
const READINESS: Type = Object(&[&[STATUS, required("master_check", List(&Object(&[&[STATUS]])), "")]]);
