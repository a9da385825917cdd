//! A list of keys as JSON that is made while it is sent.

use crate::accounts::{Accounts, Error, KeyList};
use crate::domain::Key;
use crate::http::reply::{Piece, array_piece};
use serde::Serialize;
use std::sync::Arc;

/// Makes the pieces of the list, one with each call.
pub fn key_pieces<E: Serialize + 'static>(
    accounts: Arc<Accounts>,
    mut list: KeyList,
    entity: fn(Key) -> E,
) -> impl FnMut() -> Result<Piece, Error> + Send + Sync {
    let mut is_first = true;
    move || {
        let batch = accounts.next_keys(&mut list)?;
        let is_first = std::mem::take(&mut is_first);
        array_piece(batch.rows.into_iter().map(entity), is_first, batch.is_last)
    }
}
