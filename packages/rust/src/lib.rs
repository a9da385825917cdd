//! Starts [accountd](https://docs.rs/accountd), an account server, in tests and controls it.
//!
//! ```no_run
//! # async fn test() {
//! use accountd_test::{Accountd, Fault};
//!
//! let accountd = Accountd::demo().start().await;
//! accountd.fail("gitlab.v4.users.create", Fault::status(503).times(1)).await;
//! accountd.requests().expect_on_drop("gitlab.v4.users.create", 2);
//! let (url, token) = (accountd.url(), accountd.token("root").await);
//! # }
//! ```
//!
//! A process is started once for each set of options and number of tests that run at the same time. It is reset when the
//! next test gets it, and ends with the test program, however that ends. The program is the one that `ACCOUNTD_BINARY`
//! names, or `accountd` in `PATH`.
//!
//! Methods panic if the server refuses a call, because a test cannot continue then. The asynchronous ones need a tokio
//! runtime; [`blocking`] has the same methods without one.

#![warn(missing_docs)]

mod authorization;
mod binary;
mod builder;
mod client;
mod clock;
mod control;
mod fault;
mod matching;
mod mode;
mod pool;
mod process;
mod requests;
mod stand_in;
mod token;

pub use authorization::{Authorization, Cookie};
pub use builder::Builder;
pub use clock::Clock;
pub use fault::{ActiveFault, Connection, Credential, Fault};
pub use matching::Match;
pub use mode::{Async, Blocking, Mode};
pub use requests::Requests;
pub use stand_in::StandIn;
pub use token::NewToken;

/// An account server whose methods are asynchronous.
pub type Accountd = StandIn<Async>;

/// The same server for tests without a runtime.
///
/// ```no_run
/// use accountd_test::blocking::Accountd;
///
/// let accountd = Accountd::seed("fixtures/accounts.json").strict().start();
/// let token = accountd.token("root");
/// ```
pub mod blocking {
    /// An account server whose methods block.
    pub type Accountd = crate::StandIn<crate::Blocking>;
}
