//! Runs a server until a signal stops it.

use super::outcome::{Failure, Outcome};
use crate::app::{Application, Config, Seed, processors};
use crate::http::server::tls::Tls;
use crate::store::Location;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use std::time::Duration;
use tokio::signal::unix::{self, SignalKind, signal};
use tokio::sync::oneshot;

/// How long the exit waits for threads that are still busy. `app.rs` has the schedule of a whole stop.
const RUNTIME_STOP: Duration = Duration::from_millis(300);

/// Builds the server, calls `announce` once it listens, and serves until SIGTERM or SIGINT.
pub fn run(
    config: Config,
    location: Location,
    seeds: Vec<Seed>,
    announce: impl FnOnce(&Application) -> Outcome,
) -> Outcome {
    raise_file_limit();
    let database = location.file().map(ToOwned::to_owned);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(config.threads()).max_blocking_threads(blocking_threads());
    let runtime = runtime.enable_all().build().map_err(Failure::new)?;
    let served: Outcome = runtime.block_on(async {
        let exit_with_stdin = config.process.exit_with_stdin;
        // Registered first: from here on, SIGHUP no longer ends the process.
        let (stop, hangup) = (stop()?, listen(SignalKind::hangup())?);
        let application = Application::build(config, location, seeds).await?;
        tokio::spawn(reload_on(hangup, application.tls()));
        announce(&application)?;
        let orphaned = stdin_closed(exit_with_stdin);
        application
            .run(async {
                tokio::select! {
                    () = stop => {}
                    () = orphaned => {}
                }
                tracing::info!("stopping");
            })
            .await;
        Ok(())
    });
    // A query or a password hash whose caller is gone does not delay the exit.
    runtime.shutdown_timeout(RUNTIME_STOP);
    served.map_err(|failure| match database {
        Some(path) => failure.in_database(&path),
        None => Failure::new(failure),
    })
}

/// Four lists at a time and one password hash per processor, with two to spare. More threads would come and go, each with
/// memory of its own.
fn blocking_threads() -> usize {
    processors() + 6
}

/// Raises the limit on open files as far as allowed: connections would use up the usual 1024 and leave none to the
/// database.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit on open files was not raised");
    }
}

fn listen(kind: SignalKind) -> Result<unix::Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format!("signals: {error}")))
}

/// Completes with the first SIGTERM or SIGINT.
fn stop() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    // Exceeding the file size limit (setrlimit(2), RLIMIT_FSIZE) then fails the write, and does not kill the process.
    let file_size = listen(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
    Ok(async move {
        let _file_size = file_size;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Completes when stdin is closed, if that is asked for. What comes in until then is discarded.
async fn stdin_closed(asked_for: bool) {
    let (closed, is_closed) = oneshot::channel::<()>();
    if asked_for {
        // A thread of its own: a read from stdin cannot be cancelled, and must not hold the exit up.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _ = closed.send(());
        });
        drop(is_closed.await);
    } else {
        std::future::pending().await
    }
}

/// Reloads the certificate on each SIGHUP, for as long as the runtime lives. Without TLS there is nothing to reload.
async fn reload_on(mut hangup: unix::Signal, tls: Option<Tls>) {
    while hangup.recv().await.is_some() {
        let Some(tls) = tls.clone() else {
            tracing::info!("SIGHUP ignored: there is no TLS certificate to reload");
            continue;
        };
        match tokio::task::spawn_blocking(move || tls.reload()).await {
            Ok(Ok(())) => tracing::info!("the TLS certificate was reloaded"),
            Ok(Err(error)) => tracing::error!(%error, "the TLS certificate was not reloaded"),
            Err(error) => tracing::error!(%error, "the TLS certificate was not reloaded"),
        }
    }
}
