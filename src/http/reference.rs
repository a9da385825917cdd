//! Describes operations for people and programs. Each dialect has a [`Reference`] beside its route table; the pages and
//! files of the HTTP reference are made of both.
//!
//! An operation does not repeat what others share. An error of the dialect belongs to an operation by the rule in its
//! [`When`], and a path parameter is the one of that name in [`Reference::path`].

use crate::domain::Scope;
use hyper::Method;

/// Who may call a route, in words; [`Rule`](super::router::Rule) enforces it.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// Completes "Who may call it:", as in `an administrator`.
    pub who: &'static str,
    /// Whether a call needs a credential. None if the route looks at none.
    pub needs_credential: Option<bool>,
    /// The scope that a token needs, if it is the same for all callers.
    pub scope: Option<Scope>,
}

impl Requirement {
    /// A route that looks at no credential.
    pub const fn none(who: &'static str) -> Self {
        Self { who, needs_credential: None, scope: None }
    }

    /// A route that may be called without a credential, but not with a wrong one.
    pub const fn optional(who: &'static str) -> Self {
        Self { who, needs_credential: Some(false), scope: None }
    }

    /// A route that needs a credential.
    pub const fn required(who: &'static str, scope: Option<Scope>) -> Self {
        Self { who, needs_credential: Some(true), scope }
    }

    /// Adds the scope that tokens need.
    pub const fn with_scope(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }
}

/// `an administrator, with the scope api`
impl std::fmt::Display for Requirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.who)?;
        self.scope.map_or(Ok(()), |scope| write!(f, ", with the scope {}", scope.name()))
    }
}

/// What a dialect says of its operations.
#[derive(Debug)]
pub struct Reference {
    /// [`Dialect::NAME`](super::router::Dialect::NAME).
    pub name: &'static str,
    pub title: &'static str,
    /// Paragraphs about all its operations.
    pub summary: &'static [&'static str],
    pub credentials: &'static [Credential],
    /// The parameters of its paths, except where an operation has its own.
    pub path: &'static [Attribute],
    /// The headers that every operation with a credential takes.
    pub headers: &'static [Attribute],
    pub operations: &'static [Operation],
    pub errors: &'static [ErrorAnswer],
    pub schemas: &'static [Schema],
}

impl Reference {
    /// The description of an operation, by its whole name.
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        let name = name.strip_prefix(self.name)?.strip_prefix('.')?;
        self.operations.iter().find(|operation| operation.name == name)
    }
}

/// A way to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// HTTP Basic; the text says with what.
    Basic(&'static str),
    /// `Authorization: Bearer` with a token.
    Bearer,
    /// A token in a header of this name.
    Header(&'static str),
    /// A token in a parameter of this name in the query.
    Query(&'static str),
}

/// One row of the route table.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// As in the row.
    pub name: &'static str,
    pub summary: &'static str,
    pub path: &'static [Attribute],
    pub query: Parts,
    pub body: Parts,
    pub answers: &'static [Answer],
    /// The errors of [`When::Listed`] that it has.
    pub fails: &'static [u16],
}

impl Operation {
    pub const fn new(name: &'static str, summary: &'static str, answers: &'static [Answer]) -> Self {
        Self { name, summary, path: &[], query: &[], body: &[], answers, fails: &[] }
    }

    /// Path parameters that differ from those of the dialect.
    pub const fn path(self, path: &'static [Attribute]) -> Self {
        Self { path, ..self }
    }

    pub const fn query(self, query: Parts) -> Self {
        Self { query, ..self }
    }

    pub const fn body(self, body: Parts) -> Self {
        Self { body, ..self }
    }

    pub const fn fails(self, fails: &'static [u16]) -> Self {
        Self { fails, ..self }
    }
}

/// A value with a name: a parameter, an attribute of a body, a field of an answer, a header.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub of: Type,
    /// What it means, in a line; may be empty.
    pub rule: &'static str,
    pub is_required: bool,
}

pub const fn required(name: &'static str, of: Type, rule: &'static str) -> Attribute {
    Attribute { name, of, rule, is_required: true }
}

pub const fn optional(name: &'static str, of: Type, rule: &'static str) -> Attribute {
    Attribute { name, of, rule, is_required: false }
}

/// The attributes of all these lists, which operations and schemas can share.
pub type Parts = &'static [&'static [Attribute]];

/// A type of JSON value. Text in a query or a form is read as the type.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    Any,
    Null,
    Boolean,
    Integer,
    Text,
    /// RFC 3339.
    Time,
    /// `2012-05-23`.
    Date,
    /// One of these texts.
    Word(&'static [&'static str]),
    Nullable(&'static Type),
    List(&'static Type),
    /// An object whose fields have any name and this type.
    Map(&'static Type),
    /// An object with exactly these fields.
    Object(Parts),
    /// One of several types.
    Either(&'static [Type]),
    /// A schema of the dialect.
    Named(&'static str),
}

/// A type with a name.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    pub name: &'static str,
    pub what: &'static str,
    pub of: Type,
}

pub const fn schema(name: &'static str, what: &'static str, of: Type) -> Schema {
    Schema { name, what, of }
}

/// A successful answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub status: u16,
    pub what: &'static str,
    pub body: Content,
    pub headers: &'static [Attribute],
}

impl Answer {
    pub const fn headers(self, headers: &'static [Attribute]) -> Self {
        Self { headers, ..self }
    }
}

/// The body of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    Empty,
    Json(Type),
    Text,
    Html,
}

pub const fn answer(status: u16, body: Content, what: &'static str) -> Answer {
    Answer { status, what, body, headers: &[] }
}

pub const fn json(status: u16, of: Type, what: &'static str) -> Answer {
    answer(status, Content::Json(of), what)
}

/// An answer to a request that failed.
#[derive(Clone, Copy, Debug)]
pub struct ErrorAnswer {
    pub status: u16,
    pub when: When,
    pub what: &'static str,
    pub body: Content,
}

pub const fn error(status: u16, when: When, body: Content, what: &'static str) -> ErrorAnswer {
    ErrorAnswer { status, when, what, body }
}

/// The operations that have an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// Those that look at a credential.
    Credential,
    /// Those that read a body: all but GET.
    Body,
    /// Those that list it in [`Operation::fails`].
    Listed,
}

/// An operation of a server with its route.
#[derive(Clone, Debug)]
pub struct DocumentedRoute {
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    pub requirement: Requirement,
    pub reference: &'static Reference,
    pub operation: &'static Operation,
}

impl DocumentedRoute {
    /// The name of the operation in logs.
    pub fn id(&self) -> String {
        format!("{}.{}", self.reference.name, self.operation.name)
    }

    /// The parameters of its path, in their order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static Attribute> {
        let names = self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let described = self.operation.path.iter().chain(self.reference.path);
        names.filter_map(move |name| described.clone().find(|attribute| attribute.name == name))
    }

    /// The headers that it takes.
    pub fn headers(&self) -> &'static [Attribute] {
        if self.requirement.needs_credential.is_some() { self.reference.headers } else { &[] }
    }

    /// The errors that it can have, by status.
    pub fn errors(&self) -> impl Iterator<Item = &'static ErrorAnswer> {
        self.reference.errors.iter().filter(|error| match error.when {
            When::Always => true,
            When::Credential => self.requirement.needs_credential.is_some(),
            When::Body => self.method != Method::GET,
            When::Listed => false,
        } || self.operation.fails.contains(&error.status))
    }
}
