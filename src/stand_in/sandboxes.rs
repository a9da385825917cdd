//! The further sandboxes of a process: each has its own state and its own port.

use super::error::Failure;
use super::images::{Images, check_name};
use super::sandbox::{Sandbox, Start};
use crate::accounts::Image;
use crate::http::server::{Listener, serve};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const MAX_SANDBOXES: usize = 256;

#[derive(Default)]
pub struct Sandboxes(Mutex<BTreeMap<String, Running>>);

struct Running {
    sandbox: Arc<Sandbox>,
    /// Its end stops the listener.
    _stop: oneshot::Sender<()>,
}

impl Sandboxes {
    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a sandbox with accounts from this image on a free port of the same address as its parent, and returns its
    /// URL.
    pub async fn create(&self, parent: &Sandbox, name: &str, image: Image) -> Result<String, Failure> {
        check_name(name)?;
        check_room(&self.running(), name)?;
        let tcp = TcpListener::bind(SocketAddr::new(parent.address.ip(), 0)).await.map_err(Failure::internal)?;
        let address = tcp.local_addr().map_err(Failure::internal)?;
        // The base URL is the first server's; the links of a sandbox must lead to its own port.
        let (name, start) = (name.to_owned(), Start { base_url: None, ..parent.start.clone() });
        let (empty, accounts) = (parent.images().empty.clone(), parent.accounts());
        let made = tokio::task::spawn_blocking(move || {
            let accounts = accounts.of_image(&image).map_err(|error| error.to_string())?;
            Sandbox::new(name, address, start, accounts, Images::new(empty, image), None)
        });
        let sandbox = made.await.map_err(Failure::internal)?.map_err(Failure::invalid)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = Listener { tcp, tls: parent.start.tls.clone(), metrics: None };
        let (router, limits) = (sandbox.router(), parent.start.limits.clone());
        let url = sandbox.url.clone();
        {
            let mut running = self.running();
            // Another call may have taken the name, or the last place, meanwhile.
            check_room(&running, &sandbox.name)?;
            running.insert(sandbox.name.clone(), Running { sandbox, _stop: stop });
        }
        tokio::spawn(async move { serve(listener, router, limits, async { drop(stopped.await) }).await });
        Ok(url)
    }

    /// Ends a sandbox: its listener, its connections and its accounts.
    pub fn delete(&self, name: &str) -> Result<(), Failure> {
        match self.running().remove(name) {
            Some(running) => {
                drop(running.sandbox.accounts().retire());
                Ok(())
            }
            None => Err(Failure::not_found(format!("there is no sandbox {name:?}"))),
        }
    }

    /// Names and URLs.
    pub fn list(&self) -> Vec<(String, String)> {
        self.running().iter().map(|(name, running)| (name.clone(), running.sandbox.url.clone())).collect()
    }
}

fn check_room(running: &BTreeMap<String, Running>, name: &str) -> Result<(), Failure> {
    if running.contains_key(name) {
        return Err(Failure::conflict(format!("there is a sandbox {name:?} already")));
    }
    match running.len() < MAX_SANDBOXES {
        true => Ok(()),
        false => Err(Failure::too_many(format!("there are {MAX_SANDBOXES} sandboxes at most"))),
    }
}
