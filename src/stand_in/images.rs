//! What a sandbox can be reset to.

use super::error::Failure;
use crate::accounts::Image;
use std::collections::BTreeMap;

/// Snapshots of one sandbox.
const MAX_SNAPSHOTS: usize = 64;
const MAX_NAME: usize = 64;

pub struct Images {
    /// No accounts at all.
    pub empty: Image,
    /// The accounts after the seeds.
    pub seed: Image,
    snapshots: BTreeMap<String, Image>,
}

impl Images {
    pub fn new(empty: Image, seed: Image) -> Self {
        Self { empty, seed, snapshots: BTreeMap::new() }
    }

    /// The image that `to` names: `seed`, `empty` or `snapshot:NAME`.
    pub fn named(&self, to: &str) -> Result<Image, Failure> {
        match to.strip_prefix("snapshot:") {
            Some(name) => {
                let missing = || Failure::not_found(format!("there is no snapshot {name:?}"));
                self.snapshots.get(name).cloned().ok_or_else(missing)
            }
            None if to == "seed" => Ok(self.seed.clone()),
            None if to == "empty" => Ok(self.empty.clone()),
            None => Err(Failure::invalid(format!("{to:?} must be \"seed\", \"empty\" or \"snapshot:NAME\""))),
        }
    }

    pub fn put(&mut self, name: &str, image: Image) -> Result<(), Failure> {
        if self.snapshots.len() >= MAX_SNAPSHOTS && !self.snapshots.contains_key(name) {
            return Err(Failure::too_many(format!("a sandbox has {MAX_SNAPSHOTS} snapshots at most")));
        }
        self.snapshots.insert(name.to_owned(), image);
        Ok(())
    }

    pub fn delete(&mut self, name: &str) -> Result<(), Failure> {
        match self.snapshots.remove(name) {
            Some(_) => Ok(()),
            None => Err(Failure::not_found(format!("there is no snapshot {name:?}"))),
        }
    }

    /// Names and sizes in bytes.
    pub fn snapshots(&self) -> impl Iterator<Item = (&str, usize)> {
        self.snapshots.iter().map(|(name, image)| (name.as_str(), image.size()))
    }
}

/// Names of snapshots and sandboxes: 1 to 64 of `[A-Za-z0-9._-]`.
pub fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(Failure::invalid("name must be 1 to 64 letters, digits, dots, underscores and hyphens")),
    }
}
