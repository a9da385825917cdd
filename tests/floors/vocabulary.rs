//! Names that were replaced by the usual terms of the field must not come back.

use crate::source::{Source, is_word, sources};
use std::fs;
use std::path::{Path, PathBuf};

/// Names that no identifier may have. A name that is also an ordinary word is listed only with its capital letter.
const IDENTIFIERS: &[&str] = &[
    "Asked",
    "Back",
    "Bad",
    "Branches",
    "Displaced",
    "Door",
    "DoorKey",
    "Exchange",
    "Fixture",
    "FixtureError",
    "Given",
    "Glimpses",
    "Issued",
    "Kept",
    "LARGE_BODIES",
    "Manner",
    "Memo",
    "Move",
    "NoToken",
    "NobodyToBe",
    "NotGiven",
    "NothingToDelete",
    "Patience",
    "Pointless",
    "Presence",
    "Redemption",
    "Site",
    "Solo",
    "Spent",
    "Stamp",
    "StampFile",
    "Standing",
    "Tally",
    "Traffic",
    "Watched",
    "Wrong",
    "carried_by",
    "door_keys",
    "from_home",
    "give_way",
    "grave",
    "homes",
    "instead_of",
    "is_hopeless",
    "may_hand_on",
    "nobodys",
    "put_back",
    "worded",
];

/// Names that no file or folder may have.
const FILES: &[&str] = &[
    "branches", "crowds", "doors", "exchange", "glimpses", "memo", "moment", "nothing", "presence", "probes", "site",
    "stamp", "traffic",
];

/// Metaphors that occur nowhere, also not in comments, texts and parts of names.
const WORDS: &[&str] = &["door", "doors", "glimpse", "glimpses", "crowd", "crowds"];

/// This list.
const SELF: &str = "vocabulary.rs";

fn rust() -> Vec<Source> {
    let all = ["src", "tests"].map(sources).into_iter().flatten();
    all.filter(|source| !source.path.ends_with(SELF)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { [vec![path.clone()], files(&path)].concat() } else { vec![path] })
        .collect()
}

#[test]
fn retired_names_are_gone_from_the_code() {
    let mut found = Vec::new();
    for source in rust() {
        let words = source.code.split(|c| !is_word(c)).filter(|word| IDENTIFIERS.contains(word));
        found.extend(words.map(|word| format!("{}: {word}", source.path)));
    }
    found.dedup();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn retired_names_are_gone_from_files_and_folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = ["src", "tests"].into_iter().flat_map(|folder| files(&root.join(folder)));
    let retired = |path: &PathBuf| path.file_stem().is_some_and(|stem| FILES.contains(&stem.to_str().unwrap()));
    let found: Vec<_> = all.filter(retired).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn metaphors_are_gone_from_every_text() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in ["src", "tests"].into_iter().flat_map(|folder| files(&root.join(folder))) {
        let text = if path.is_file() && !path.ends_with(SELF) { fs::read(&path).unwrap() } else { Vec::new() };
        let text = String::from_utf8_lossy(&text);
        for (number, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            let words = line.split(|c: char| !c.is_alphabetic()).filter(|word| WORDS.contains(word));
            found.extend(words.map(|word| format!("{}:{}: {word}", path.display(), number + 1)));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
