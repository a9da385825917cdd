//! What a server is started with.

use crate::control::Control;
use crate::mode::Mode;
use crate::pool;
use crate::stand_in::StandIn;
use std::env;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Options of a server, made by [`StandIn::seed`] or [`StandIn::demo`].
#[must_use = "nothing starts before `start`"]
pub struct Builder<M: Mode> {
    seeds: Vec<PathBuf>,
    options: Vec<String>,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> Builder<M> {
    pub(crate) fn new() -> Self {
        Self { seeds: Vec::new(), options: Vec::new(), mode: PhantomData }
    }

    /// Loads another fixture. Its path is relative to the directory of the package's `Cargo.toml`.
    pub fn seed(mut self, path: impl AsRef<Path>) -> Self {
        self.seeds.push(root().join(path));
        self
    }

    /// Answers 501 to requests that no route handles.
    pub fn strict(self) -> Self {
        self.args(["--strict"])
    }

    /// Starts the clock at this time, in RFC 3339. With `,frozen` at its end, the clock stands still.
    pub fn clock(self, time: &str) -> Self {
        self.args(["--clock", time])
    }

    /// Takes ids, tokens and codes from a generator that starts again with each reset.
    pub fn deterministic(self, seed: u64) -> Self {
        self.args(["--deterministic", &seed.to_string()])
    }

    /// Adds further arguments of `accountd stand-in`.
    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Starts the server, or resets one that an earlier test of this program started with the same options.
    ///
    /// # Panics
    /// If there is no accountd, or it does not start. The message says why.
    #[track_caller]
    pub fn start(self) -> M::Answer<StandIn<M>> {
        let Self { seeds, options: mut arguments, .. } = self;
        arguments.push("--".into());
        arguments.extend(seeds.iter().map(|seed| seed.display().to_string()));
        M::run(move || pool::take(arguments).map(|process| StandIn::new(Control::of_process(process))))
    }
}

/// The package whose tests are running, as Cargo says.
fn root() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default().into()
}
