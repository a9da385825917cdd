//! Garbage of every kind at every endpoint: a clear answer, nothing spent, and the server goes on.

use super::{BOTH, EXAMPLE, PHONE, WIKI, count, in_memory, on_file, profile};
use crate::attacks::{assert_goes_on, raw, request};
use crate::harness::Server;
use base64::{Engine, prelude::BASE64_STANDARD};

fn texts() -> Vec<String> {
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
fn garbage_in_every_parameter_of_an_authorization_request() {
    let server = in_memory();
    for names in BOTH {
        for text in texts() {
            let text = super::encoded(&text);
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
                let answer = server.get(names.authorize).with_query(&format!("?{query}{name}={text}")).send();
                let page = matches!(name, "client_id" | "redirect_uri");
                // Spaces between scopes are nothing, and a name without value is as good as absent.
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
    assert_goes_on(&server);
}

#[test]
fn garbage_in_every_field_of_the_other_endpoints() {
    let server = on_file();
    let tokens = WIKI.tokens(&server, "profile_read");
    let code = WIKI.code(&server, "");
    for names in BOTH {
        for text in texts() {
            for name in
                ["grant_type", "code", "refresh_token", "redirect_uri", "code_verifier", "client_id", "scope", "token"]
            {
                let known = [("grant_type", "code"), ("code", "never-was-a-code"), ("token", "never-was-a-token")];
                let own = known.into_iter().filter(|(known, _)| *known != name);
                let fields: Vec<_> = own.chain([(name, text.as_str())]).collect();
                for path in [names.token, names.revoke, names.introspect] {
                    let answer = server.post(path).basic(WIKI.id, "WikiClientSecret").form(&fields).send();
                    let expected = if path == names.token { 400..=400 } else { 200..=400 };
                    assert!(expected.contains(&answer.status), "{path} {name}: {answer:?}");
                    assert!(
                        text.len() < 3 || !answer.body.contains(&text) || "null true {}".contains(&text),
                        "{answer:?}"
                    );
                }
            }
        }
    }
    assert_eq!(profile(&server, &tokens.access), 200);
    assert_eq!(WIKI.redeem(&server, &code, &[]).status, 200);
    assert_eq!(WIKI.refresh(&server, &tokens.refresh, &[]).status, 200);
    assert_eq!(count(&server, "applications"), 5);
    assert_goes_on(&server);
}

fn basic() -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode("WikiClientID:WikiClientSecret"))
}

/// The statuses of what these bytes get as a body at every endpoint.
fn bodies(server: &Server, kind: &str, body: &[u8]) -> Vec<u16> {
    let endpoints = BOTH.into_iter().flat_map(|names| [names.token, names.revoke, names.introspect, names.authorize]);
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
fn bodies_that_are_not_utf8() {
    let server = in_memory();
    for (kind, body) in [
        ("application/x-www-form-urlencoded", &b"grant_type=code&code=\xff\xfe&token=\xff"[..]),
        ("application/x-www-form-urlencoded", b"grant_type=code&code=%FF%FE&token=%FF"),
        ("application/x-www-form-urlencoded", b"\xff=1&grant_type=code&code=x&token=x"),
        ("application/json", b"{\"grant_type\": \"code\", \"code\": \"\xff\", \"token\": \"\xff\"}"),
        ("application/json", b"{\"grant_type\": \"code\", \"code\": \"\\ud800\", \"token\": \"\\ud800\"}"),
        ("application/json", b"\xff\xfe{\0}\0"),
        ("application/json", b"\x1f\x8b\x08\0\0\0\0\0"),
    ] {
        // At the authorization endpoint nobody is signed in.
        assert_eq!(bodies(&server, kind, body), [[400, 400, 400, 303]; 2].concat(), "{kind} {body:?}");
    }
    assert_goes_on(&server);
}

#[test]
fn bodies_that_are_huge() {
    let server = in_memory();
    for (body, status) in [
        (format!("grant_type=code&code={0}&token={0}", "x".repeat(2 << 20)), 413),
        ("a=b&".repeat(5_000), 400),
        (format!("grant_type=code&code=x&token=x&{}", "code=x&token=x&".repeat(200)), 400),
    ] {
        let answers = bodies(&server, "application/x-www-form-urlencoded", body.as_bytes());
        assert_eq!(answers, [[status, status, status, 303]; 2].concat());
    }
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(bodies(&server, "application/json", deep.as_bytes()), [[400, 400, 400, 303]; 2].concat());
    assert_goes_on(&server);
}

#[test]
fn queries_that_are_huge() {
    let server = in_memory();
    for names in BOTH {
        let many = "&x=y".repeat(5_000);
        let answer = super::ask(&server, names, &EXAMPLE.query(&format!("&scope=profile_read{many}")));
        assert_eq!(super::Back::of(&answer, 302).names(), ["code", "iss"]);
        let more = "&state=s".repeat(2_000);
        let answer = super::ask(&server, names, &EXAMPLE.query(&format!("&scope=profile_read{more}")));
        assert_eq!(super::Back::of(&answer, 302).get("error"), "invalid_request");
        // A state of any length that a request may have comes back whole.
        let state = "s".repeat(8_000);
        let answer = super::ask(&server, names, &EXAMPLE.query(&format!("&scope=profile_read&state={state}")));
        assert_eq!(super::Back::of(&answer, 302).get("state"), state);
    }
    assert_goes_on(&server);
}

#[test]
fn raw_bytes_in_the_request_line() {
    let server = in_memory();
    for query in [
        &b"client_id=TestClientID&response_type=code&scope=profile_read&state=\xff"[..],
        b"client_id=TestClientID&response_type=code&scope=profile_read&state=\xc3\xa9",
        b"client_id=\xff&response_type=code",
        b"client_id=TestClientID&redirect_uri=\xff",
        b"client_id=TestClientID&response_type=code&scope=profile_read&state=%FF%FE",
        b"client_id=TestClientID&response_type=code&scope=profile_read&state=%ED%A0%80",
    ] {
        for names in BOTH {
            let line = [b"GET ", names.authorize.as_bytes(), b"?", query].concat();
            let rest = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            let (statuses, answer) = raw(&server, &[&line[..], rest].concat());
            let [status] = statuses[..] else { panic!("{answer}") };
            assert!(status == 302 || status == 400, "{answer}");
            let location = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("location:"));
            assert_eq!(location.is_some(), status == 302, "{answer}");
            assert!(location.is_none_or(|line| line.is_ascii() && line.contains(EXAMPLE.uri)), "{answer}");
        }
    }
    assert_goes_on(&server);
}

/// The answer to a head that says one thing and a body that says another.
#[test]
fn json_in_a_form_and_a_form_in_json() {
    let server = in_memory();
    let (form, json) = (b"grant_type=code&code=x&token=x", br#"{"grant_type":"code","code":"x","token":"x"}"#);
    assert_eq!(bodies(&server, "application/json", form), [[400, 400, 400, 303]; 2].concat());
    assert_eq!(bodies(&server, "application/x-www-form-urlencoded", json), [[400, 400, 400, 303]; 2].concat());
    assert_goes_on(&server);
}

/// One may ask about tokens as often as one likes; nobody is locked out by it.
#[test]
fn a_thousand_wrong_codes() {
    let server = in_memory();
    let code = PHONE.code(&server, "");
    let body = "grant_type=code&client_id=PhoneClientID&code=never-was-a-code";
    let head = |close: &str| {
        format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\n{close}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let (statuses, _) = raw(&server, (head("").repeat(999) + &head("Connection: close\r\n")).as_bytes());
    assert_eq!(statuses, vec![400; 1000]);
    assert_eq!(PHONE.redeem(&server, &code, &[("code_verifier", super::VERIFIER)]).status, 200);
    assert_goes_on(&server);
}
