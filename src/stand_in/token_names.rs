//! The names of tokens by their ids, so that a journal does not query the database for each request.

use crate::domain::TokenId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// When there are more, all are forgotten.
const MAX_NAMES: usize = 1024;

/// The name of a token never changes.
#[derive(Default)]
pub struct TokenNames(Mutex<HashMap<TokenId, Arc<str>>>);

impl TokenNames {
    /// The name of this token; `find` reads it.
    pub fn get(&self, id: TokenId, find: impl FnOnce() -> Option<Arc<str>>) -> Option<Arc<str>> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(&id) {
            return Some(Arc::clone(name));
        }
        let name = find()?;
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        names.insert(id, Arc::clone(&name));
        Some(name)
    }
}
