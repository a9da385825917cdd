//! The reference that `benches/load` compares accountd's writes with: a loop over one connection that adds an SSH key
//! and removes it again, with one commit each and the same pragmas as `src/store/open.rs`.
//!
//!     raw_rusqlite DATABASE SECONDS
//!
//! The database was made by accountd and has a user with id 1. Writes the number of writes per second to stdout.

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
    let duration = Duration::from_secs_f64(seconds.parse()?);
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
    while started.elapsed() < duration {
        // As long as an Ed25519 key.
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
