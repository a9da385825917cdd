//! Waiting for a call: asynchronously or blocking. All methods are written once, for both.

use std::panic::Location;
use std::pin::Pin;

/// How a method returns its answer. It is sealed: [`Async`] and [`Blocking`] are the only modes.
pub trait Mode: sealed::Sealed + Sized + 'static {
    /// A future of `T`, or `T`.
    type Answer<T: Send + 'static>;

    /// Runs a call that blocks.
    ///
    /// # Panics
    /// If it fails. The message names the caller.
    #[doc(hidden)]
    #[track_caller]
    fn run<T: Send + 'static>(call: impl FnOnce() -> Result<T, String> + Send + 'static) -> Self::Answer<T>;
}

/// Methods return a future.
pub struct Async;

/// Methods block.
pub struct Blocking;

impl Mode for Async {
    type Answer<T: Send + 'static> = Pin<Box<dyn Future<Output = T> + Send>>;

    #[track_caller]
    fn run<T: Send + 'static>(call: impl FnOnce() -> Result<T, String> + Send + 'static) -> Self::Answer<T> {
        // A panic in a future would name this file.
        let caller = Location::caller();
        Box::pin(async move {
            match tokio::task::spawn_blocking(call).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(message)) => panic!("{message}\n(called at {caller})"),
                Err(error) => panic!("{error}\n(called at {caller})"),
            }
        })
    }
}

impl Mode for Blocking {
    type Answer<T: Send + 'static> = T;

    #[track_caller]
    fn run<T: Send + 'static>(call: impl FnOnce() -> Result<T, String> + Send + 'static) -> T {
        match call() {
            Ok(answer) => answer,
            Err(message) => panic!("{message}"),
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Async {}
    impl Sealed for super::Blocking {}
}
