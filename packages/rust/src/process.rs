//! A server process.

use crate::binary;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const START_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_KEPT_STDERR: u64 = 8192;

/// It ends when its stdin closes, so it also ends when this process is killed.
pub struct Process {
    pub url: String,
    child: Child,
}

impl Process {
    /// Starts `accountd stand-in` with these arguments, and waits until it accepts connections.
    pub fn start(arguments: &[String]) -> Result<Self, String> {
        let binary = binary::find()?;
        let mut child = Command::new(&binary)
            .args(["stand-in", "--listen", "127.0.0.1:0", "--ready", "json", "--exit-with-stdin", "--log", "error"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", binary.display()))?;
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let stderr = thread::spawn(|| drain(stderr));
        // From here on, its drop ends the child.
        let mut process = Self { url: String::new(), child };
        let line = ready_line(stdout)?;
        let ready: Option<Value> = serde_json::from_str(&line).ok();
        match ready.as_ref().and_then(|ready| ready["url"].as_str()) {
            Some(url) => url.clone_into(&mut process.url),
            None => {
                drop(process);
                let said = stderr.join().unwrap_or_default();
                return Err(format!("{} did not start\n{line}{said}", binary.display()));
            }
        }
        Ok(process)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its accounts are in memory, so there is nothing that it would have to finish. Neither call fails for a child
        // that has ended.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The first line of its stdout; empty if it ended.
fn ready_line(stdout: ChildStdout) -> Result<String, String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        _ = BufReader::new(stdout).read_line(&mut line);
        _ = send.send(line);
    });
    receive
        .recv_timeout(START_TIMEOUT)
        .map_err(|_| format!("accountd did not say within {START_TIMEOUT:?} that it is ready"))
}

/// Reads everything, so that the child never waits for a reader, and returns its beginning.
fn drain(mut stderr: ChildStderr) -> String {
    let mut kept = Vec::new();
    _ = stderr.by_ref().take(MAX_KEPT_STDERR).read_to_end(&mut kept);
    _ = std::io::copy(&mut stderr, &mut std::io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}
