//! How long a file may be.

use crate::source::sources;

/// The most lines of a file, without its comments, empty lines and unit tests.
const MOST_LINES: usize = 400;

#[test]
fn no_file_is_too_long() {
    for folder in ["src", "tests", "benches"] {
        for source in sources(folder) {
            let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
            let code: Vec<_> = source.text.lines().filter(is_code).collect();
            let code = code.join("\n");
            let lines = code.split("#[cfg(test)]\nmod ").next().unwrap().lines().count();
            assert!(lines <= MOST_LINES, "{folder}/{} has {lines} lines of code", source.path);
        }
    }
}
