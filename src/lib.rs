pub mod accounts;
pub mod domain;
pub mod store;
