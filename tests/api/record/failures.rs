//! A GitLab that is overloaded, broken or hostile.

use super::fake_gitlab::{Answer, FakeGitlab, answer, is_list, page, page_before, user};
use super::{TOKEN, of_each, record, recorded, refused};
use crate::harness::accountd;
use serde_json::{Value, json};
use std::io::Read;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn users(ids: impl Iterator<Item = i64>) -> Value {
    ids.map(|id| user(id, json!({}))).collect()
}

/// A GitLab that answers the requests for which the condition holds with this answer.
fn failing(condition: impl Fn(&str) -> bool + Send + Sync + 'static, with: Answer) -> FakeGitlab {
    FakeGitlab::new(move |target| match target {
        target if condition(target) => with.clone(),
        list if is_list(list) => page(&users(1..=3)),
        _ => page(&json!([])),
    })
}

#[test]
fn temporary_failures_are_tried_again() {
    let failures = Mutex::new(vec![
        answer("429 Too Many Requests", &["Retry-After: 0"], "Retry later"),
        answer("502 Bad Gateway", &[], "<html>"),
        answer("503 Service Unavailable", &["Retry-After: 0"], ""),
        // Closes the connection without an answer, and in the middle of one.
        Vec::new(),
        page(&json!([{"id": 1}]))[..60].to_vec(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[{\"\r\n".to_vec(),
    ]);
    let gitlab = FakeGitlab::new(move |target| match target {
        list if is_list(list) => page(&users(1..=3)),
        _ => failures.lock().unwrap().pop().unwrap_or_else(|| page(&json!([]))),
    });
    let (recording, lines) = recorded(record(&gitlab.url(), &[]));
    assert_eq!(of_each(&recording, "id"), [1, 2, 3]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(gitlab.targets().len(), 1 + 3 * 2 + 6, "a list, two requests for each user, six failures");
}

#[test]
fn a_retry_after_is_waited_for_by_all_requests() {
    let first = AtomicUsize::new(0);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&asked);
    let gitlab = FakeGitlab::new(move |target| {
        times.lock().unwrap().push(Instant::now());
        match target {
            list if is_list(list) && first.fetch_add(1, Ordering::Relaxed) == 0 => {
                answer("429 Too Many Requests", &["Retry-After: 1"], "")
            }
            list if is_list(list) => page(&users(1..=1)),
            _ => page(&json!([])),
        }
    });
    recorded(record(&gitlab.url(), &[]));
    let asked = asked.lock().unwrap();
    assert!(asked.len() == 4 && asked[1] - asked[0] >= Duration::from_millis(990), "{asked:?}");
}

#[test]
fn failures_that_last_end_the_recording_after_a_few_attempts() {
    for status in ["429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable"] {
        let gitlab = failing(|target| target.contains("/users/2/keys"), answer(status, &["Retry-After: 0"], ""));
        let line = refused(record(&gitlab.url(), &[]));
        let url = format!("{}/api/v4/users/2/keys?per_page=100 answered {status}", gitlab.url());
        assert!(line.contains(&url) && line.ends_with("8 times in a row"), "{line}");
        let attempts = gitlab.targets().iter().filter(|target| target.contains("/users/2/keys")).count();
        assert_eq!(attempts, 8);
    }
    let gitlab = failing(is_list, answer("429 Too Many Requests", &["Retry-After: 86400"], ""));
    assert!(refused(record(&gitlab.url(), &[])).contains("wait for 86400 s"));
    assert_eq!(gitlab.targets().len(), 1);
}

#[test]
fn other_statuses_end_the_recording_at_once_and_are_explained() {
    for (status, explanation) in [
        ("401 Unauthorized", "the token is wrong"),
        ("403 Forbidden", "an administrator's, with the scope read_api"),
        ("400 Bad Request", "answered 400 Bad Request"),
        ("500 Internal Server Error", "answered 500"),
        ("304 Not Modified", "answered 304"),
    ] {
        let gitlab = failing(|target| target.contains("/users/1/emails"), answer(status, &[], "\u{1b}[31m"));
        let line = refused(record(&gitlab.url(), &[]));
        assert!(line.contains("/api/v4/users/1/emails?per_page=100") && line.contains(explanation), "{line}");
    }
    let gitlab = failing(is_list, answer("404 Not Found", &[], ""));
    assert!(refused(record(&gitlab.url(), &[])).contains("is this the URL of a GitLab?"));
}

#[test]
fn the_token_is_sent_to_no_other_host() {
    let other = FakeGitlab::with_users(users(1..=3));
    let url = other.url();
    for (status, condition) in
        [("302 Found", is_list as fn(&str) -> bool), ("307 Temporary Redirect", |target| target.contains("/keys"))]
    {
        let location = format!("Location: {url}/api/v4/users?per_page=100");
        let gitlab = failing(condition, answer(status, &[&location], ""));
        let line = refused(record(&gitlab.url(), &[]));
        assert!(line.contains(status) && line.contains(&url), "{line}");
    }
    // A link to the next page counts only for its query.
    let next = format!("{url}/elsewhere?id_after=3&x=%20");
    let gitlab = FakeGitlab::new(move |target| match target {
        "/api/v4/users?id_after=3&x=%20" => page(&users(4..=4)),
        list if is_list(list) => page_before(&users(1..=3), &next),
        _ => page(&json!([])),
    });
    assert_eq!(of_each(&recorded(record(&gitlab.url(), &[])).0, "id"), [1, 2, 3, 4]);
    assert!(other.heads().is_empty(), "{:?}", other.heads());
}

#[test]
fn an_answer_that_is_no_list_ends_the_recording() {
    for (body, problem) in [
        ("<html>sign in</html>", "not JSON"),
        ("", "not JSON"),
        ("[{\"id\": 1}, ", "not JSON"),
        ("{\"message\": \"hi\"}", "not a list of objects"),
        ("[1, 2]", "not a list of objects"),
        (&"[".repeat(100_000), "not JSON"),
        ("[{}]", "not in order of ids"),
        ("[{\"id\": \"1\"}]", "not in order of ids"),
        ("[{\"id\": 7, \"username\": \"a\"}]", "an administrator's"),
    ] {
        let gitlab = failing(is_list, answer("200 OK", &[], body));
        let line = refused(record(&gitlab.url(), &[]));
        assert!(line.contains(&format!("{}/api/v4/users?", gitlab.url())) && line.contains(problem), "{line}");
        assert_eq!(gitlab.targets().len(), 1, "{line}");
    }
}

#[test]
fn an_answer_of_any_length_is_read_only_in_part() {
    let blank = answer("200 OK", &[], &" ".repeat(9 << 20));
    let gitlab = failing(|target| target.contains("/users/3/emails"), blank);
    let line = refused(record(&gitlab.url(), &[]));
    assert!(line.contains("/users/3/emails?per_page=100 answered with more than 8 MiB"), "{line}");
}

#[test]
fn pages_that_lead_nowhere_end() {
    // The same page again and again.
    let gitlab = FakeGitlab::new(move |target| match target {
        list if is_list(list) => page_before(&users(1..=3), "http://x/?id_after=3"),
        _ => page(&json!([])),
    });
    assert!(refused(record(&gitlab.url(), &[])).contains("?id_after=3 is not in order of ids"));
    // An empty page is the last one, whatever follows it.
    let gitlab = FakeGitlab::new(move |target| match target {
        list if list.ends_with("id_after=3") => page_before(&json!([]), "http://x/?id_after=3"),
        list if is_list(list) => page_before(&users(1..=3), "http://x/?id_after=3"),
        _ => page(&json!([])),
    });
    assert_eq!(of_each(&recorded(record(&gitlab.url(), &[])).0, "id"), [1, 2, 3]);
    assert_eq!(gitlab.targets().iter().filter(|target| is_list(target)).count(), 2);
}

#[test]
fn a_release_without_keyset_pages_is_walked_by_page_numbers() {
    let gitlab = FakeGitlab::new(move |target| match target {
        list if list.contains("pagination=keyset") => answer("405 Method Not Allowed", &[], ""),
        "/api/v4/users?page=2" => page(&users(4..=4)),
        list if is_list(list) => page_before(&users(1..=3), "http://x/?page=2"),
        _ => page(&json!([])),
    });
    assert_eq!(of_each(&recorded(record(&gitlab.url(), &[])).0, "id"), [1, 2, 3, 4]);
}

#[test]
fn a_gitlab_that_cannot_be_reached_is_named_at_once() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let line = refused(record(&url, &[]));
    assert!(line.contains(&url) && line.contains("did not answer"), "{line}");
}

#[test]
fn a_few_requests_wait_at_the_same_time() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let gitlab = FakeGitlab::new(move |target| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(10));
        now.fetch_sub(1, Ordering::SeqCst);
        page(&if is_list(target) { users(1..=30) } else { json!([]) })
    });
    let (recording, _) = recorded(record(&gitlab.url(), &[]));
    assert_eq!(of_each(&recording, "id"), (1..=30).collect::<Vec<_>>(), "in the order of ids");
    assert!((2..=8).contains(&most.load(Ordering::SeqCst)), "{most:?}");
}

/// A file that looks complete would be taken for all the users.
#[test]
fn an_interrupted_recording_has_written_nothing() {
    let (reached, stalled) = std::sync::mpsc::channel();
    let reached = Mutex::new(reached);
    let gitlab = FakeGitlab::new(move |target| {
        if is_list(target) && !target.contains("id_after") {
            return page_before(&users(1..=3), "http://x/?id_after=3");
        }
        if is_list(target) {
            reached.lock().unwrap().send(()).unwrap();
            std::thread::sleep(Duration::from_secs(60));
        }
        page(&json!([]))
    });
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let args = ["record", "--from-gitlab", &gitlab.url(), "--token-file", token.to_str().unwrap()];
    let mut child = accountd(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    stalled.recv().unwrap();
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success() && !child.wait().unwrap().success());
    let mut written = String::new();
    child.stdout.take().unwrap().read_to_string(&mut written).unwrap();
    assert_eq!(written, "");
}
