//! The processes that no test uses at the moment.

use crate::client::Client;
use crate::process::Process;
use serde_json::json;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A suite may start servers with any number of different seeds.
const MAX_IDLE: usize = 16;

/// Idle processes, the one that has been idle longest first.
static IDLE: Mutex<Vec<Pooled>> = Mutex::new(Vec::new());

/// A process with what it was started with.
pub struct Pooled {
    pub client: Client,
    arguments: Vec<String>,
    pub process: Process,
}

/// An idle process with these arguments, reset, or else a new one.
pub fn take(arguments: Vec<String>) -> Result<Pooled, String> {
    while let Some(pooled) = take_idle(&arguments) {
        // One that does not answer has crashed, or was killed.
        if pooled.client.post("reset", &json!({})).is_ok() {
            return Ok(pooled);
        }
    }
    let process = Process::start(&arguments)?;
    Ok(Pooled { client: Client::new(&process.url), arguments, process })
}

fn take_idle(arguments: &[String]) -> Option<Pooled> {
    let mut idle = idle();
    let index = idle.iter().rposition(|pooled| pooled.arguments == arguments)?;
    Some(idle.remove(index))
}

pub fn give_back(pooled: Pooled) {
    let mut idle = idle();
    idle.push(pooled);
    let surplus = (idle.len() > MAX_IDLE).then(|| idle.remove(0));
    // Ending a process takes a moment.
    drop(idle);
    drop(surplus);
}

fn idle() -> MutexGuard<'static, Vec<Pooled>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}
