//! SSH public keys in files: what `ssh-keygen` wrote and printed, and every kind of text that is refused.
//! `fixtures/keys/README.md` says how each file was made.

mod accepted;
mod mutated;
mod refused;

use accountd::domain::ssh_key::{KeyPolicy, Refusal, SshKey};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "keys", name].iter().collect()
}

/// The names of the files in a folder of fixtures/keys.
fn names(folder_name: &str) -> BTreeSet<String> {
    fs::read_dir(folder(folder_name)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn read(folder_name: &str, file: &str) -> String {
    fs::read_to_string(folder(folder_name).join(file)).unwrap()
}

fn parse(text: &str) -> Result<SshKey, Refusal> {
    SshKey::parse(text, KeyPolicy::default())
}

/// The names and texts of all files in `accepted/`.
fn accepted_files() -> Vec<(String, String)> {
    let read = |name: String| {
        let text = read("accepted", &name);
        (name, text)
    };
    names("accepted").into_iter().map(read).collect()
}
