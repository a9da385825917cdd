//! A fair queue for password hashes.
//!
//! A hash is the most expensive thing that a request can ask for, and right passwords are not rate-limited. So one hash
//! runs on each core, and free cores go to the waiting flows in rotation (fair queuing, RFC 970):
//!
//! - A client is one flow. One that sends a thousand passwords at once waits behind itself, and another client waits for
//!   at most one hash of each flow before it.
//! - An account whose right passwords are a quarter of the last 32 is a flow of its own, whichever login names and
//!   clients it uses, and gets one core. Only right passwords count, so guesses do not make it wait.
//!
//! No request is refused. Only of an account that signs in that often could a guesser tell, from how long they wait, that
//! two login names are the same account's. Each entry is a request that waits for its answer, so the limit on connections
//! bounds the queue.

use crate::accounts::Error;
use crate::domain::UserId;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// How many right passwords are remembered.
const RECENT: usize = 32;
/// From how many of these on an account is a flow of its own.
const BUSY: usize = RECENT / 4;

/// Whose hashes wait behind each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flow {
    /// An IPv4 address or the first 64 bits of an IPv6 one.
    Client(IpAddr),
    Account(UserId),
    /// New passwords that administrators and archives set.
    Administrators,
}

pub(crate) struct HashQueue(Mutex<State>);

struct State {
    free: usize,
    /// The flows that wait, the next one first.
    rotation: VecDeque<Flow>,
    waiting: HashMap<Flow, VecDeque<Waiting>>,
    /// The accounts whose flow has a hash running.
    running: HashSet<UserId>,
    /// The accounts of the last right passwords.
    recent: VecDeque<UserId>,
}

struct Waiting {
    /// The account whose password it may be.
    account: Option<UserId>,
    permit: oneshot::Sender<HashPermit>,
}

/// Permission to use one core. It ends when it is dropped.
pub(crate) struct HashPermit {
    queue: Arc<HashQueue>,
    flow: Flow,
}

impl HashQueue {
    pub(crate) fn new(cores: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            free: cores,
            rotation: VecDeque::new(),
            waiting: HashMap::new(),
            running: HashSet::new(),
            recent: VecDeque::with_capacity(RECENT + 1),
        })))
    }

    /// How many hashes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state().waiting.values().map(VecDeque::len).sum()
    }

    /// Waits for a core. `account` is the one whose password is checked, if there is one.
    pub(crate) async fn permit(self: &Arc<Self>, flow: Flow, account: Option<UserId>) -> Result<HashPermit, Error> {
        let (permit, granted) = oneshot::channel();
        self.state().add(flow, Waiting { account, permit });
        self.dispatch();
        granted.await.map_err(|_| Error::Internal)
    }

    /// Gives the free cores away.
    fn dispatch(self: &Arc<Self>) {
        loop {
            // The lock ends here: a permit that finds no receiver is dropped, which locks again.
            let next = self.state().next();
            let Some((flow, waiting)) = next else { return };
            drop(waiting.permit.send(HashPermit { queue: Arc::clone(self), flow }));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, flow: Flow, waiting: Waiting) {
        let queue = self.waiting.entry(flow).or_default();
        if queue.is_empty() {
            self.rotation.push_back(flow);
        }
        queue.push_back(waiting);
    }

    /// Takes the next hash, if a core is free for it.
    fn next(&mut self) -> Option<(Flow, Waiting)> {
        if self.free == 0 {
            return None;
        }
        // How many flows in a row have their only core in use.
        let mut skipped = 0;
        while skipped < self.rotation.len() {
            let flow = self.rotation.pop_front()?;
            if let Flow::Account(account) = flow
                && self.running.contains(&account)
            {
                self.rotation.push_back(flow);
                skipped += 1;
                continue;
            }
            skipped = 0;
            let Some(waiting) = self.take(flow) else { continue };
            match waiting.account {
                // Its caller has gone away.
                _ if waiting.permit.is_closed() => {}
                Some(account) if flow != Flow::Account(account) && self.is_busy(account) => {
                    self.add(Flow::Account(account), waiting);
                }
                _ => {
                    self.free -= 1;
                    if let Flow::Account(account) = flow {
                        self.running.insert(account);
                    }
                    return Some((flow, waiting));
                }
            }
        }
        None
    }

    /// Takes the first hash of a flow that was taken from the rotation, and puts the flow back if it has more.
    fn take(&mut self, flow: Flow) -> Option<Waiting> {
        let queue = self.waiting.get_mut(&flow)?;
        let first = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&flow);
        } else {
            self.rotation.push_back(flow);
        }
        first
    }

    fn is_busy(&self, account: UserId) -> bool {
        self.recent.iter().filter(|recent| **recent == account).count() >= BUSY
    }
}

impl HashPermit {
    /// The password was right.
    pub(crate) fn succeeded(&self, account: UserId) {
        let mut state = self.queue.state();
        state.recent.push_back(account);
        if state.recent.len() > RECENT {
            state.recent.pop_front();
        }
    }
}

impl Drop for HashPermit {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.free += 1;
        if let Flow::Account(account) = self.flow {
            state.running.remove(&account);
        }
        drop(state);
        self.queue.dispatch();
    }
}

#[cfg(test)]
mod tests;
