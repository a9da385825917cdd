//! Describes the operations of v4. [`crate::http::reference`] explains the terms.

use super::super::reference::{
    ADDRESS, CREATE_USER, EXPIRES_AT, FINGERPRINT, NEW_KEY, NULL, PAGE, PAGE_HEADERS, SKIP_CONFIRMATION, SUDO,
    UPDATE_USER, USER_ATTRIBUTES,
};
use super::super::version::Version;
use super::V4;
use super::schemas::SCHEMAS;
use crate::http::reference::Content::{Empty, Json};
use crate::http::reference::Type::{Boolean, Date, Either, Integer, List, Named, Nullable, Object, Text, Word};
use crate::http::reference::{
    Answer, Attribute, Content, Credential, ErrorAnswer, Operation, Reference, When, answer, error, json, optional,
    required,
};

pub static REFERENCE: Reference = Reference {
    name: V4::NAME,
    title: "GitLab API v4",
    summary: &[
        "Users, keys, addresses and tokens as GitLab 17.9 documents them. Parameters of a body may be in the query \
         instead.",
        "The token may also be the attribute private_token of a body. The scope read_api is enough for every GET.",
        NULL,
    ],
    credentials: &[
        Credential::Header("PRIVATE-TOKEN"),
        Credential::Bearer,
        Credential::Query("private_token"),
        Credential::Query("access_token"),
    ],
    path: &[
        required("id", Integer, "the id of a user"),
        required("key_id", Integer, "the id of a key"),
        required("email_id", Integer, "the id of an address"),
        required("token_id", Integer, "the id of a token"),
        required("event_id", Integer, "the id of an audit event"),
        required("key", Text, "the key of a custom attribute"),
        required("provider", Text, "the provider of an identity"),
    ],
    headers: SUDO,
    operations: OPERATIONS,
    errors: ERRORS,
    schemas: SCHEMAS,
};

const USER_OR_NAME: Attribute = required("id", Text, "the id or name of a user");
const TOKEN_OR_SELF: &[Attribute] =
    &[required("token_id", Text, "the id of a token, or `self` for the one of the request")];

const GONE: Answer = answer(204, Empty, "it is gone");
const CHANGED: Answer =
    json(201, Nullable(&Boolean), "true; null if nothing changed; false if there was nothing to undo");
const SUCCESS: Answer = json(201, Object(&[&[required("message", Text, "`Success`")]]), "the user is active");
const KEY: Answer = json(200, Named("Key"), "the key");
const KEYS: Answer = json(200, List(&Named("Key")), "keys, by id").headers(PAGE_HEADERS);
const NEW: Answer = json(201, Named("Key"), "the new key");
const KEY_WITH_USER: Answer = json(200, Named("KeyWithUser"), "the key");
const EMAIL: Answer = json(200, Named("Email"), "the address");
const EMAILS: Answer = json(200, List(&Named("Email")), "all but the primary address").headers(PAGE_HEADERS);
const NEW_EMAIL: Answer = json(201, Named("Email"), "the new address");
const NOTHING: Answer = json(200, List(&Object(&[])), "always empty").headers(PAGE_HEADERS);

const STATUS: Answer = json(200, Named("Status"), "the status");
const PREFERENCES: Answer = json(200, Named("Preferences"), "the preferences");
const CUSTOM_ATTRIBUTE: Answer = json(200, Named("CustomAttribute"), "the custom attribute");

const STATUS_ATTRIBUTES: &[Attribute] = &[
    optional("emoji", Text, "the name of an emoji"),
    optional("message", Text, "up to 100 characters"),
    optional("availability", Word(&["busy", "not_set"]), ""),
    optional(
        "clear_status_after",
        Word(&["30_minutes", "3_hours", "8_hours", "1_day", "3_days", "7_days", "30_days"]),
        "",
    ),
];

const USAGE_TYPE: &[Attribute] =
    &[optional("usage_type", Word(&["auth", "signing", "auth_and_signing"]), "auth_and_signing by default")];

const OPERATIONS: &[Operation] = &[
    Operation::new(
        "users.current",
        "Get the caller",
        &[json(200, Either(&[Named("CurrentUser"), Named("CurrentAdmin")]), "the caller; administrators see more")],
    ),
    Operation::new(
        "users.list",
        "List users",
        &[json(
            200,
            Either(&[List(&Named("BasicUser")), List(&Named("User"))]),
            "users; administrators see more of each. Without a credential, username is required",
        )
        .headers(PAGE_HEADERS)],
    )
    .query(&[PAGE, USER_FILTERS]),
    Operation::new(
        "users.get",
        "Get a user",
        &[json(200, Either(&[Named("PublicUser"), Named("UserDetails")]), "the user; administrators see more")],
    )
    .query(&[&[WITH_CUSTOM_ATTRIBUTES]]),
    Operation::new("users.create", "Create a user", &[json(201, Named("User"), "the new user")])
        .body(&[CREATE_USER, PASSWORD, USER_ATTRIBUTES, MORE_ATTRIBUTES])
        .fails(&[409]),
    Operation::new("users.update", "Change a user", &[json(200, Named("User"), "the changed user")])
        .body(&[UPDATE_USER, USER_ATTRIBUTES, MORE_ATTRIBUTES])
        .fails(&[409]),
    Operation::new("users.delete", "Delete a user with everything that belongs to it", &[GONE]).query(&[&[optional(
        "hard_delete",
        Boolean,
        "makes no difference",
    )]]),
    Operation::new("users.delete_identity", "Remove an identity of a user", &[GONE]),
    Operation::new("users.block", "Block a user", &[CHANGED]),
    Operation::new("users.unblock", "Unblock a user", &[CHANGED]),
    Operation::new("users.ban", "Ban a user", &[CHANGED]),
    Operation::new("users.unban", "Lift the ban of a user", &[CHANGED]),
    Operation::new("users.deactivate", "Deactivate a user", &[CHANGED]),
    Operation::new("users.activate", "Activate a user", &[CHANGED]),
    Operation::new("users.approve", "Approve a user", &[SUCCESS]).fails(&[409]),
    Operation::new(
        "users.reject",
        "Reject a user, who is deleted",
        &[json(200, Object(&[&[required("message", Text, "`Success`")]]), "the user is gone")],
    )
    .fails(&[409]),
    Operation::new("users.projects", "List the projects of a user", &[NOTHING]).path(&[USER_OR_NAME]).query(&[PAGE]),
    Operation::new("users.contributed_projects", "List the projects that a user contributed to", &[NOTHING])
        .path(&[USER_OR_NAME])
        .query(&[PAGE]),
    Operation::new("users.starred_projects", "List the projects that a user starred", &[NOTHING])
        .path(&[USER_OR_NAME])
        .query(&[PAGE]),
    Operation::new("users.events", "List the events of a user", &[NOTHING]).path(&[USER_OR_NAME]).query(&[PAGE]),
    Operation::new("users.memberships", "List the memberships of a user", &[NOTHING])
        .query(&[PAGE, &[optional("type", Word(&["Project", "Namespace"]), "")]]),
    Operation::new(
        "users.associations_count",
        "Count what belongs to a user",
        &[json(200, Named("AssociationsCount"), "always zeros")],
    ),
    Operation::new("users.counts", "Count the caller's tasks", &[json(200, Named("UserCounts"), "always zeros")]),
    Operation::new("status.get_own", "Get the caller's status", &[STATUS]),
    Operation::new("status.set", "Set the caller's status; what is not given is cleared", &[STATUS])
        .body(&[STATUS_ATTRIBUTES]),
    Operation::new("status.change", "Change the caller's status", &[STATUS]).body(&[STATUS_ATTRIBUTES]),
    Operation::new("status.get", "Get a user's status", &[STATUS]).path(&[USER_OR_NAME]),
    Operation::new("preferences.get", "Get the caller's preferences", &[PREFERENCES]),
    Operation::new("preferences.update", "Change the caller's preferences, at least one", &[PREFERENCES]).body(&[&[
        optional("view_diffs_file_by_file", Boolean, "has no effect"),
        optional("show_whitespace_in_diffs", Boolean, "has no effect"),
        optional("pass_user_identities_to_ci_jwt", Boolean, "has no effect"),
    ]]),
    Operation::new(
        "users.activities",
        "List when credentials were last used",
        &[json(200, List(&Named("Activity")), "users, the oldest activity first").headers(PAGE_HEADERS)],
    )
    .query(&[PAGE, &[optional("from", Date, "183 days ago by default")]]),
    Operation::new(
        "custom_attributes.list",
        "List a user's custom attributes",
        &[json(200, List(&Named("CustomAttribute")), "all of them")],
    ),
    Operation::new("custom_attributes.get", "Get a custom attribute of a user", &[CUSTOM_ATTRIBUTE]),
    Operation::new("custom_attributes.set", "Set a custom attribute of a user", &[CUSTOM_ATTRIBUTE])
        .body(&[&[required("value", Text, "up to 255 characters")]]),
    Operation::new("custom_attributes.delete", "Remove a custom attribute of a user", &[GONE]),
    Operation::new(
        "service_accounts.list",
        "List service accounts",
        &[json(200, List(&Named("ServiceAccount")), "users for programs").headers(PAGE_HEADERS)],
    )
    .query(&[
        PAGE,
        &[
            optional("order_by", Word(&["id", "username"]), "id by default"),
            optional("sort", Word(&["asc", "desc"]), "desc by default"),
        ],
    ]),
    Operation::new(
        "service_accounts.create",
        "Create a service account",
        &[json(201, Named("ServiceAccount"), "the new user")],
    )
    .body(&[&[
        optional("name", Text, "made up if absent, as are the others"),
        optional("username", Text, ""),
        optional("email", Text, ""),
    ]])
    .fails(&[409]),
    Operation::new(
        "tokens.associations",
        "List what the token can reach",
        &[json(200, Named("TokenAssociations"), "always empty")],
    )
    .query(&[PAGE, &[optional("min_access_level", Word(&["10", "15", "20", "30", "40", "50"]), "")]]),
    Operation::new("keys.list_own", "List the caller's keys", &[KEYS]).query(&[PAGE]),
    Operation::new("keys.create_own", "Add a key of the caller", &[NEW]).body(&[NEW_KEY, USAGE_TYPE]),
    Operation::new("keys.get_own", "Get a key of the caller", &[KEY]),
    Operation::new("keys.delete_own", "Remove a key of the caller", &[GONE]),
    Operation::new("keys.list", "List a user's keys", &[KEYS]).path(&[USER_OR_NAME]).query(&[PAGE]),
    Operation::new("keys.create", "Add a key of a user", &[NEW]).body(&[NEW_KEY, USAGE_TYPE]),
    Operation::new("keys.get_of_user", "Get a key of a user", &[KEY]).path(&[USER_OR_NAME]),
    Operation::new("keys.delete", "Remove a key of a user", &[GONE]),
    Operation::new("keys.find", "Find the key with a fingerprint", &[KEY_WITH_USER]).query(&[FINGERPRINT]),
    Operation::new("keys.get", "Get any user's key", &[KEY_WITH_USER]),
    Operation::new("emails.list_own", "List the caller's addresses", &[EMAILS]).query(&[PAGE]),
    Operation::new("emails.create_own", "Add an address of the caller, unverified", &[NEW_EMAIL]).body(&[ADDRESS]),
    Operation::new("emails.get_own", "Get an address of the caller", &[EMAIL]),
    Operation::new("emails.delete_own", "Remove an address of the caller", &[GONE]),
    Operation::new("emails.list", "List a user's addresses", &[EMAILS]).query(&[PAGE]),
    Operation::new("emails.create", "Add an address of a user", &[NEW_EMAIL]).body(&[ADDRESS, SKIP_CONFIRMATION]),
    Operation::new("emails.get", "Get an address of a user", &[EMAIL]),
    Operation::new("emails.delete", "Remove an address of a user", &[GONE]),
    Operation::new("tokens.create_own", "Create a personal token of the caller", &[NEW_TOKEN]).body(&[TOKEN]),
    Operation::new("tokens.create", "Create a personal token of a user", &[NEW_TOKEN]).body(&[TOKEN]),
    Operation::new("tokens.list", "List personal tokens", &[TOKENS]).query(&[
        PAGE,
        &[optional("user_id", Integer, "only tokens of this user")],
        TOKEN_FILTERS,
    ]),
    Operation::new(
        "tokens.get",
        "Get a personal token",
        &[json(200, Either(&[Named("Token"), Named("ImpersonationToken")]), "the token; `self` may be of any kind")],
    )
    .path(TOKEN_OR_SELF),
    Operation::new("tokens.revoke", "Revoke a personal token", &[GONE]).path(TOKEN_OR_SELF),
    Operation::new(
        "tokens.rotate",
        "Replace a personal token by a new one",
        &[json(
            200,
            Either(&[Named("NewToken"), Named("NewImpersonationToken")]),
            "the new token, for a week by default",
        )],
    )
    .path(TOKEN_OR_SELF)
    .body(&[&[EXPIRES_AT]])
    .fails(&[405]),
    Operation::new(
        "impersonation_tokens.list",
        "List a user's impersonation tokens",
        &[json(200, List(&Named("ImpersonationToken")), "tokens").headers(PAGE_HEADERS)],
    )
    .query(&[PAGE, TOKEN_FILTERS]),
    Operation::new(
        "impersonation_tokens.create",
        "Create an impersonation token of a user",
        &[json(201, Named("NewImpersonationToken"), "the new token")],
    )
    .body(&[TOKEN]),
    Operation::new(
        "impersonation_tokens.get",
        "Get an impersonation token of a user",
        &[json(200, Named("ImpersonationToken"), "the token")],
    ),
    Operation::new("impersonation_tokens.revoke", "Revoke an impersonation token of a user", &[GONE]),
    Operation::new(
        "audit_events.list",
        "List audit events",
        &[json(200, List(&Named("AuditEvent")), "events, without totals").headers(PAGE_HEADERS)],
    )
    .query(&[PAGE, EVENT_FILTERS]),
    Operation::new("audit_events.get", "Get an audit event", &[json(200, Named("AuditEvent"), "the event")]),
    Operation::new("server.version", "Get the version", &[json(200, Named("Version"), "the version")]),
    Operation::new("server.metadata", "Get the version and more", &[json(200, Named("Metadata"), "the version")]),
];

const NEW_TOKEN: Answer = json(201, Named("NewToken"), "the new token");
const TOKENS: Answer = json(200, List(&Named("Token")), "tokens").headers(PAGE_HEADERS);

const TOKEN: &[Attribute] = &[
    required("name", Text, "up to 255 characters"),
    required("scopes", List(&Text), "scopes that the caller has"),
    optional("description", Text, "up to 255 characters"),
    EXPIRES_AT,
];

const PASSWORD: &[Attribute] = &[
    optional("password", Text, "at least 8 characters; required without the two below"),
    optional("reset_password", Boolean, "true: the user has no password until one is set"),
    optional("force_random_password", Boolean, "the same"),
    optional("skip_confirmation", Boolean, "true: the administrator vouches for the address"),
];

const MORE_ATTRIBUTES: &[Attribute] = &[
    optional("public_email", Text, "a verified address of the user, or empty"),
    optional("discord", Text, ""),
    optional("pronouns", Text, ""),
    optional("note", Text, "only administrators see it"),
    optional("private_profile", Boolean, "has no effect"),
    optional("theme_id", Integer, "1 to 255"),
    optional("color_scheme_id", Integer, "1 to 255"),
];

const WITH_CUSTOM_ATTRIBUTES: Attribute =
    optional("with_custom_attributes", Boolean, "true: with custom_attributes; for administrators");

const USER_FILTERS: &[Attribute] = &[
    optional("username", Text, "the whole user name, in any case"),
    optional("search", Text, "a part of a name, or a whole address; of other users only the public one"),
    optional("public_email", Text, "the whole address"),
    optional("active", Boolean, "true: only active users"),
    optional("exclude_active", Boolean, "true: only other users"),
    optional("blocked", Boolean, "true: only blocked users"),
    optional("external", Boolean, "true: only external users"),
    optional("exclude_external", Boolean, "true: only other users"),
    optional("humans", Boolean, "true: no service accounts"),
    optional("exclude_humans", Boolean, "true: only service accounts"),
    WITH_CUSTOM_ATTRIBUTES,
    optional("custom_attributes[KEY]", Text, "only users with this value; at most ten; for administrators"),
    optional("exclude_internal", Boolean, "makes no difference"),
    optional("without_project_bots", Boolean, "makes no difference"),
    optional("extern_uid", Text, "with provider: users with this identity"),
    optional("provider", Text, "with extern_uid"),
    optional("admins", Boolean, "true: only administrators; for administrators"),
    optional("created_after", Text, "a time or a date; for administrators"),
    optional("created_before", Text, "a time or a date; for administrators"),
    optional("two_factor", Text, "`enabled`: no users; for administrators"),
    optional(
        "order_by",
        Word(&["id", "name", "username", "created_at", "updated_at"]),
        "for administrators and keyset",
    ),
    optional("sort", Word(&["asc", "desc"]), "desc by default; for administrators and keyset"),
    optional("pagination", Text, "`keyset`: `Link` to the next page is the only header"),
    optional("id_after", Integer, "with keyset: the last id of the page before"),
    optional("cursor", Text, "with keyset: from `Link`"),
];

const EVENT_FILTERS: &[Attribute] = &[
    optional(
        "entity_type",
        Word(&["User", "Gitlab::Audit::InstanceScope", "Group", "Project"]),
        "only events about these; there are none about groups and projects",
    ),
    optional("entity_id", Integer, "with entity_type"),
    optional("created_after", Text, "a time or a date"),
    optional("created_before", Text, "a time or a date"),
    optional("sort", Word(&["asc", "desc"]), "desc by default"),
    optional("pagination", Text, "`keyset`: `Link` to the next page is the only header"),
    optional("cursor", Text, "with keyset: from `Link`"),
];

const TOKEN_FILTERS: &[Attribute] = &[
    optional("search", Text, "a part of the name, in any case"),
    optional("state", Word(&["all", "active", "inactive"]), "all by default"),
    optional("revoked", Boolean, ""),
    optional("created_after", Text, "a time or a date, as below"),
    optional("created_before", Text, ""),
    optional("last_used_after", Text, ""),
    optional("last_used_before", Text, ""),
    optional("expires_after", Text, ""),
    optional("expires_before", Text, ""),
    optional(
        "sort",
        Word(&[
            "created_asc",
            "created_desc",
            "expires_asc",
            "expires_desc",
            "last_used_asc",
            "last_used_desc",
            "name_asc",
            "name_desc",
        ]),
        "by id by default",
    ),
];

const ERROR: Content = Json(Named("Error"));

const ERRORS: &[ErrorAnswer] = &[
    error(400, When::Always, ERROR, "a parameter is missing or invalid, or the body cannot be read"),
    error(401, When::Credential, ERROR, "the token is missing or wrong"),
    error(
        403,
        When::Credential,
        ERROR,
        "the caller or the token may not do this, or the user's state does not allow it",
    ),
    error(404, When::Credential, ERROR, "there is no such object, or no user of the name in sudo"),
    error(405, When::Listed, ERROR, "the token is of another kind"),
    error(408, When::Credential, ERROR, "the body did not arrive in time"),
    error(409, When::Listed, ERROR, "the address or user name is taken, or the user's state does not allow it"),
    error(413, When::Body, ERROR, "the body is larger than 1 MiB"),
    error(415, When::Body, ERROR, "the body has another type"),
    error(429, When::Body, ERROR, "too many changes in a day"),
    error(500, When::Always, ERROR, "accountd failed"),
    error(503, When::Always, ERROR, "accountd is busy"),
];
