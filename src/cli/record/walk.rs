//! Reads all users of a GitLab, page by page, and what belongs to each of them.

use super::client::{Gitlab, Page, RequestError};
use super::entities::{self, Object};
use crate::accounts::archive::{Change, Recording, UserEntry};
use crate::cli::outcome::Failure;
use crate::cli::progress::Progress;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many requests wait for their answers at the same time.
pub const CONCURRENCY: usize = 8;
/// Their records occupy about a gigabyte.
const MAX_USERS: usize = 1_000_000;
/// Pages of one user's addresses or keys: more than the format can hold.
const MAX_PAGES: usize = 11;

const NO_ADDRESS: &str = "has users without `email`: the token must be an administrator's, with the scope read_api";

/// Adds all users that the filters find to the recording, by id.
pub fn users(
    gitlab: &Gitlab,
    filters: &[(String, String)],
    recording: &mut Recording,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut page = first_page(gitlab, filters)?;
    let (mut last, mut total) = (0, 0);
    loop {
        total += page.objects.len();
        if total > MAX_USERS {
            return Err(page.error("continues a list of more than a million users: record a part with --filter"));
        }
        let people = people(&page, &mut last, recording)?;
        let complete = in_parallel(&people, |(id, user)| {
            let details = details(gitlab, *id)?;
            progress.add(1);
            Ok(details.map(|details| details.added_to(user.clone())))
        })?;
        for ((id, _), user) in people.iter().zip(complete) {
            match user {
                Some(user) => recording.add(user),
                None => recording.leave_out(Change::Deleted, *id),
            }
        }
        match page.next.filter(|_| !page.objects.is_empty()) {
            Some(query) => page = gitlab.page("/users", &query)?,
            None => return Ok(()),
        }
    }
}

/// The users of a page, without those that are no people. `last` is the id that they must follow.
fn people(page: &Page, last: &mut i64, recording: &mut Recording) -> Result<Vec<(i64, UserEntry)>, Failure> {
    let mut people = Vec::new();
    for object in &page.objects {
        let id = entities::id(object).filter(|id| *id > *last);
        *last = id.ok_or_else(|| page.error("is not in order of ids"))?;
        if entities::is_internal(object) {
            recording.leave_out(Change::Bot, *last);
        } else {
            people.push((*last, entities::user(object).ok_or_else(|| page.error(NO_ADDRESS))?));
        }
    }
    Ok(people)
}

fn first_page(gitlab: &Gitlab, filters: &[(String, String)]) -> Result<Page, Failure> {
    let query = |pagination: &[(&str, &str)]| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filters).extend_pairs(pagination);
        query.extend_pairs([("order_by", "id"), ("sort", "asc"), ("per_page", "100")]).finish()
    };
    match gitlab.page("/users", &query(&[("pagination", "keyset")])) {
        // A release that pages users by number only.
        Err(RequestError::MethodNotAllowed(_)) => Ok(gitlab.page("/users", &query(&[]))?),
        page => Ok(page?),
    }
}

/// The secondary addresses and the keys of a user.
struct Details {
    emails: Vec<Object>,
    keys: Vec<Object>,
}

impl Details {
    fn added_to(&self, mut user: UserEntry) -> UserEntry {
        user.emails.extend(self.emails.iter().map(entities::email));
        user.keys = self.keys.iter().map(entities::key).collect();
        user
    }
}

/// `None` if the user was deleted meanwhile.
fn details(gitlab: &Gitlab, id: i64) -> Result<Option<Details>, Failure> {
    let all = |list: &str| match all_pages(gitlab, &format!("/users/{id}/{list}")) {
        Err(RequestError::NotFound(_)) => Ok(None),
        objects => objects.map(Some),
    };
    Ok(all("emails")?.zip(all("keys")?).map(|(emails, keys)| Details { emails, keys }))
}

fn all_pages(gitlab: &Gitlab, path: &str) -> Result<Vec<Object>, RequestError> {
    let mut page = gitlab.page(path, "per_page=100")?;
    let mut objects = Vec::new();
    for _ in 1..MAX_PAGES {
        objects.append(&mut page.objects);
        match page.next {
            Some(query) => page = gitlab.page(path, &query)?,
            None => break,
        }
    }
    objects.append(&mut page.objects);
    Ok(objects)
}

/// Does the work for each item on a few threads, and returns the results in the order of the items. The first failure ends
/// it.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..CONCURRENCY.min(items.len()) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let result = work(item);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
