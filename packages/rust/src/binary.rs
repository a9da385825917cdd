//! Finds the program.

use std::env;
use std::path::PathBuf;

pub fn find() -> Result<PathBuf, String> {
    if let Some(path) = env::var_os("ACCOUNTD_BINARY").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let directories = env::var_os("PATH").unwrap_or_default();
    let mut candidates = env::split_paths(&directories).map(|directory| directory.join("accountd"));
    candidates.find(|path| path.is_file()).ok_or_else(|| {
        "there is no accountd in PATH. Install it with `cargo install accountd`, or set ACCOUNTD_BINARY to its path"
            .into()
    })
}
