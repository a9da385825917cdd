//! A GitLab whose answers a test chooses.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The bytes of an answer. The connection is closed after them.
pub type Answer = Vec<u8>;

pub struct FakeGitlab {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl FakeGitlab {
    /// Answers each request by its target, such as `/api/v4/users?per_page=100`, on a thread of its own.
    pub fn new(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&heads), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || serve(stream.unwrap(), &seen, answer.as_ref()));
            }
        });
        Self { address, heads }
    }

    /// Has these users, on one page, without further addresses and keys.
    pub fn with_users(users: Value) -> Self {
        Self::new(move |target| if is_list(target) { page(&users) } else { page(&json!([])) })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The targets of all requests so far.
    pub fn targets(&self) -> Vec<String> {
        self.heads.lock().unwrap().iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect()
    }

    /// The heads of all requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<String>>, answer: &(impl Fn(&str) -> Answer + ?Sized)) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let Some(target) = head.split(' ').nth(1) else { return };
    seen.lock().unwrap().push(head.clone());
    // The client may close the connection before it has read everything.
    let _ = stream.write_all(&answer(target));
}

/// Whether the request is for the list of users.
pub fn is_list(target: &str) -> bool {
    target.starts_with("/api/v4/users?")
}

/// An answer with this status, these further header lines, and this body.
pub fn answer(status: &str, headers: &[&str], body: &str) -> Answer {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}").into_bytes()
}

/// The last page of a list.
pub fn page(objects: &Value) -> Answer {
    answer("200 OK", &["Content-Type: application/json"], &objects.to_string())
}

/// A page of a list, with the URL of the next one.
pub fn page_before(objects: &Value, next: &str) -> Answer {
    answer("200 OK", &[&format!("Link: <{next}>; rel=\"next\"")], &objects.to_string())
}

/// A user as administrators see it, with these fields added or replaced.
pub fn user(id: i64, more: Value) -> Value {
    let mut user = json!({
        "id": id, "username": format!("name{id}"), "email": format!("name{id}@corp.example"), "name": format!("Name {id}"),
        "state": "active", "locked": false, "created_at": "2020-02-03T04:05:06.789Z", "is_admin": false, "bio": "",
        "confirmed_at": "2020-02-03T04:05:07.000Z", "theme_id": 3, "color_scheme_id": 1, "projects_limit": 100_000,
        "identities": [], "can_create_group": true, "external": false, "private_profile": false, "bot": false,
        "job_title": "not recorded", "namespace_id": 7,
    });
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user
}
