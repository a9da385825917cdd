//! What accountd's writes are measured against: one connection that adds an SSH key and removes it again, a commit for
//! each, with the pragmas of `src/store/open.rs` and nothing else to do.
//!
//!     raw_rusqlite DATABASE SECONDS
//!
//! The database is one of accountd's with a user of id 1. stdout gets the writes a second.

use rusqlite::{Connection, params};
use std::error::Error;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(database), Some(seconds)) = (arguments.next(), arguments.next()) else {
        // `cargo bench` and `cargo test --benches` run every bench without arguments.
        eprintln!("usage: raw_rusqlite DATABASE SECONDS");
        return Ok(());
    };
    let time = Duration::from_secs_f64(seconds.parse()?);
    let conn = Connection::open(database)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;",
    )?;
    let mut add = conn.prepare(
        "INSERT INTO ssh_keys (id, user_id, title, key, fingerprint, md5, created_at, expires_at, usage_type)
         VALUES (NULL, 1, 'bench', ?1, ?2, ?3, 0, NULL, 'auth_and_signing')",
    )?;
    let mut remove = conn.prepare("DELETE FROM ssh_keys WHERE id = ?1")?;

    let started = Instant::now();
    let mut writes = 0u32;
    while started.elapsed() < time {
        // Of the length of an Ed25519 key.
        let key = format!("ssh-ed25519 {writes:0>68}");
        let mut fingerprint = [0xff; 32];
        fingerprint[..4].copy_from_slice(&writes.to_be_bytes());
        let id = add.insert(params![key, fingerprint, [0u8; 16]])?;
        remove.execute([id])?;
        writes += 2;
    }
    println!("{}", f64::from(writes) / started.elapsed().as_secs_f64());
    Ok(())
}
