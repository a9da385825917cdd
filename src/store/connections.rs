//! The open connections. When a file of the database was replaced, they are closed, and reopened on the files that are at
//! the paths by then.

use super::data_version::WalIndex;
use super::error::Error;
use super::file_identity::{FileIdentity, Files};
use super::open::{self, Opened, Purpose};
use super::readers::Readers;
use super::readonly;
use super::reserve::Reserve;
use super::writer::{self, Writer};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::sleep;
use std::time::Duration;

/// Closed in this order, so that the writer's connection is the last one and can do a checkpoint.
pub(super) struct Connections {
    pub(super) readers: Readers,
    pub(super) writer: Writer,
    /// `None` for a database without a name.
    file_identity: Option<Arc<FileIdentity>>,
    pub(super) index: Arc<WalIndex>,
}

impl Connections {
    pub(super) fn start(opened: Opened, reserve: Option<Reserve>, shared: writer::Shared) -> Result<Self, Error> {
        let file_identity = opened.writer.file_identity().cloned();
        let writer = Writer::start(opened.writer, reserve, shared)?;
        Ok(Self { readers: opened.readers, writer, file_identity, index: opened.index })
    }
}

enum State {
    Open(Arc<Connections>),
    /// Every use fails with this error until the database is reopened.
    Replaced(Error),
    Closed,
}

/// The files that were replaced.
pub(super) struct Previous {
    files: Files,
    /// Keeps deleted files from disappearing until there is another database.
    kept: Option<Arc<FileIdentity>>,
}

impl Previous {
    /// The name that the operator gave to the database.
    pub(super) fn name(&self) -> &Path {
        self.files.name()
    }
}

/// The connections, or why there are none.
pub(super) struct Current {
    state: RwLock<State>,
    writer: writer::Shared,
}

impl Current {
    pub(super) fn new(connections: Connections, writer: writer::Shared) -> Self {
        Self { state: RwLock::new(State::Open(Arc::new(connections))), writer }
    }

    /// The connections. They stay open for as long as the caller keeps them.
    ///
    /// # Errors
    /// `DatabaseReplaced`, `Stopped`.
    pub(super) fn get(&self) -> Result<Arc<Connections>, Error> {
        match &*self.read() {
            State::Open(connections) => Ok(Arc::clone(connections)),
            State::Replaced(error) => Err(error.clone()),
            State::Closed => Err(Error::Stopped),
        }
    }

    pub(super) fn writer(&self) -> &writer::Shared {
        &self.writer
    }

    /// Ends every use for good, and returns the connections, which close when they are dropped.
    pub(super) fn close(&self) -> Option<Arc<Connections>> {
        match std::mem::replace(&mut *self.write(), State::Closed) {
            State::Open(connections) => Some(connections),
            State::Replaced(_) | State::Closed => None,
        }
    }

    /// Closes the connections if the files were replaced, and returns what the files were. Every use fails from here on.
    /// Waits for the reads that are under way.
    pub(super) fn close_replaced(&self) -> Option<Previous> {
        self.check().err()?;
        let mut state = self.write();
        let State::Open(connections) = &*state else { return None };
        let identity = connections.file_identity.as_ref()?;
        // Under the lock, so that no write begins after a check that failed.
        let error @ Error::DatabaseReplaced { .. } = identity.check().err()? else { return None };
        let previous = Previous { files: identity.files().clone(), kept: Some(Arc::clone(identity)) };
        let State::Open(mut connections) = std::mem::replace(&mut *state, State::Replaced(error)) else { return None };
        drop(state);
        while let Err(in_use) = Arc::try_unwrap(connections) {
            connections = in_use;
            sleep(Duration::from_millis(5));
        }
        Some(previous)
    }

    /// Without keeping the connections, which would delay their closing.
    fn check(&self) -> Result<(), Error> {
        match &*self.read() {
            State::Open(connections) => connections.file_identity.as_ref().map_or(Ok(()), |files| files.check()),
            State::Replaced(_) | State::Closed => Ok(()),
        }
    }

    /// Opens the database that is at the path now, if it is one of this version. Nothing is created or migrated.
    ///
    /// # Errors
    /// `Missing`, `NotOurs`, `Older`, `Newer`, or SQLite's.
    pub(super) fn reopen(&self, previous: &mut Previous, purpose: Purpose) -> Result<(), Error> {
        let Previous { files, kept } = previous;
        let path = files.name();
        if files.are_beside_another() {
            readonly::require_current_without_log(path)?;
            if let Some(aside) = files.set_aside()? {
                tracing::warn!(wal = %aside.display(), "the WAL of the previous database was moved away");
            }
        }
        if files.has_database() {
            // Before the connections are opened, whose locks on the same files this would release.
            *kept = None;
        }
        let opened = open::open_current(path, purpose)?;
        let connections = Connections::start(opened, Some(Reserve::of(path)), self.writer.clone())?;
        let mut state = self.write();
        match *state {
            State::Replaced(_) => *state = State::Open(Arc::new(connections)),
            State::Open(_) | State::Closed => {}
        }
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
