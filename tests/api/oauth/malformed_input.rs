//! Malformed and hostile input at every endpoint: it gets a clear answer, uses up no code or token, and does not
//! disturb the server.

use super::{BOTH_PATHS, EXAMPLE, PHONE, WIKI, auto_approving, auto_approving_on_file, count, profile_status};
use crate::attacks::{assert_still_serves, raw, request};
use crate::harness::Server;
use base64::{Engine, prelude::BASE64_STANDARD};

fn hostile_texts() -> Vec<String> {
    let plain = [
        "\0",
        "\0\0\0\0\0\0\0\0\0\0",
        "a\0b",
        "\u{1b}[31m",
        "\r\nLocation: https://evil.example/",
        "%",
        "%%%",
        "%00",
        "%ff",
        "é",
        "💥",
        "\u{202e}",
        "\u{feff}",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "${7*7}",
        "' OR '1'='1",
        "\"",
        "\\",
        "../../../etc/passwd",
        "-1",
        "0",
        "NaN",
        "null",
        "undefined",
        "true",
        "[]",
        "{}",
        "acc_",
        "acd_",
        "acr_",
        "acr_.",
        "acr_x.",
        ".",
        "..",
        "acr_a.b.c.d",
        " ",
        "\t",
        "+",
        "&",
        "=",
        ";",
    ];
    let long = [255, 256, 4096, 60_000].map(|length| "x".repeat(length));
    plain.map(str::to_owned).into_iter().chain(long).collect()
}

#[test]
fn hostile_parameters_of_an_authorization_request_are_redirected_or_refused() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        for text in hostile_texts() {
            let text = super::percent_encoded(&text);
            for name in [
                "client_id",
                "redirect_uri",
                "response_type",
                "scope",
                "state",
                "code_challenge",
                "code_challenge_method",
                "x",
            ] {
                let known = [("client_id", EXAMPLE.id), ("response_type", "code"), ("scope", "profile_read")];
                let own = known.iter().filter(|(known, _)| *known != name);
                let query: String = own.map(|(name, value)| format!("{name}={value}&")).collect();
                let answer = server.get(paths.authorize).with_query(&format!("?{query}{name}={text}")).send();
                let page = matches!(name, "client_id" | "redirect_uri");
                // A scope of spaces is empty, and an empty parameter counts as absent.
                match answer.status {
                    302 => assert!(!page || text.is_empty(), "{name}={text}"),
                    400 => assert!(page, "{name}={text}"),
                    // RFC 9110 section 15.5.15, RFC 6585 section 5.
                    414 | 431 => assert!(text.len() > 20_000),
                    other => panic!("{other}: {name}={}", &text[..text.len().min(100)]),
                }
                assert_eq!(answer.all("location").len(), usize::from(answer.status == 302));
                if let Some(location) = answer.header("location") {
                    assert!(location.starts_with(EXAMPLE.uri), "{location}");
                }
            }
        }
    }
    assert_still_serves(&server);
}

#[test]
fn hostile_fields_at_the_other_endpoints_are_refused_and_use_up_nothing() {
    let server = auto_approving_on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let code = WIKI.code(&server, "");
    for paths in BOTH_PATHS {
        for text in hostile_texts() {
            for name in
                ["grant_type", "code", "refresh_token", "redirect_uri", "code_verifier", "client_id", "scope", "token"]
            {
                let known = [("grant_type", "code"), ("code", "never-was-a-code"), ("token", "never-was-a-token")];
                let own = known.into_iter().filter(|(known, _)| *known != name);
                let fields: Vec<_> = own.chain([(name, text.as_str())]).collect();
                for path in [paths.token, paths.revoke, paths.introspect] {
                    let answer = server.post(path).basic(WIKI.id, "WikiClientSecret").form(&fields).send();
                    let expected = if path == paths.token { 400..=400 } else { 200..=400 };
                    assert!(expected.contains(&answer.status), "{path} {name}: {answer:?}");
                    assert!(
                        text.len() < 3 || !answer.body.contains(&text) || "null true {}".contains(&text),
                        "{answer:?}"
                    );
                }
            }
        }
    }
    assert_eq!(profile_status(&server, &tokens.access), 200);
    assert_eq!(WIKI.exchange(&server, &code, &[]).status, 200);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
    assert_eq!(count(&server, "applications"), 5);
    assert_still_serves(&server);
}

fn basic() -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode("WikiClientID:WikiClientSecret"))
}

/// Sends these bytes as the body to each endpoint and returns the statuses.
fn post_to_all_endpoints(server: &Server, kind: &str, body: &[u8]) -> Vec<u16> {
    let endpoints =
        BOTH_PATHS.into_iter().flat_map(|paths| [paths.token, paths.revoke, paths.introspect, paths.authorize]);
    let send = |path: &str| {
        let path = if path.contains("authorize") { format!("{path}?{}", WIKI.query("")) } else { path.to_owned() };
        let headers = format!("{}Content-Type: {kind}\r\nContent-Length: {}\r\n", basic(), body.len());
        let (statuses, answer) = raw(server, &[request("POST", &path, &headers), body.to_vec()].concat());
        let [status] = statuses[..] else { panic!("{path}: {answer}") };
        status
    };
    endpoints.map(send).collect()
}

#[test]
fn bodies_that_are_not_utf8_are_refused() {
    let server = auto_approving();
    for (kind, body) in [
        ("application/x-www-form-urlencoded", &b"grant_type=code&code=\xff\xfe&token=\xff"[..]),
        ("application/x-www-form-urlencoded", b"grant_type=code&code=%FF%FE&token=%FF"),
        ("application/x-www-form-urlencoded", b"\xff=1&grant_type=code&code=x&token=x"),
        ("application/json", b"{\"grant_type\": \"code\", \"code\": \"\xff\", \"token\": \"\xff\"}"),
        ("application/json", b"{\"grant_type\": \"code\", \"code\": \"\\ud800\", \"token\": \"\\ud800\"}"),
        ("application/json", b"\xff\xfe{\0}\0"),
        ("application/json", b"\x1f\x8b\x08\0\0\0\0\0"),
    ] {
        // The authorization endpoint redirects to the sign-in page.
        assert_eq!(post_to_all_endpoints(&server, kind, body), [[400, 400, 400, 303]; 2].concat(), "{kind} {body:?}");
    }
    assert_still_serves(&server);
}

#[test]
fn huge_bodies_are_refused() {
    let server = auto_approving();
    for (body, status) in [
        (format!("grant_type=code&code={0}&token={0}", "x".repeat(2 << 20)), 413),
        ("a=b&".repeat(5_000), 400),
        (format!("grant_type=code&code=x&token=x&{}", "code=x&token=x&".repeat(200)), 400),
    ] {
        let answers = post_to_all_endpoints(&server, "application/x-www-form-urlencoded", body.as_bytes());
        assert_eq!(answers, [[status, status, status, 303]; 2].concat());
    }
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(post_to_all_endpoints(&server, "application/json", deep.as_bytes()), [[400, 400, 400, 303]; 2].concat());
    assert_still_serves(&server);
}

#[test]
fn huge_queries_are_handled() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        let many = "&x=y".repeat(5_000);
        let answer = super::send_authorization(&server, paths, &EXAMPLE.query(&format!("&scope=profile_read{many}")));
        assert_eq!(super::Redirect::of(&answer, 302).names(), ["code", "iss"]);
        let more = "&state=s".repeat(2_000);
        let answer = super::send_authorization(&server, paths, &EXAMPLE.query(&format!("&scope=profile_read{more}")));
        assert_eq!(super::Redirect::of(&answer, 302).get("error"), "invalid_request");
        // A long state is returned unchanged.
        let state = "s".repeat(8_000);
        let answer =
            super::send_authorization(&server, paths, &EXAMPLE.query(&format!("&scope=profile_read&state={state}")));
        assert_eq!(super::Redirect::of(&answer, 302).get("state"), state);
    }
    assert_still_serves(&server);
}

#[test]
fn raw_bytes_in_the_request_line_do_not_reach_the_redirect() {
    let server = auto_approving();
    for query in [
        &b"client_id=TestClientID&response_type=code&scope=profile_read&state=\xff"[..],
        b"client_id=TestClientID&response_type=code&scope=profile_read&state=\xc3\xa9",
        b"client_id=\xff&response_type=code",
        b"client_id=TestClientID&redirect_uri=\xff",
        b"client_id=TestClientID&response_type=code&scope=profile_read&state=%FF%FE",
        b"client_id=TestClientID&response_type=code&scope=profile_read&state=%ED%A0%80",
    ] {
        for paths in BOTH_PATHS {
            let line = [b"GET ", paths.authorize.as_bytes(), b"?", query].concat();
            let rest = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            let (statuses, answer) = raw(&server, &[&line[..], rest].concat());
            let [status] = statuses[..] else { panic!("{answer}") };
            assert!(status == 302 || status == 400, "{answer}");
            let location = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("location:"));
            assert_eq!(location.is_some(), status == 302, "{answer}");
            assert!(location.is_none_or(|line| line.is_ascii() && line.contains(EXAMPLE.uri)), "{answer}");
        }
    }
    assert_still_serves(&server);
}

#[test]
fn a_body_that_contradicts_its_content_type_is_refused() {
    let server = auto_approving();
    let (form, json) = (b"grant_type=code&code=x&token=x", br#"{"grant_type":"code","code":"x","token":"x"}"#);
    assert_eq!(post_to_all_endpoints(&server, "application/json", form), [[400, 400, 400, 303]; 2].concat());
    assert_eq!(
        post_to_all_endpoints(&server, "application/x-www-form-urlencoded", json),
        [[400, 400, 400, 303]; 2].concat()
    );
    assert_still_serves(&server);
}

/// Wrong codes are not rate-limited: they cannot be guessed.
#[test]
fn a_thousand_wrong_codes_do_not_lock_out_a_client() {
    let server = auto_approving();
    let code = PHONE.code(&server, "");
    let body = "grant_type=code&client_id=PhoneClientID&code=never-was-a-code";
    let head = |close: &str| {
        format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\n{close}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let (statuses, _) = raw(&server, (head("").repeat(999) + &head("Connection: close\r\n")).as_bytes());
    assert_eq!(statuses, vec![400; 1000]);
    assert_eq!(PHONE.exchange(&server, &code, &[("code_verifier", super::VERIFIER)]).status, 200);
    assert_still_serves(&server);
}
