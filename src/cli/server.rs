//! Runs a server until a signal stops it.

use super::outcome::{Failure, Outcome};
use super::signals::{self, Hangup};
use crate::app::{Application, Config};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::num::NonZero;
use std::thread::available_parallelism;

/// Builds the server, calls `announce` once it listens, and serves until SIGTERM or SIGINT.
pub fn run(config: Config, announce: impl FnOnce(&Application) -> Outcome) -> Outcome {
    raise_file_limit();
    let database = config.location.file().map(ToOwned::to_owned);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(config.threads).max_blocking_threads(blocking_threads());
    let runtime = runtime.enable_all().build().map_err(Failure::new)?;
    let served: Outcome = runtime.block_on(async {
        let (stop, hangup) = (signals::stop()?, Hangup::listen()?);
        let application = Application::build(config).await?;
        hangup.reload(application.tls());
        announce(&application)?;
        application.run(stop).await;
        Ok(())
    });
    served.map_err(|failure| match database {
        Some(path) => failure.in_database(&path),
        None => Failure::new(failure),
    })
}

/// The default for `--threads`. One processor is left to the threads that write, hash passwords and run queries. On two
/// processors, a second thread made requests more expensive and answered no more of them.
pub fn threads() -> usize {
    processors().saturating_sub(1).max(1)
}

/// Four lists at a time and one password hash per processor, with two to spare. More threads would come and go, each with
/// memory of its own.
fn blocking_threads() -> usize {
    processors() + 6
}

fn processors() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// Raises the limit on open files as far as allowed: connections would use up the usual 1024 and leave none to the
/// database.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit on open files was not raised");
    }
}
