//! The file of allowed signers, which is made while it is sent: with tens of thousands of users it has several megabytes.

use crate::accounts::access::Reader;
use crate::accounts::{Accounts, Error, SignerCursor};
use crate::http::reply::Piece;
use crate::ssh::push_signer;
use std::ops::ControlFlow;
use std::sync::Arc;

/// About the bytes of a piece. A line has up to 40 KB if its owner has a hundred addresses.
const PIECE: usize = 16 << 10;

/// Makes the pieces of the file, one with each call.
pub fn pieces(accounts: Arc<Accounts>, reader: Reader) -> impl FnMut() -> Result<Piece, Error> + Send + Sync {
    let mut cursor = SignerCursor::default();
    move || {
        let mut text = String::new();
        let next = accounts.next_signers(&reader, cursor, |signer, addresses| {
            push_signer(&mut text, signer, addresses);
            if text.len() < PIECE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        cursor = next.unwrap_or(cursor);
        Ok(if next.is_some() { Piece::More(text.into()) } else { Piece::Last(text.into()) })
    }
}
