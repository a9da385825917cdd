//! Signals of a server: SIGTERM and SIGINT stop it, SIGHUP reloads the certificate.

use super::outcome::Failure;
use crate::http::server::tls::Tls;
use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind, signal};

fn listen(kind: SignalKind) -> Result<unix::Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format!("signals: {error}")))
}

/// Completes with the first SIGTERM or SIGINT.
pub fn stop() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    // Exceeding the file size limit (setrlimit(2), RLIMIT_FSIZE) then fails the write, and does not kill the process.
    let file_size = listen(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
    Ok(async move {
        let _file_size = file_size;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// SIGHUP. From here on it no longer ends the process.
pub struct Hangup(unix::Signal);

impl Hangup {
    pub fn listen() -> Result<Self, Failure> {
        listen(SignalKind::hangup()).map(Self)
    }

    /// Reloads the certificate on each SIGHUP, for as long as the runtime lives. Without TLS there is nothing to reload.
    pub fn reload(mut self, tls: Option<Tls>) {
        tokio::spawn(async move {
            while self.0.recv().await.is_some() {
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
        });
    }
}
