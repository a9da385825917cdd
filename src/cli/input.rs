//! Reads the files that commands take.

use super::outcome::Failure;
use std::fs::File;
use std::io::{Read, stdin};

/// Reads a file, or stdin for `-`, up to this many bytes.
pub fn read(file: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    let name = if file == "-" { "stdin" } else { file };
    let failed = |error| Failure::new(format!("{name}: {error}"));
    let source: Box<dyn Read> =
        if file == "-" { Box::new(stdin()) } else { Box::new(File::open(file).map_err(failed)?) };
    let mut bytes = Vec::new();
    source.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
