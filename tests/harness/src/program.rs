//! Runs the binary under test.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

static BINARY: LazyLock<String> = LazyLock::new(|| {
    let path = std::env::var_os("CARGO_BIN_EXE_accountd").map(PathBuf::from).unwrap_or_else(|| {
        // `target/debug/deps/api-0123456789abcdef` lies beside `target/debug/accountd`.
        let test = std::env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().join(format!("accountd{}", std::env::consts::EXE_SUFFIX))
    });
    assert!(path.is_file(), "{} is not a file: run the tests with `cargo test`", path.display());
    path.into_os_string().into_string().unwrap()
});

/// The absolute path of the `accountd` binary that `cargo test` built.
///
/// Cargo gives it to the integration tests when it compiles them, but to this crate only when it runs them, and only
/// since 1.94. With an older Cargo it is found beside the test binary.
pub fn binary() -> &'static str {
    &BINARY
}

/// A command that runs `accountd`, isolated from the developer's own settings: without `ACCOUNTD_*` variables, without
/// a home folder and with nothing on stdin.
pub fn accountd(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ACCOUNTD_") {
            command.env_remove(name);
        }
    }
    command.args(args).env("HOME", "/nonexistent").env_remove("XDG_DATA_HOME").stdin(Stdio::null());
    command
}

/// Runs `accountd` until it exits.
pub fn run(args: &[&str]) -> Output {
    accountd(args).output().unwrap()
}

/// Runs `accountd` with this text on stdin until it exits.
pub fn run_with_stdin(args: &[&str], stdin: &str) -> Output {
    let mut child = accountd(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}
