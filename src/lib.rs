//! `accountd`, an account server: users, email addresses, SSH keys and tokens in one SQLite file, with two published
//! HTTP APIs, OAuth 2.0 and key lookups for sshd.
//!
//! The modules are layers. A module may import only from lower layers, which `tests/floors` enforces.
//!
//! | layer | module | contents |
//! |---|---|---|
//! | 0 | [`domain`] | values that are parsed once and are always valid |
//! | 0 | [`logs`] | the writer of log lines |
//! | 1 | [`store`] | all SQL: readers, the one writer, migrations |
//! | 2 | [`accounts`] | the use cases, and who may do what |
//! | 3 | [`http`] | shared by the dialects: connections, routing, bodies, credentials, paging |
//! | 3 | [`ssh`] | the files that sshd and git read, and the cache of a host without the database |
//! | 4 | [`docker`], [`gitlab`], [`openssh`] | the dialects: route table, JSON, wording of errors |
//! | 4 | [`admin`] | health and metrics for operators |
//! | 4 | [`web`] | pages: sign-in, and the applications that a user has allowed |
//! | 5 | [`oauth`] | OAuth 2.0: asks the user on a page, and issues tokens |
//! | 5 | [`docs`] | the HTTP reference, made from the route table |
//! | 5 | [`stand_in`] | the control service of a test stand-in |
//! | 6 | [`app`] | from a configuration to a running server |
//! | 7 | [`cli`] | the commands |

pub mod accounts;
pub mod admin;
pub mod app;
pub mod cli;
pub mod docker;
pub mod docs;
pub mod domain;
pub mod gitlab;
pub mod http;
pub mod logs;
pub mod oauth;
pub mod openssh;
pub mod ssh;
pub mod stand_in;
pub mod store;
pub mod web;
