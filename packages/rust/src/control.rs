//! What a stand-in is: a process of the pool, or a sandbox in it.

use crate::client::Client;
use crate::pool::{self, Pooled};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

pub struct Control {
    pub client: Client,
    /// The process id of the server.
    pub pid: u32,
    place: Place,
    /// Snapshots survive a reset, so these are deleted before the next test gets the process.
    snapshots: Mutex<BTreeSet<String>>,
}

enum Place {
    /// Taken only by `drop`.
    Process(Option<Pooled>),
    Sandbox {
        name: String,
        /// Keeps the process.
        parent: Arc<Control>,
    },
}

impl Control {
    pub fn of_process(process: Pooled) -> Arc<Self> {
        Self::new(process.client.clone(), process.process.id(), Place::Process(Some(process)))
    }

    pub fn of_sandbox(name: String, url: &str, parent: Arc<Self>) -> Arc<Self> {
        Self::new(Client::new(url), parent.pid, Place::Sandbox { name, parent })
    }

    fn new(client: Client, pid: u32, place: Place) -> Arc<Self> {
        Arc::new(Self { client, pid, place, snapshots: Mutex::default() })
    }

    pub fn add_snapshot(&self, name: &str) {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // A call that fails here found a server that has ended: the pool notices that, too.
        match &mut self.place {
            Place::Process(process) => {
                for name in self.snapshots.get_mut().unwrap_or_else(PoisonError::into_inner).iter() {
                    _ = self.client.delete(&format!("snapshots/{name}"));
                }
                if let Some(process) = process.take() {
                    pool::give_back(process);
                }
            }
            Place::Sandbox { name, parent } => _ = parent.client.delete(&format!("sandboxes/{name}")),
        }
    }
}
