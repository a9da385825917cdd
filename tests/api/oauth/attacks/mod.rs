//! The attacks of RFC 9700 section 4. Two of them do not apply: 4.6, access token injection, needs tokens in redirects,
//! and 4.17 needs pages that send messages to each other.

mod clickjacking;
mod code_injection;
mod cross_site_request_forgery;
mod impersonation;
mod leakage;
mod mix_up;
mod open_redirection;
mod pkce_downgrade;
mod proxies;
mod redirect_307;
mod redirect_uri_validation;
mod replay;
