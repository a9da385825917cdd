//! The table without sockets: connections are tasks that never end, and a test sets for how long each has been idle.

use super::super::state::Shared;
use super::*;
use std::future::pending;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The present of all tests, in milliseconds.
const NOW: u64 = 3_600_000;

const A: Client = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
const B: Client = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));
const C: Client = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 3)));
const PROXY: Client = None;

struct Test {
    table: ConnectionTable<&'static str>,
    tasks: JoinSet<()>,
    shared: Arc<Shared>,
    open: Vec<(&'static str, Id, oneshot::Receiver<()>)>,
}

impl Test {
    fn new(open: usize, open_per_address: usize, waiting: usize) -> Self {
        Self {
            table: ConnectionTable::new(Bounds { open, open_per_address, waiting }),
            tasks: JoinSet::new(),
            shared: Arc::new(Shared::new(1)),
            open: Vec::new(),
        }
    }

    /// Opens a connection that has been idle for this many milliseconds, or is busy.
    fn open(&mut self, client: Client, name: &'static str, idle: Option<u64>) {
        let state = ConnectionState::new(Arc::clone(&self.shared));
        let started = Instant::now() - Duration::from_millis(self.shared.now());
        state.set_waiting(idle.map(|idle| started + Duration::from_millis(NOW - idle)));
        let (close, closed) = oneshot::channel();
        let id = self.tasks.spawn(pending()).id();
        self.table.open(client, id, Arc::new(state), close);
        self.open.push((name, id, closed));
    }

    fn add(&mut self, client: Client, name: &'static str) -> Option<&'static str> {
        self.table.add(client, name, NOW)
    }

    /// Ends the connections that were told to close, and returns their names.
    fn closed(&mut self) -> Vec<&'static str> {
        let mut names = Vec::new();
        self.open.retain_mut(|(name, id, closed)| {
            let told = closed.try_recv().is_ok();
            if told {
                self.table.remove(*id);
                names.push(*name);
            }
            !told
        });
        names.sort_unstable();
        names
    }

    /// The connections that can be opened now.
    fn next(&mut self) -> Vec<&'static str> {
        std::iter::from_fn(|| {
            let (client, name) = self.table.next()?;
            self.open(client, name, None);
            Some(name)
        })
        .collect()
    }
}

#[tokio::test]
async fn an_address_may_use_all_connections_up_to_its_bound() {
    let mut test = Test::new(4, 3, 9);
    for name in ["1", "2", "3"] {
        assert_eq!(test.add(A, name), Some(name));
        test.open(A, name, None);
    }
    assert_eq!(test.add(A, "4"), None, "beyond its bound");
    assert_eq!(test.add(B, "5"), Some("5"), "another address");
    test.table.tick(NOW);
    assert!(test.closed().is_empty() && test.next().is_empty());
}

#[tokio::test]
async fn an_address_at_its_bound_replaces_its_own_connection_once_that_is_idle_long_enough() {
    let mut test = Test::new(4, 2, 9);
    test.open(B, "other", Some(9_000));
    test.open(A, "first", Some(1_000));
    test.open(A, "second", Some(999));
    assert_eq!((test.add(A, "third"), test.add(A, "fourth")), (None, None));
    assert!(test.closed().is_empty());
    test.table.tick(NOW);
    assert_eq!((test.closed(), test.next()), (vec!["first"], vec!["third"]));
    test.table.tick(NOW + 1);
    assert_eq!((test.closed(), test.next()), (vec!["second"], vec!["fourth"]));
}

#[tokio::test]
async fn a_new_address_replaces_the_longest_idle_connection_of_the_address_with_most() {
    let mut test = Test::new(4, 4, 9);
    test.open(A, "busy", None);
    test.open(A, "idle", Some(20));
    test.open(A, "fresh", Some(10));
    test.open(B, "other", Some(9_000));
    assert_eq!(test.add(C, "new"), None);
    assert_eq!((test.closed(), test.next()), (vec!["idle"], vec!["new"]));
}

#[tokio::test]
async fn no_address_replaces_a_connection_of_one_that_has_fewer() {
    let mut test = Test::new(4, 4, 9);
    for name in ["1", "2", "3"] {
        test.open(A, name, None);
    }
    test.open(B, "other", Some(60_000));
    assert_eq!(test.add(A, "new"), None);
    test.table.tick(NOW);
    assert!(test.closed().is_empty());
}

#[tokio::test]
async fn between_addresses_with_as_many_connections_the_longest_idle_one_is_replaced_after_a_second() {
    let mut test = Test::new(2, 2, 9);
    test.open(A, "idle", Some(999));
    test.open(B, "fresh", Some(500));
    assert_eq!(test.add(C, "new"), None);
    test.table.tick(NOW);
    assert!(test.closed().is_empty());
    test.table.tick(NOW + 1);
    assert_eq!((test.closed(), test.next()), (vec!["idle"], vec!["new"]));
}

#[tokio::test]
async fn a_connection_that_does_not_close_is_joined_by_another_one_at_the_next_tick() {
    let mut test = Test::new(3, 3, 9);
    for (name, idle) in [("1", 30), ("2", 20), ("3", 10)] {
        test.open(A, name, Some(idle));
    }
    assert_eq!(test.add(B, "new"), None);
    test.table.tick(NOW);
    test.table.tick(NOW);
    assert_eq!(test.closed(), ["1", "2"]);
}

#[tokio::test]
async fn the_address_with_the_fewest_connections_is_served_first() {
    let mut test = Test::new(3, 3, 9);
    for name in ["1", "2", "3"] {
        test.open(A, name, None);
    }
    assert_eq!((test.add(A, "a"), test.add(B, "b"), test.add(B, "c")), (None, None, None));
    let (_, id, _) = test.open.remove(0);
    test.table.remove(id);
    assert_eq!(test.next(), ["b"]);
}

#[tokio::test]
async fn the_connections_of_a_proxy_have_no_common_bound_and_are_replaced_like_single_ones() {
    let mut test = Test::new(4, 2, 9);
    for name in ["1", "2", "3", "4"] {
        assert_eq!(test.add(PROXY, name), Some(name));
        test.open(PROXY, name, Some(999));
    }
    assert_eq!(test.add(A, "direct"), None);
    assert!(test.closed().is_empty());
    test.table.tick(NOW + 1);
    assert_eq!((test.closed().len(), test.next()), (1, vec!["direct"]));
    // One more than a direct client may have.
    test.open(A, "second", Some(0));
    test.open(A, "third", Some(5));
    assert_eq!(test.add(PROXY, "5"), None);
    assert_eq!(test.closed(), ["third"]);
}

#[tokio::test]
async fn beyond_the_bound_on_waiting_connections_the_oldest_of_the_address_with_most_is_dropped() {
    let mut test = Test::new(1, 1, 3);
    test.open(A, "open", None);
    for (client, name) in [(A, "1"), (A, "2"), (A, "3"), (B, "4")] {
        assert_eq!(test.add(client, name), None);
    }
    let waiting = |client| test.table.clients[&client].waiting.iter().copied().collect::<Vec<_>>();
    assert_eq!((waiting(A), waiting(B), test.table.waiting), (vec!["2", "3"], vec!["4"], 3));
}

#[tokio::test]
async fn nothing_is_kept_of_an_address_without_connections() {
    let mut test = Test::new(1, 1, 1);
    test.open(A, "open", None);
    assert_eq!((test.add(B, "1"), test.add(C, "2")), (None, None));
    while test.table.drop_waiting() {}
    let (_, id, _) = test.open.remove(0);
    test.table.remove(id);
    assert!(test.table.clients.is_empty() && test.table.client_of.is_empty() && test.table.waiting == 0);
}

#[test]
fn the_bounds_leave_descriptors_to_waiting_connections_and_to_the_database() {
    let bounds = |open, descriptors| {
        let Bounds { open, waiting, .. } = Bounds::new(open, 8, descriptors);
        assert!(open + waiting <= descriptors);
        (open, waiting)
    };
    assert_eq!(bounds(1024, 1 << 20), (1024, 4096));
    assert_eq!(bounds(1024, usize::MAX), (1024, 4096));
    assert_eq!(bounds(1024, 1024), (720, 240));
    assert_eq!(bounds(1, 1 << 20), (1, 4));
    assert_eq!(bounds(1024, 40), (21, 9));
}
