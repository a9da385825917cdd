//! The types of v4's answers: those of [`super::entities`], for the HTTP reference.

use super::super::reference::{IDENTITY, STATES, VERSION};
use crate::http::reference::Type::{
    Any, Boolean, Date, Either, Integer, List, Map, Named, Null, Nullable, Object, Text, Time, Word,
};
use crate::http::reference::{Attribute, Schema, optional, required, schema};

pub const SCHEMAS: &[Schema] = &[
    schema("BasicUser", "A user in a list.", Object(&[BASIC])),
    schema(
        "PublicUser",
        "A user, for other users.",
        Object(&[BASIC, PROFILE, CONTACTS, SOCIAL, &[BOT, required("is_followed", Boolean, "")]]),
    ),
    schema("CurrentUser", "The caller.", Object(&[BASIC, PROFILE, CONTACTS, SOCIAL, ACCOUNT, &[BOT, COMMIT_EMAIL]])),
    schema(
        "CurrentAdmin",
        "The caller, who is an administrator.",
        Object(&[BASIC, PROFILE, CONTACTS, ACCOUNT, ADMIN, &[COMMIT_EMAIL, NOTE]]),
    ),
    schema(
        "User",
        "A user for administrators: in a list, created or changed.",
        Object(&[BASIC, PROFILE, CONTACTS, ACCOUNT, ADMIN, &[NOTE, CUSTOM_ATTRIBUTES]]),
    ),
    schema(
        "UserDetails",
        "A user, for administrators.",
        Object(&[
            BASIC,
            PROFILE,
            CONTACTS,
            SOCIAL,
            ACCOUNT,
            ADMIN,
            &[NOTE, COMMIT_EMAIL, required("sign_in_count", Integer, ""), CUSTOM_ATTRIBUTES],
        ]),
    ),
    schema("KeyOwner", "The owner of a key.", Object(&[BASIC, PROFILE, ACCOUNT])),
    IDENTITY,
    schema("Key", "An SSH public key.", Object(&[KEY])),
    schema("KeyWithUser", "A key and its owner.", Object(&[KEY, &[required("user", Named("KeyOwner"), "")]])),
    schema(
        "Email",
        "A secondary address.",
        Object(&[&[
            required("id", Integer, ""),
            required("email", Text, ""),
            required("confirmed_at", Nullable(&Time), ""),
        ]]),
    ),
    schema("Token", "A personal token.", Object(&[TOKEN, READ])),
    schema("NewToken", "A personal token with its secret.", Object(&[TOKEN, SECRET])),
    schema("ImpersonationToken", "An impersonation token.", Object(&[TOKEN, IMPERSONATION, READ])),
    schema("NewImpersonationToken", "An impersonation token with its secret.", Object(&[TOKEN, IMPERSONATION, SECRET])),
    schema(
        "Status",
        "A user's status. Its values are null if the user has none.",
        Object(&[&[
            required("emoji", Nullable(&Text), ""),
            required("availability", Nullable(&Word(&["busy", "not_set"])), ""),
            required("message", Nullable(&Text), ""),
            required("message_html", Text, ""),
            required("clear_status_at", Nullable(&Time), ""),
        ]]),
    ),
    schema(
        "Preferences",
        "A user's preferences, which have no effect.",
        Object(&[&[
            required("id", Integer, ""),
            required("user_id", Integer, ""),
            required("view_diffs_file_by_file", Boolean, ""),
            required("show_whitespace_in_diffs", Boolean, ""),
            required("pass_user_identities_to_ci_jwt", Boolean, ""),
        ]]),
    ),
    schema(
        "Activity",
        "When a credential of a user was last used.",
        Object(&[&[
            required("username", Text, ""),
            required("last_activity_on", Date, ""),
            required("last_activity_at", Date, "the same"),
        ]]),
    ),
    schema(
        "CustomAttribute",
        "A value that administrators gave a user.",
        Object(&[&[required("key", Text, ""), required("value", Text, "")]]),
    ),
    schema(
        "ServiceAccount",
        "A user for a program.",
        Object(&[&[
            required("id", Integer, ""),
            required("username", Text, ""),
            required("name", Text, ""),
            required("email", Text, ""),
        ]]),
    ),
    schema(
        "TokenAssociations",
        "The groups and projects that a token can reach.",
        Object(&[&[required("groups", List(&Any), ""), required("projects", List(&Any), "")]]),
    ),
    schema(
        "AssociationsCount",
        "Counts of what accountd does not have.",
        Object(&[&[
            required("groups_count", Integer, ""),
            required("projects_count", Integer, ""),
            required("issues_count", Integer, ""),
            required("merge_requests_count", Integer, ""),
        ]]),
    ),
    schema(
        "UserCounts",
        "Counts of what accountd does not have.",
        Object(&[&[
            required("merge_requests", Integer, ""),
            required("assigned_issues", Integer, ""),
            required("assigned_merge_requests", Integer, ""),
            required("review_requested_merge_requests", Integer, ""),
            required("todos", Integer, ""),
        ]]),
    ),
    schema(
        "AuditEvent",
        "A change, or a failed sign-in.",
        Object(&[&[
            required("id", Integer, ""),
            required("author_id", Integer, "-1 if it was no user"),
            required("entity_id", Integer, ""),
            required("entity_type", Word(&["User", "Gitlab::Audit::InstanceScope"]), ""),
            required("details", Object(&[EVENT_DETAILS]), ""),
            required("created_at", Time, ""),
        ]]),
    ),
    schema("Version", "The version.", Object(&[VERSION])),
    schema(
        "Metadata",
        "The version and more.",
        Object(&[
            VERSION,
            &[
                required(
                    "kas",
                    Object(&[&[
                        required("enabled", Boolean, ""),
                        required("externalUrl", Null, ""),
                        required("externalK8sProxyUrl", Null, ""),
                        required("version", Null, ""),
                    ]]),
                    "",
                ),
                required("enterprise", Boolean, ""),
            ],
        ]),
    ),
    schema(
        "Error",
        "An error: a message of the operation, or an error of the request.",
        Object(&[&[
            optional("message", Either(&[Text, Map(&List(&Text))]), "a text, or the invalid attributes"),
            optional("error", Text, ""),
            optional("error_description", Text, "if the token lacks the scope"),
            optional("scope", Text, "the scopes that would do, separated by spaces"),
        ]]),
    ),
];

/// Every view has these.
const BASIC: &[Attribute] = &[
    required("id", Integer, ""),
    required("username", Text, ""),
    required("name", Text, ""),
    required("state", STATES, ""),
    required("locked", Boolean, ""),
    required("avatar_url", Text, "a Gravatar"),
    required("web_url", Text, ""),
];

/// Every view but the basic one has these.
const PROFILE: &[Attribute] = &[
    required("created_at", Time, ""),
    required("bio", Text, ""),
    required("location", Nullable(&Text), ""),
    required("public_email", Nullable(&Text), ""),
    required("linkedin", Text, ""),
    required("twitter", Text, ""),
    required("website_url", Text, ""),
    required("organization", Text, ""),
];

const CONTACTS: &[Attribute] =
    &[required("skype", Text, ""), required("discord", Text, ""), required("job_title", Text, "")];

const SOCIAL: &[Attribute] = &[
    required("pronouns", Nullable(&Text), ""),
    required("work_information", Null, ""),
    required("followers", Integer, ""),
    required("following", Integer, ""),
    required("local_time", Null, ""),
];

/// For the user and for administrators.
const ACCOUNT: &[Attribute] = &[
    required("email", Text, "the primary address"),
    required("last_sign_in_at", Nullable(&Time), ""),
    required("confirmed_at", Nullable(&Time), "when the primary address was verified"),
    required("theme_id", Integer, ""),
    required("last_activity_on", Nullable(&Date), ""),
    required("color_scheme_id", Integer, ""),
    required("projects_limit", Integer, ""),
    required("current_sign_in_at", Nullable(&Time), ""),
    required("identities", List(&Named("Identity")), ""),
    required("can_create_group", Boolean, ""),
    required("can_create_project", Boolean, ""),
    required("two_factor_enabled", Boolean, ""),
    required("external", Boolean, ""),
    required("private_profile", Boolean, ""),
];

const ADMIN: &[Attribute] = &[
    required("is_admin", Boolean, ""),
    required("current_sign_in_ip", Null, ""),
    required("last_sign_in_ip", Null, ""),
    required("namespace_id", Null, ""),
    required("created_by", Nullable(&Named("BasicUser")), ""),
    required("email_reset_offered_at", Null, ""),
];

const BOT: Attribute = required("bot", Boolean, "");
const COMMIT_EMAIL: Attribute = required("commit_email", Text, "");
const CUSTOM_ATTRIBUTES: Attribute =
    optional("custom_attributes", List(&Named("CustomAttribute")), "only with with_custom_attributes");
const NOTE: Attribute = required("note", Nullable(&Text), "");

const KEY: &[Attribute] = &[
    required("id", Integer, ""),
    required("title", Text, ""),
    required("key", Text, "one line, with its comment"),
    required("created_at", Time, ""),
    required("expires_at", Nullable(&Time), ""),
    required("last_used_at", Nullable(&Time), ""),
    required("usage_type", Word(&["auth", "signing", "auth_and_signing"]), ""),
];

const TOKEN: &[Attribute] = &[
    required("id", Integer, ""),
    required("name", Text, ""),
    required("revoked", Boolean, ""),
    required("created_at", Time, ""),
    required("description", Nullable(&Text), ""),
    required("scopes", List(&Text), ""),
    required("user_id", Integer, ""),
    required("last_used_at", Nullable(&Time), ""),
    required("active", Boolean, ""),
    required("expires_at", Nullable(&Date), ""),
];

const IMPERSONATION: &[Attribute] = &[required("impersonation", Boolean, "always true")];
const READ: &[Attribute] = &[required("last_used_ips", List(&Text), "")];
const SECRET: &[Attribute] = &[required("token", Text, "shown only here")];

const EVENT_DETAILS: &[Attribute] = &[
    required("event_name", Text, ""),
    required("custom_message", Text, ""),
    required("author_name", Text, ""),
    required("author_email", Nullable(&Text), ""),
    required("target_id", Nullable(&Integer), "a user"),
    required("target_type", Nullable(&Text), ""),
    required("target_details", Nullable(&Text), "the name of the user"),
    required("ip_address", Nullable(&Text), ""),
    required("entity_path", Nullable(&Text), ""),
    required("via", Text, ""),
    required("attributes", Map(&Any), "depend on the event"),
];
