//! The table of connections: which are open, which wait for room, and which are closed to make room.
//!
//! An address may use every connection that no other address needs, up to its bound. When the table is full, the newest
//! client takes the place of the longest idle connection of the address that has most connections. It never takes one
//! from an address that has fewer connections than its own, and none that has been idle for less than [`MIN_IDLE`] from
//! an address that has as many. A connection is idle while the server waits for its client: see
//! [`ConnectionState::idle`]. A trusted proxy's connections belong to many clients, so they have no common bound, and
//! each counts as the only one of its address.

use super::state::ConnectionState;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::Id;

/// Milliseconds for which a connection may be idle before one of an address with as many connections replaces it.
const MIN_IDLE: u64 = 1_000;

/// Milliseconds between two warnings that there are too many connections.
const WARNING_INTERVAL: u64 = 60_000;

/// The most connections that are told to close at the same time: each costs a look at all of them.
const MAX_CLOSED_PER_TICK: usize = 128;

/// How many connections may wait, in multiples of those that may be open. A waiting one costs little more than its file
/// descriptor, and while it waits, its client does not try again.
const WAITING_FACTOR: usize = 4;
/// File descriptors that are left to the database, the log and the admin listener.
const OTHER_DESCRIPTORS: usize = 64;

/// What a connection is counted under: the prefix of its address, or None for all trusted proxies.
pub(super) type Client = Option<IpAddr>;

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) open: usize,
    pub(super) open_per_address: usize,
    /// Accepted, but not served.
    pub(super) waiting: usize,
}

impl Bounds {
    /// `descriptors` is the most files that the process may have open.
    pub(super) fn new(open: usize, open_per_address: usize, descriptors: usize) -> Self {
        let usable = descriptors - OTHER_DESCRIPTORS.min(descriptors / 4);
        let open = open.min(usable / 4 * 3).max(1);
        Self { open, open_per_address, waiting: (usable - usable.min(open)).min(WAITING_FACTOR * open) }
    }
}

/// An open connection.
struct Connection {
    state: Arc<ConnectionState>,
    /// Tells the connection to close. None once it was told.
    close: Option<oneshot::Sender<()>>,
}

/// The connections of one client. `S` is an accepted socket.
struct Connections<S> {
    open: HashMap<Id, Connection>,
    /// How many of these have not been told to close.
    staying: usize,
    waiting: VecDeque<S>,
}

impl<S> Default for Connections<S> {
    fn default() -> Self {
        Self { open: HashMap::new(), staying: 0, waiting: VecDeque::new() }
    }
}

impl<S> Connections<S> {
    /// The connection whose client has been idle longest, and for how many milliseconds.
    fn longest_idle(&self, now: u64) -> Option<(Id, u64)> {
        let staying = self.open.iter().filter(|(_, connection)| connection.close.is_some());
        let idle = staying.filter_map(|(id, connection)| Some((*id, connection.state.idle(now)?)));
        idle.max_by_key(|(_, idle)| *idle)
    }
}

pub(super) struct ConnectionTable<S> {
    bounds: Bounds,
    clients: HashMap<Client, Connections<S>>,
    client_of: HashMap<Id, Client>,
    waiting: usize,
    /// Connections that were told to close since the last tick, and have not ended.
    closing: usize,
    warned_at: Option<u64>,
}

impl<S> ConnectionTable<S> {
    pub(super) fn new(bounds: Bounds) -> Self {
        let (clients, client_of) = (HashMap::new(), HashMap::new());
        Self { bounds, clients, client_of, waiting: 0, closing: 0, warned_at: None }
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Takes a connection that was just accepted, and returns it if it can be served now. Otherwise it waits until
    /// [`ConnectionTable::next`] returns it.
    pub(super) fn add(&mut self, client: Client, socket: S, now: u64) -> Option<S> {
        let is_full = self.client_of.len() >= self.bounds.open;
        let before = self.clients.get(&client).map_or(0, |connections| connections.waiting.len());
        let own = self.counted(client, before);
        let is_bounded = own >= self.bound(client);
        if !is_full && !is_bounded {
            return Some(socket);
        }
        // An address at its bound replaces its own connections, and `tick` does that often enough.
        if is_full && !is_bounded {
            self.replace(client, own, now);
        }
        self.clients.entry(client).or_default().waiting.push_back(socket);
        self.waiting += 1;
        if self.waiting > self.bounds.waiting {
            self.drop_waiting();
        }
        None
    }

    /// Drops the oldest waiting connection of the client that has most of them, as the one most likely to have given up.
    /// False if none waits.
    pub(super) fn drop_waiting(&mut self) -> bool {
        let Some((client, connections)) = self.clients.iter_mut().max_by_key(|(_, it)| it.waiting.len()) else {
            return false;
        };
        let (client, dropped) = (*client, connections.waiting.pop_front().is_some());
        self.waiting -= usize::from(dropped);
        self.forget_unused(client);
        dropped
    }

    /// The next connection to serve, if there is room: of the clients that wait, the one with the fewest connections.
    pub(super) fn next(&mut self) -> Option<(Client, S)> {
        if self.waiting == 0 || self.client_of.len() >= self.bounds.open {
            return None;
        }
        let waiting = self.clients.iter().filter(|(_, connections)| !connections.waiting.is_empty());
        let counted = waiting.map(|(client, _)| (*client, self.counted(*client, 0)));
        let admissible = counted.filter(|(client, open)| *open < self.bound(*client));
        let (client, _) = admissible.min_by_key(|(_, open)| *open)?;
        let socket = self.clients.get_mut(&client)?.waiting.pop_front()?;
        self.waiting -= 1;
        Some((client, socket))
    }

    /// Adds a connection that is served from now on.
    pub(super) fn open(&mut self, client: Client, id: Id, state: Arc<ConnectionState>, close: oneshot::Sender<()>) {
        let connections = self.clients.entry(client).or_default();
        connections.open.insert(id, Connection { state, close: Some(close) });
        connections.staying += 1;
        self.client_of.insert(id, client);
    }

    /// Removes a connection that has ended.
    pub(super) fn remove(&mut self, id: Id) {
        let Some(client) = self.client_of.remove(&id) else { return };
        let Some(connections) = self.clients.get_mut(&client) else { return };
        match connections.open.remove(&id) {
            Some(Connection { close: Some(_), .. }) => connections.staying -= 1,
            _ => self.closing = self.closing.saturating_sub(1),
        }
        self.forget_unused(client);
    }

    /// Closes connections for those that have been waiting. To be called at short intervals while any wait.
    pub(super) fn tick(&mut self, now: u64) {
        // A connection that was told to close before the last tick is busy with a request. Another one has to close.
        let closing = std::mem::take(&mut self.closing);
        let mut free = (self.bounds.open + closing).saturating_sub(self.client_of.len());
        let mut left = MAX_CLOSED_PER_TICK;
        let mut clients: Vec<_> = self.clients.iter().map(|(client, it)| (*client, it.waiting.len())).collect();
        clients.retain(|(_, waiting)| *waiting > 0);
        clients.sort_unstable_by_key(|(client, _)| self.counted(*client, 0));
        for (client, waiting) in clients {
            for before in 0..waiting {
                let own = self.counted(client, before);
                let is_bounded = own >= self.bound(client);
                if free > 0 && !is_bounded {
                    free -= 1;
                } else if left == 0 {
                    return;
                } else if self.replace(client, own, now) {
                    left -= 1;
                } else if is_bounded {
                    break;
                } else {
                    // What this client cannot replace, those with as many connections or more cannot either.
                    return;
                }
            }
        }
    }

    /// Tells a connection to close that one more of this client may replace. `own` is the number of those it has. False
    /// if there is none.
    fn replace(&mut self, client: Client, own: usize, now: u64) -> bool {
        let Some((owner, id)) = self.replaceable(client, own, now) else { return false };
        let Some(connections) = self.clients.get_mut(&owner) else { return false };
        let Some(close) = connections.open.get_mut(&id).and_then(|connection| connection.close.take()) else {
            return false;
        };
        if self.warned_at.is_none_or(|at| now >= at + WARNING_INTERVAL) {
            self.warned_at = Some(now);
            let (address, connections) = (owner.map(tracing::field::display), connections.staying);
            tracing::warn!(address, connections, "too many connections: idle ones are closed");
        }
        connections.staying -= 1;
        self.closing += 1;
        // An error means that it has just ended by itself.
        let _ = close.send(());
        true
    }

    /// The connection that one more of this client may replace. `own` is the number of those it has.
    fn replaceable(&self, client: Client, own: usize, now: u64) -> Option<(Client, Id)> {
        let is_bounded = own >= self.bound(client);
        let owners = self.clients.iter().filter(|(owner, _)| !is_bounded || **owner == client);
        let candidates = owners.filter_map(|(owner, connections)| {
            let theirs = if owner.is_some() { connections.staying } else { 1 };
            // The first number decides: an address with more connections comes before one that is idle longer.
            let (excess, min_idle) = if theirs > own + 1 && *owner != client { (theirs, 0) } else { (0, MIN_IDLE) };
            let (id, idle) = connections.longest_idle(now)?;
            let may_replace = idle >= min_idle && (theirs >= own || *owner == client);
            may_replace.then_some(((excess, idle), (*owner, id)))
        });
        candidates.max_by_key(|(order, _)| *order).map(|(_, found)| found)
    }

    /// How many connections a client has and keeps, once it has this many more.
    fn counted(&self, client: Client, more: usize) -> usize {
        client.map_or(0, |_| self.clients.get(&client).map_or(0, |connections| connections.staying) + more)
    }

    fn bound(&self, client: Client) -> usize {
        client.map_or(usize::MAX, |_| self.bounds.open_per_address)
    }

    fn forget_unused(&mut self, client: Client) {
        let connections = self.clients.get(&client);
        if connections.is_some_and(|connections| connections.open.is_empty() && connections.waiting.is_empty()) {
            self.clients.remove(&client);
        }
    }
}

#[cfg(test)]
mod tests;
