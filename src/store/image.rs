//! Images: a whole database as bytes, from which any number of databases in memory are opened.
//!
//! A reset of a stand-in opens a new database and drops the old one. Copying an image back into the open database would
//! save the new connections, but every connection would have to read the schema again, the WAL would need a checkpoint
//! after each reset, and a write that began before it could still land after it.

use super::connections::Connections;
use super::error::Error;
use super::{Purpose, Reporter, Store, open};
use crate::domain::{ClockHandle, ClockSetting, Random};
use std::sync::Arc;

/// Which formats a program must know to write and to read the file ("Database File Format" of SQLite, section 1.3.3).
const FILE_FORMAT_VERSIONS: std::ops::Range<usize> = 18..20;
const WAL: u8 = 2;

/// A database in one piece, without a WAL, with the setting of its clock and the state of its source of randomness. Cheap
/// to clone. Only a database in memory has one.
#[derive(Clone)]
pub struct Image {
    contents: Arc<[u8]>,
    clock: ClockSetting,
    random: Random,
}

impl Image {
    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.contents.len()
    }

    /// The same with a generator in place of the operating system's randomness.
    #[must_use]
    pub fn seeded(self, seed: u64) -> Self {
        Self { random: Random::seeded(seed), ..self }
    }
}

impl Store {
    /// Copies the database as the last commit left it. `None` for a database in a file.
    ///
    /// # Errors
    /// SQLite's, or that there is no space for the copy.
    pub fn image(&self) -> Result<Option<Image>, Error> {
        if !self.is_in_memory() {
            return Ok(None);
        }
        let folder = open::nameless_folder()?;
        let path = folder.path().join("image.db");
        self.copy(&path, &Reporter::none())?;
        let mut bytes = std::fs::read(&path).map_err(|error| Error::file(&path, error))?;
        // In WAL mode from the first moment: SQLite would have to write it into each database.
        if let Some(versions) = bytes.get_mut(FILE_FORMAT_VERSIONS) {
            versions.fill(WAL);
        }
        // The source after the copy: what the copy contains must not be drawn again.
        Ok(Some(Image { contents: bytes.into(), clock: self.clock.setting(), random: self.random.fork() }))
    }

    /// Opens a database in memory with these contents, with a clock and a source of randomness of its own.
    ///
    /// # Errors
    /// SQLite's, or that there is no space.
    pub fn from_image(image: &Image) -> Result<Self, Error> {
        let opened = open::in_memory(&image.contents, Purpose::Sandbox)?;
        let clock = ClockHandle::new(image.clock).clock();
        Self::start(opened, None, Purpose::Sandbox, clock, image.random.fork())
    }

    /// Refuses every later use as `Stopped`: another database takes the place of this one. The value closes the
    /// connections when it is dropped, which takes up to a millisecond.
    pub fn retire(&self) -> Retired {
        Retired(self.current.close())
    }

    pub fn is_retired(&self) -> bool {
        matches!(self.current.get(), Err(Error::Stopped))
    }
}

/// See [`Store::retire`].
#[must_use]
pub struct Retired(#[expect(dead_code, reason = "it is only dropped")] Option<Arc<Connections>>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location};
    use jiff::Timestamp;

    fn memory() -> Store {
        Store::open(&Location::Memory, Create::IfMissing, Purpose::Serve { threads: 1 }).unwrap()
    }

    async fn note(store: &Store, n: u8) -> Result<(), Error> {
        store.write(move |tx| tx.note_seed(&[n; 32], Timestamp::UNIX_EPOCH)).await
    }

    fn has(store: &Store, n: u8) -> bool {
        store.read(|db| db.seed_loaded(&[n; 32])).unwrap()
    }

    #[tokio::test]
    async fn databases_from_an_image_begin_with_its_contents_and_share_nothing() {
        let original = memory();
        note(&original, 1).await.unwrap();
        let image = original.image().unwrap().unwrap();
        note(&original, 2).await.unwrap();
        let (first, second) = (Store::from_image(&image).unwrap(), Store::from_image(&image).unwrap());
        note(&first, 3).await.unwrap();
        assert!(has(&first, 1) && !has(&first, 2) && has(&first, 3));
        assert!(has(&second, 1) && !has(&second, 2) && !has(&second, 3));
        assert!(has(&original, 2) && !has(&original, 3));
    }

    #[tokio::test]
    async fn a_retired_database_refuses_everything() {
        let store = memory();
        note(&store, 1).await.unwrap();
        assert!(!store.is_retired());
        drop(store.retire());
        assert!(store.is_retired() && matches!(note(&store, 2).await, Err(Error::Stopped)));
        assert!(matches!(store.read(|db| db.seed_loaded(&[1; 32])), Err(Error::Stopped)));
    }

    #[test]
    fn a_database_in_a_file_has_no_image() {
        let folder = tempfile::tempdir().unwrap();
        let file = Location::File(folder.path().join("a.db"));
        let store = Store::open(&file, Create::IfMissing, Purpose::Command).unwrap();
        assert!(store.image().unwrap().is_none());
    }
}
