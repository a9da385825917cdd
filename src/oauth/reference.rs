//! Describes the operations of this dialect. [`crate::http::reference`] explains the terms.

use super::OAuth;
use crate::http::reference::Content::{Empty, Html, Json};
use crate::http::reference::Type::{Boolean, Integer, List, Named, Object, Text, Word};
use crate::http::reference::{
    Answer, Attribute, Content, Credential, Operation, Parts, Reference, When, answer, error, json, optional, required,
    schema,
};
use crate::http::router::Dialect;

pub static REFERENCE: Reference = Reference {
    name: OAuth::NAME,
    title: "OAuth 2.0",
    summary: &[
        "An authorization server with PKCE, refresh tokens, revocation and introspection. The endpoints have two sets of \
         paths, those of docker.io and those of GitLab, which an application may mix.",
    ],
    credentials: &[Credential::Basic("the application's id and secret, which may be in the body instead")],
    path: &[required("path", Text, "the path of the issuer, if it has one")],
    headers: &[],
    operations: OPERATIONS,
    errors: &[
        error(400, When::Listed, ERROR, "a parameter is missing, repeated or wrong"),
        error(401, When::Credential, ERROR, "the application is unknown, or its secret is wrong or missing"),
        error(403, When::Listed, Html, "the form is not from the consent page of this session"),
        error(404, When::Listed, ERROR, "the path is another issuer's"),
        error(408, When::Body, ERROR, "the body did not arrive in time"),
        error(413, When::Body, ERROR, "the body is larger than 1 MiB"),
        error(415, When::Body, ERROR, "the body has another type"),
        error(421, When::Listed, Html, "a test stand-in answers only under its own host names"),
        error(429, When::Listed, ERROR, "too many refreshed tokens of a user in a day"),
        error(500, When::Always, ERROR, "accountd failed"),
        error(503, When::Always, ERROR, "accountd is busy"),
    ],
    schemas: &[
        schema("DockerTokens", "An access token and a refresh token.", Object(&[TOKENS, DOCKER_TOKENS])),
        schema("GitlabTokens", "An access token and a refresh token.", Object(&[TOKENS, GITLAB_TOKENS])),
        schema("Introspection", "What a token is.", Object(&[INTROSPECTION])),
        schema("Metadata", "The authorization server (RFC 8414).", Object(&[METADATA])),
        schema("Error", "An error (RFC 6749, section 5.2).", Object(&[ERROR_FIELDS])),
    ],
};

const ERROR: Content = Json(Named("Error"));

const PAGE: &[Answer] = &[
    answer(200, Html, "the consent page"),
    answer(302, Empty, "back to the application, with an error").headers(LOCATION),
    answer(303, Empty, "to the sign-in page").headers(LOCATION),
    answer(400, Html, "the application or its redirect URI is wrong"),
];
const DECISION: &[Answer] = &[
    answer(303, Empty, "back to the application, with a code or an error; or to the sign-in page").headers(LOCATION),
    answer(400, Html, "the application, its redirect URI or the form is wrong"),
];
const LOCATION: &[Attribute] = &[required("Location", Text, "")];

const AUTHORIZATION: Parts = &[&[
    required("client_id", Text, "the application"),
    required("response_type", Word(&["code"]), ""),
    optional("redirect_uri", Text, "one of the registered URIs; the first of them if absent"),
    optional("scope", Text, "scopes, separated by spaces"),
    optional("state", Text, "returned unchanged"),
    optional("code_challenge", Text, "PKCE, which public clients must use"),
    optional("code_challenge_method", Word(&["S256"]), ""),
]];
const CONSENT: Parts =
    &[&[required("csrf", Text, "from the page"), required("decision", Word(&["allow", "deny"]), "")]];
const CLIENT: &[Attribute] = &[
    optional("client_id", Text, "without Basic"),
    optional("client_secret", Text, "without Basic, unless the client is public"),
];
const GRANT: &[Attribute] = &[
    required("grant_type", Word(&["authorization_code", "code", "refresh_token"]), ""),
    optional("code", Text, "with authorization_code"),
    optional("redirect_uri", Text, "with authorization_code, if the authorization request had it"),
    optional("code_verifier", Text, "with authorization_code, if it had a challenge"),
    optional("refresh_token", Text, "with refresh_token"),
    optional("scope", Text, "with refresh_token: fewer scopes"),
];
const TOKEN: &[Attribute] = &[required("token", Text, "an access token or a refresh token")];
const REVOKED: &[Answer] = &[json(200, Object(&[]), "the consent has ended, or the token is unknown")];
const INTROSPECTED: &[Answer] = &[json(200, Named("Introspection"), "only `active` unless it is")];

const OPERATIONS: &[Operation] = &[
    Operation::new("docker.authorize", "Ask the user for consent", PAGE).query(AUTHORIZATION).fails(&[421]),
    Operation::new("docker.decide", "Decide", DECISION).query(AUTHORIZATION).body(CONSENT).fails(&[403]),
    Operation::new("docker.token", "Get tokens", &[json(200, Named("DockerTokens"), "new tokens")])
        .body(&[GRANT, CLIENT])
        .fails(&[400, 429]),
    Operation::new("docker.revoke", "Revoke a token", REVOKED).body(&[TOKEN, CLIENT]).fails(&[400]),
    Operation::new("docker.introspect", "Find out what a token is", INTROSPECTED).body(&[TOKEN, CLIENT]).fails(&[400]),
    Operation::new("gitlab.authorize", "Ask the user for consent", PAGE).query(AUTHORIZATION).fails(&[421]),
    Operation::new("gitlab.decide", "Decide", DECISION).query(AUTHORIZATION).body(CONSENT).fails(&[403]),
    Operation::new("gitlab.token", "Get tokens", &[json(200, Named("GitlabTokens"), "new tokens")])
        .body(&[GRANT, CLIENT])
        .fails(&[400, 429]),
    Operation::new("gitlab.revoke", "Revoke a token", REVOKED).body(&[TOKEN, CLIENT]).fails(&[400]),
    Operation::new("gitlab.introspect", "Find out what a token is", INTROSPECTED).body(&[TOKEN, CLIENT]).fails(&[400]),
    Operation::new("metadata", "Get the metadata", &[json(200, Named("Metadata"), "the metadata")]),
    Operation::new("metadata.of_issuer", "Get the metadata", &[json(200, Named("Metadata"), "the metadata")])
        .fails(&[404]),
];

const TOKENS: &[Attribute] = &[
    required("access_token", Text, ""),
    required("expires_in", Integer, "in seconds"),
    required("token_type", Word(&["Bearer"]), ""),
    required("scope", Text, "scopes, separated by spaces"),
    required("refresh_token", Text, "works once"),
];
const DOCKER_TOKENS: &[Attribute] = &[required("username", Text, ""), required("user_id", Integer, "")];
const GITLAB_TOKENS: &[Attribute] = &[required("created_at", Integer, "seconds since 1970")];

const INTROSPECTION: &[Attribute] = &[
    required("active", Boolean, ""),
    optional("scope", Text, "scopes, separated by spaces"),
    optional("client_id", Text, ""),
    optional("username", Text, ""),
    optional("token_type", Word(&["Bearer", "refresh_token"]), ""),
    optional("exp", Integer, "seconds since 1970"),
    optional("iat", Integer, "seconds since 1970"),
    optional("sub", Text, "the id of the user"),
    optional("iss", Text, "the issuer"),
];

const METADATA: &[Attribute] = &[
    required("issuer", Text, ""),
    required("authorization_endpoint", Text, ""),
    required("token_endpoint", Text, ""),
    required("revocation_endpoint", Text, ""),
    required("introspection_endpoint", Text, ""),
    required("scopes_supported", List(&Text), ""),
    required("response_types_supported", List(&Text), ""),
    required("response_modes_supported", List(&Text), ""),
    required("grant_types_supported", List(&Text), ""),
    required("code_challenge_methods_supported", List(&Text), ""),
    required("token_endpoint_auth_methods_supported", List(&Text), ""),
    required("revocation_endpoint_auth_methods_supported", List(&Text), ""),
    required("introspection_endpoint_auth_methods_supported", List(&Text), ""),
    required("authorization_response_iss_parameter_supported", Boolean, ""),
];

const ERROR_FIELDS: &[Attribute] =
    &[required("error", Text, "a registered code"), required("error_description", Text, "for the developer")];
