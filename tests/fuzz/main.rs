//! Input that nobody would write: what must hold of it, in `targets/`, tried on a corpus and on what random changes
//! make of it, for some seconds. `FUZZ_SECONDS=60 cargo test --test fuzz` gives each target that long.
//!
//! `corpus/` has telling inputs, written by hand, a folder a target; a new finding goes there. `coverage/` runs the same
//! targets under libFuzzer.

mod agreement;
mod growth;
mod mutation;
mod ssh_keygen;
mod targets;

use mutation::{Input, inputs};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use targets::{bodies, credentials, fixtures, paging, ssh_keys, values};

/// What is allocated is measured, which needs to be one at a time.
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

static ALONE: Mutex<()> = Mutex::new(());

pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn time() -> Duration {
    let asked = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    asked.map_or(Duration::from_millis(1_200), Duration::from_secs_f64)
}

/// The files below a folder of the repository.
pub fn files(folder: impl AsRef<Path>) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(std::fs::read(&path).unwrap());
        }
    }
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

/// Tries the corpus as it is, then changed, for as long as there is time.
fn fuzz(corpus: Vec<Vec<u8>>, pieces: &'static [&'static str], check: impl Fn(&[u8])) {
    let _alone = alone();
    let end = Instant::now() + time();
    corpus.iter().for_each(|input| check(input));
    let strategy = inputs(corpus, pieces);
    let mut tried = 0;
    while Instant::now() < end {
        // What goes wrong is told once, when it is as short as can be.
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let config = Config { cases: 64, failure_persistence: None, max_shrink_iters: 5_000, ..Config::default() };
        let result = TestRunner::new(config).run(&strategy, |Input(input)| {
            let checked = catch_unwind(AssertUnwindSafe(|| check(&input)));
            checked.map_err(|panic| TestCaseError::fail(message(panic.as_ref())))
        });
        std::panic::set_hook(hook);
        match result {
            Ok(()) => tried += 64,
            Err(TestError::Fail(why, input)) => panic!("{why}\nThe input, which belongs into the corpus:\n{input:?}"),
            Err(other) => panic!("{other}"),
        }
    }
    println!("{tried} inputs");
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn bodies() {
    fuzz(files("tests/fuzz/corpus/bodies"), growth::BODY_PIECES, bodies::check);
}

#[test]
fn ssh_keys() {
    let corpus = [files("fixtures/keys"), files("tests/fuzz/corpus/ssh_keys")].concat();
    let accepted = RefCell::new(Vec::new());
    fuzz(corpus, growth::KEY_PIECES, |input| {
        let key = ssh_keys::check(input);
        accepted.borrow_mut().extend(key);
    });
    ssh_keygen::takes_them_too(&accepted.into_inner());
}

#[test]
fn credentials() {
    fuzz(files("tests/fuzz/corpus/credentials"), growth::HEADER_PIECES, credentials::check);
}

#[test]
fn paging() {
    fuzz(files("tests/fuzz/corpus/paging"), growth::QUERY_PIECES, paging::check);
}

#[test]
fn values() {
    let corpus = [files("tests/fuzz/corpus/values"), files("tests/fuzz/corpus/paging")].concat();
    fuzz(corpus, growth::VALUE_PIECES, values::check);
}

#[test]
fn fixtures() {
    let corpus = files("tests/fuzz/corpus/fixtures");
    fuzz(corpus, growth::FIXTURE_PIECES, fixtures::check);
}

#[test]
fn the_fixtures_that_are_shipped() {
    let _alone = alone();
    ["docker", "gitlab", "demo"].into_iter().for_each(|name| {
        let path = format!("fixtures/{name}.json");
        fixtures::check(&std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap());
    });
}
