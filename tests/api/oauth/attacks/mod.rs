//! The attacks of RFC 9700, section 4, that apply here: each test is named after what it tries. Of the section's others,
//! 4.6 (access token injection) needs tokens in redirects, of which there are none, and 4.17 pages that speak to each
//! other.

mod clickjacking;
mod code_injection;
mod cross_site_request_forgery;
mod impersonation;
mod leakage;
mod mix_up;
mod open_redirection;
mod pkce_downgrade;
mod proxies;
mod redirect_uri_validation;
mod redirects_307;
mod replay;
