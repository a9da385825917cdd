//! One sandbox: its accounts, what they can be reset to, and the router on its port.

use super::error::Failure;
use super::guard::Guard;
use super::images::Images;
use super::interception::Interception;
use super::journal::Listeners;
use super::requests::{Options, Requests};
use super::sandboxes::Sandboxes;
use super::{Control, NextAuthorization, routes};
use crate::accounts::{Accounts, Admin, CurrentAccounts, Image, Jobs};
use crate::http::router::{CurrentRouter, Router};
use crate::http::server::Limits;
use crate::http::server::tls::Tls;
use crate::http::{AppState, reply};
use hyper::StatusCode;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Builds the router of all dialects. The text says what is in the way.
type Build = Arc<dyn Fn(&AppState, &Arc<NextAuthorization>) -> Result<Router, String> + Send + Sync>;

/// What all sandboxes of a process are made with.
#[derive(Clone)]
pub struct Start {
    pub build: Build,
    pub base_url: Option<String>,
    /// The permission that the control service acts with.
    pub operator: Admin,
    pub guard: Guard,
    pub options: Options,
    /// For the listeners of further sandboxes.
    pub limits: Limits,
    /// The same for all listeners; none for plain HTTP.
    pub tls: Option<Tls>,
}

pub struct Sandbox {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    /// The scheme and the address, which has its port.
    pub(super) url: String,
    pub(super) start: Start,
    pub(super) router: CurrentRouter,
    accounts: CurrentAccounts,
    /// Counts resets, from 1.
    epoch: AtomicU64,
    images: Mutex<Images>,
    /// Held by a reset, so that resets do not overtake each other.
    running: Mutex<Running>,
    /// What is done to requests, since the last reset.
    requests: Mutex<Arc<Requests>>,
    pub(super) listeners: Listeners,
    /// The further sandboxes of the process; the first one has them.
    pub(super) sandboxes: Option<Sandboxes>,
}

/// What goes on beside the requests.
struct Running {
    /// The jobs of the current accounts.
    jobs: Jobs,
    /// The thread that closes the accounts before the last reset.
    closing: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// The first sandbox of a process, with accounts as they are after the seeds.
    ///
    /// # Errors
    /// The accounts are not in memory, or have no image; or the router cannot be built.
    pub fn first(start: Start, accounts: Accounts, empty: Image, address: SocketAddr) -> Result<Arc<Self>, String> {
        let seed = accounts.image().map_err(|error| error.to_string())?.ok_or("the accounts are not in memory")?;
        let images = Images::new(empty, seed);
        Self::new("main".into(), address, start, accounts, images, Some(Sandboxes::default()))
    }

    pub(super) fn new(
        name: String,
        address: SocketAddr,
        start: Start,
        accounts: Accounts,
        images: Images,
        sandboxes: Option<Sandboxes>,
    ) -> Result<Arc<Self>, String> {
        let scheme = if start.tls.is_some() { "https" } else { "http" };
        let requests = Requests::new(1, start.options);
        let sandbox = Arc::new(Self {
            name,
            address,
            url: format!("{scheme}://{address}"),
            // Replaced below, before anything listens.
            router: Router::new(|| reply::empty(StatusCode::SERVICE_UNAVAILABLE)).into(),
            running: Mutex::new(Running { jobs: Jobs::start(&accounts), closing: None }),
            accounts: accounts.clone().into(),
            epoch: AtomicU64::new(1),
            images: Mutex::new(images),
            requests: Mutex::new(Arc::clone(&requests)),
            listeners: Listeners::default(),
            sandboxes,
            start,
        });
        sandbox.router.store(sandbox.build(&accounts, requests)?);
        Ok(sandbox)
    }

    /// A router around these accounts, with the control service.
    fn build(self: &Arc<Self>, accounts: &Accounts, requests: Arc<Requests>) -> Result<Arc<Router>, String> {
        let app = AppState::new(accounts.clone(), self.start.base_url.as_deref(), self.address);
        let next_authorization = Arc::default();
        let mut router = (self.start.build)(&app, &next_authorization)?;
        // A fork, so that it takes nothing from the source: a reset goes on exactly where its image was taken.
        router.number_requests(&accounts.random().fork());
        let control =
            Control { sandbox: Arc::downgrade(self), app, next_authorization, requests: Arc::clone(&requests) };
        router.add(control, routes());
        let (accounts, operator) = (accounts.clone(), self.start.operator.clone());
        router.intercept(Arc::new(Interception { accounts, operator, requests }));
        Ok(Arc::new(router))
    }

    /// Puts accounts from this image in the place of the current ones, and returns the new epoch. Takes a millisecond.
    pub(super) fn reset_to(self: &Arc<Self>, image: &Image) -> Result<u64, Failure> {
        let mut running = lock(&self.running);
        let old = self.accounts();
        let accounts = old.of_image(image).map_err(Failure::internal)?;
        let epoch = self.epoch() + 1;
        let requests = Requests::new(epoch, self.start.options);
        let router = self.build(&accounts, Arc::clone(&requests)).map_err(Failure::invalid)?;
        // In this order: a request that reaches the old accounts later than this writes nothing.
        let retired = old.retire();
        running.jobs = Jobs::start(&accounts);
        let old = (self.router.swap(router), self.accounts.swap(accounts.into()), old, retired);
        self.epoch.store(epoch, Ordering::Release);
        let requests = std::mem::replace(&mut *lock(&self.requests), requests);
        requests.end();
        // One at a time, so that a fast series of resets does not keep many databases.
        if let Some(closing) = running.closing.take() {
            let _ = closing.join();
        }
        running.closing = thread::Builder::new().name("closing".into()).spawn(move || drop(old)).ok();
        Ok(epoch)
    }

    /// What its listener answers with.
    pub fn router(&self) -> CurrentRouter {
        Arc::clone(&self.router)
    }

    /// Its accounts, which a reset replaces.
    pub fn current_accounts(&self) -> CurrentAccounts {
        Arc::clone(&self.accounts)
    }

    /// Its accounts since the last reset.
    pub(super) fn accounts(&self) -> Accounts {
        Accounts::clone(&self.accounts.load())
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// What is done to requests, since the last reset.
    pub(super) fn requests(&self) -> Arc<Requests> {
        Arc::clone(&lock(&self.requests))
    }

    pub(super) fn images(&self) -> MutexGuard<'_, Images> {
        lock(&self.images)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
