//! Section 4.1, insufficient redirection URI validation: a code must only be sent to a registered URI.

mod authority;
mod path;

use crate::harness::Server;
use crate::oauth::{
    Application, BOTH_PATHS, DOCKER, EXAMPLE, PHONE, PKCE, READER, Redirect, WIKI, assert_error_page,
    auto_approving_on_file, count, percent_encoded, send_authorization,
};

/// Checks that none of these URIs is accepted: there is no redirect and no code, and the page does not repeat the URI.
#[track_caller]
fn assert_none_accepted(server: &Server, app: Application, uris: &[&str]) {
    for uri in uris {
        let more = if app.secret.is_none() { PKCE } else { "" };
        for paths in BOTH_PATHS {
            let query = app.query(&format!("{more}&state=s&redirect_uri={}", percent_encoded(uri)));
            let answer = send_authorization(server, paths, &query);
            assert_eq!(answer.status, 400, "{uri}: {answer:?}");
            assert_error_page(&answer, &["evil"]);
        }
    }
    assert_eq!(count(server, "authorizations"), 0);
}

#[test]
fn the_uri_of_another_application_is_refused() {
    let server = auto_approving_on_file();
    assert_none_accepted(&server, EXAMPLE, &[WIKI.uri, PHONE.uri, READER.uri]);
    assert_none_accepted(&server, WIKI, &[EXAMPLE.uri]);
    assert_none_accepted(&server, PHONE, &[EXAMPLE.uri, READER.uri]);
}

/// The check and the redirect could use different ones of two parameters, so repeated ones are refused.
#[test]
fn repeated_and_misspelled_parameters_are_refused_or_ignored() {
    let server = auto_approving_on_file();
    let (good, evil) = (percent_encoded(EXAMPLE.uri), percent_encoded("https://evil.example/"));
    for (more, repeats) in [
        (format!("&redirect_uri={good}&redirect_uri={evil}"), "evil"),
        (format!("&redirect_uri={evil}&redirect_uri={good}"), "evil"),
        (format!("&redirect_uri={good}&redirect_uri={good}"), "my.app"),
        (format!("&redirect_uri=&redirect_uri={evil}"), "evil"),
        (format!("&redirect_uri={good}&redirect%5Furi={evil}"), "evil"),
        (format!("&redirect%5furi={evil}"), "evil"),
        (format!("&client_id=WikiClientID&redirect_uri={good}"), "my.app"),
        (format!("&client%5Fid=WikiClientID&redirect_uri={good}"), "my.app"),
    ] {
        for paths in BOTH_PATHS {
            assert_error_page(&send_authorization(&server, paths, &EXAMPLE.query(&more)), &[repeats]);
        }
    }
    // Parameters with a similar name are unknown and are ignored.
    for more in [
        format!("&redirect_uri[]={evil}"),
        format!("&redirect_uri[0]={evil}"),
        format!("&Redirect_URI={evil}"),
        format!("&redirect_uri%00={evil}"),
        format!("&%20redirect_uri={evil}"),
        format!("&state=s;redirect_uri={evil}"),
        format!("#&redirect_uri={evil}"),
    ] {
        let redirect = Redirect::of(&send_authorization(&server, DOCKER, &EXAMPLE.query(&more)), 302);
        assert_eq!(redirect.uri, EXAMPLE.uri, "{more}");
    }
}
