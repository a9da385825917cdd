//! `accountd`, an account server: users, email addresses, SSH keys and tokens in one SQLite file, spoken to in two
//! published HTTP dialects.
//!
//! The floors, from the ground up. Imports run downward only; `tests/floors.rs` sees to it.
//!
//! | floor | module | what it holds |
//! |---|---|---|
//! | 0 | [`domain`] | values that are parsed once and cannot be bad; pure |
//! | 0 | [`logs`] | log lines on their way to stderr |
//! | 1 | [`store`] | all SQL: readers, the one writer, migrations |
//! | 2 | [`accounts`] | the use cases, and who may do what |
//! | 3 | [`http`] | what the dialects share: accept loop, bodies, credentials, paging |
//! | 3 | [`ssh`] | what sshd and git read, and the cache of a host without the database |
//! | 4 | [`docker`], [`gitlab`], [`openssh`] | the dialects: a route table, the JSON, the words of refusal |
//! | 4 | [`admin`] | what an operator's tools ask: health, metrics |
//! | 4 | [`web`] | pages: signing in, what applications were allowed |
//! | 5 | [`oauth`] | how an application gets a token; asks the user on a page |
//! | 6 | [`app`] | configuration to server |
//! | 7 | [`cli`] | the command line, a file a command |

pub mod accounts;
pub mod admin;
pub mod app;
pub mod cli;
pub mod docker;
pub mod domain;
pub mod gitlab;
pub mod http;
pub mod logs;
pub mod oauth;
pub mod openssh;
pub mod ssh;
pub mod store;
pub mod web;
