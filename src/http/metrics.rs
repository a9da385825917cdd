//! Counts of what is served, for whoever watches the server.
//!
//! A request costs three additions to atomic numbers whose place is found by arithmetic; no lock, no look-up by name.

use std::array;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use hyper::{Method, StatusCode};

/// The labels of dialects. A path that no dialect answers is counted as the last one.
pub const DIALECTS: [&str; 7] = ["docker", "gitlab_v3", "gitlab_v4", "openssh", "oauth", "web", "other"];
/// The index of `other` in [`DIALECTS`].
pub const OTHER: usize = DIALECTS.len() - 1;
/// The labels of methods; whatever else a client makes up is the last.
pub const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
/// The labels of status classes: RFC 9110, section 15.
pub const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The upper bounds of durations, in seconds. The last bucket has none.
pub const BOUNDS: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const BUCKETS: usize = BOUNDS.len() + 1;

/// The dialect, the method and the class of a request.
pub type Kind = [&'static str; 3];

/// What one server has answered and has to answer.
#[derive(Debug)]
pub struct HttpMetrics {
    /// One for each dialect, method and class, in that order.
    answered: Box<[Durations]>,
    begun: AtomicU64,
    connections: AtomicUsize,
}

/// How long requests of one kind took, from the whole head to the whole answer.
#[derive(Debug)]
struct Durations {
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
}

/// The durations of some requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Each without those of the ones before; the last is for what took longer than every bound.
    pub buckets: [u64; BUCKETS],
    pub seconds: f64,
}

impl Spent {
    /// How many requests these were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    fn add(&mut self, other: &Spent) {
        self.buckets = array::from_fn(|at| self.buckets[at] + other.buckets[at]);
        self.seconds += other.seconds;
    }
}

impl Durations {
    fn new() -> Durations {
        Durations { buckets: array::from_fn(|_| AtomicU64::new(0)), nanoseconds: AtomicU64::new(0) }
    }

    fn note(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
    }

    fn read(&self) -> Spent {
        let seconds = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        Spent { buckets: array::from_fn(|at| self.buckets[at].load(Ordering::Relaxed)), seconds }
    }
}

impl HttpMetrics {
    pub fn new() -> HttpMetrics {
        let kinds = DIALECTS.len() * METHODS.len() * CLASSES.len();
        HttpMetrics {
            answered: (0..kinds).map(|_| Durations::new()).collect(),
            begun: AtomicU64::new(0),
            connections: AtomicUsize::new(0),
        }
    }

    pub(super) fn begun(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, dialect: usize, method: &Method, status: u16, took: Duration) {
        let kind = (dialect * METHODS.len() + method_at(method)) * CLASSES.len();
        let class = StatusCode::from_u16(status).map_or(0, |status| usize::from(status.as_u16() / 100 - 1));
        if let Some(durations) = self.answered.get(kind + class.min(CLASSES.len() - 1)) {
            durations.note(took);
        }
    }

    pub(super) fn connected(&self, connections: usize) {
        self.connections.store(connections, Ordering::Relaxed);
    }

    /// Connections that are open, handshakes included.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Requests that have begun beside these, which [`HttpMetrics::requests`] gave: their answers are not complete.
    pub fn in_flight(&self, requests: &[(Kind, Spent)]) -> u64 {
        let ended: u64 = requests.iter().map(|(_, spent)| spent.count()).sum();
        self.begun.load(Ordering::Relaxed).saturating_sub(ended)
    }

    /// Every kind of request that there has been.
    pub fn requests(&self) -> Vec<(Kind, Spent)> {
        let names = DIALECTS.iter();
        let kinds = names.flat_map(|dialect| {
            METHODS.iter().flat_map(move |method| CLASSES.iter().map(move |class| [*dialect, *method, *class]))
        });
        let read = self.answered.iter().map(Durations::read);
        kinds.zip(read).filter(|(_, spent)| spent.count() > 0).collect()
    }

    /// The same by dialect, those that were never asked for included.
    pub fn durations(&self, requests: &[(Kind, Spent)]) -> Vec<(&'static str, Spent)> {
        let names = DIALECTS.iter();
        let of = |dialect: &'static str| {
            let mut all = Spent::default();
            requests.iter().filter(|([name, ..], _)| *name == dialect).for_each(|(_, spent)| all.add(spent));
            (dialect, all)
        };
        names.map(|dialect| of(dialect)).collect()
    }
}

fn method_at(method: &Method) -> usize {
    match *method {
        Method::GET => 0,
        Method::HEAD => 1,
        Method::POST => 2,
        Method::PUT => 3,
        Method::PATCH => 4,
        Method::DELETE => 5,
        Method::OPTIONS => 6,
        _ => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic() -> HttpMetrics {
        HttpMetrics::new()
    }

    #[test]
    fn each_request_is_counted_in_its_place() {
        let traffic = traffic();
        for (dialect, method, status, micros) in [
            (0, Method::GET, 200, 100),
            (0, Method::GET, 204, 101),
            (1, Method::from_bytes(b"BREW").unwrap(), 418, 20_000_000),
            (1, Method::DELETE, 499, 0),
            (1, Method::OPTIONS, 599, 1_000_000),
        ] {
            traffic.begun();
            traffic.ended(dialect, &method, status, Duration::from_micros(micros));
        }
        traffic.begun();
        let requests = traffic.requests();
        assert_eq!(traffic.in_flight(&requests), 1);
        let counted: Vec<_> = requests.iter().map(|(kind, spent)| (*kind, spent.count())).collect();
        let expected = [
            (["docker", "GET", "2xx"], 2),
            (["gitlab_v3", "DELETE", "4xx"], 1),
            (["gitlab_v3", "OPTIONS", "5xx"], 1),
            (["gitlab_v3", "other", "4xx"], 1),
        ];
        assert_eq!(counted, expected);
        // A duration belongs to the first bound that is not below it.
        assert_eq!((requests[0].1.buckets[0], requests[0].1.buckets[1]), (1, 1));
        let of_b = traffic.durations(&requests)[1];
        assert_eq!((of_b.0, of_b.1.seconds, of_b.1.count()), ("gitlab_v3", 21.0, 3));
        assert_eq!((of_b.1.buckets[0], of_b.1.buckets[12], of_b.1.buckets[16]), (1, 1, 1));
    }
}
