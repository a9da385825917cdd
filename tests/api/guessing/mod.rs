//! Guessing passwords, and what the server believes about who is guessing.

mod proxies;
