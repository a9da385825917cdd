//! Fuzz tests: properties that hold for every input (`targets/`), checked on a corpus and on random mutations of it for
//! about a second each. `FUZZ_SECONDS=60 cargo test --test fuzz` gives each target a minute.
//!
//! `corpus/` has a folder of inputs for each target; add an input that fails. `coverage/` runs the same targets under
//! libFuzzer.

mod cost;
mod dictionary;
mod formats;
mod mutation;
mod ssh_keygen;
mod targets;

use mutation::{Input, inputs};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};
use targets::{archives, bodies, credentials, paging, ssh_keys, values};

thread_local! {
    /// Whether this thread's panics are expected: only that of the shrunk input is printed.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `check` without printing its panics.
fn quietly<T>(check: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                print(panic);
            }
        }));
    });
    QUIET.set(true);
    let result = check();
    QUIET.set(false);
    result
}

fn time_limit() -> Duration {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    seconds.map_or(Duration::from_millis(1_200), Duration::from_secs_f64)
}

/// The contents of all files below a folder of the repository.
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

/// Checks each input of the corpus, then mutations of them until the time is up.
fn fuzz(corpus: Vec<Vec<u8>>, pieces: &'static [&'static str], check: impl Fn(&[u8])) {
    let end = Instant::now() + time_limit();
    corpus.iter().for_each(|input| check(input));
    let strategy = inputs(corpus, pieces);
    let mut checked = 0;
    while Instant::now() < end {
        let config = Config { cases: 64, failure_persistence: None, max_shrink_iters: 5_000, ..Config::default() };
        let result = TestRunner::new(config).run(&strategy, |Input(input)| {
            let result = quietly(|| catch_unwind(AssertUnwindSafe(|| check(&input))));
            result.map_err(|panic| TestCaseError::fail(message(panic.as_ref())))
        });
        match result {
            Ok(()) => checked += 64,
            Err(TestError::Fail(reason, input)) => panic!("{reason}\nAdd this input to the corpus:\n{input:?}"),
            Err(other) => panic!("{other}"),
        }
    }
    println!("{checked} inputs");
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn any_body_is_parsed_or_refused_safely() {
    fuzz(files("tests/fuzz/corpus/bodies"), dictionary::BODY, bodies::check);
}

#[test]
fn any_ssh_key_is_parsed_or_refused_safely() {
    let corpus = [files("fixtures/keys"), files("tests/fuzz/corpus/ssh_keys")].concat();
    let accepted = RefCell::new(Vec::new());
    fuzz(corpus, dictionary::KEY, |input| {
        let key = ssh_keys::check(input);
        accepted.borrow_mut().extend(key);
    });
    ssh_keygen::assert_accepts(&accepted.into_inner());
}

#[test]
fn any_authorization_header_is_parsed_or_refused_safely() {
    fuzz(files("tests/fuzz/corpus/credentials"), dictionary::HEADER, credentials::check);
}

#[test]
fn any_paging_query_is_parsed_or_refused_safely() {
    fuzz(files("tests/fuzz/corpus/paging"), dictionary::QUERY, paging::check);
}

#[test]
fn any_value_is_parsed_or_refused_safely() {
    let corpus = [files("tests/fuzz/corpus/values"), files("tests/fuzz/corpus/paging")].concat();
    fuzz(corpus, dictionary::VALUE, values::check);
}

#[test]
fn any_archive_is_imported_whole_or_not_at_all() {
    let corpus = files("tests/fuzz/corpus/archives");
    fuzz(corpus, dictionary::ARCHIVE, archives::check);
}

#[test]
fn the_shipped_fixtures_survive_import_and_export() {
    ["docker", "gitlab", "demo"].into_iter().for_each(|name| {
        let path = format!("fixtures/{name}.json");
        archives::check(&std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap());
    });
}
