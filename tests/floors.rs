//! Imports run downward only: a file may name its own floor's module and those below it.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the ground up. Modules on one floor don't import each other.
const FLOORS: &[&[&str]] = &[
    &["domain", "logs"],
    &["store"],
    &["accounts"],
    &["http", "ssh"],
    &["docker", "gitlab", "openssh", "web", "admin"],
    &["oauth"],
    &["app"],
    &["cli"],
];

/// What may be named only in its own folder, whatever the floor.
const OWNED: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("r2d2", &["store"]),
    ("warp", &["http", "docker", "gitlab", "openssh", "web", "admin", "oauth", "app"]),
    ("askama", &["web", "oauth"]),
    ("tokio_rustls", &["http"]),
    ("tracing_appender", &["logs"]),
    ("prometheus_client", &["http", "admin"]),
    ("argon2", &["domain", "accounts"]),
    ("governor", &["accounts"]),
    ("ipnet", &["http", "cli"]),
    ("clap", &["cli", "gitlab"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The code of a file: comments don't import.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that come right after `crate::`, also within `crate::{a, b}`.
fn imported(code: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(list) = rest.strip_prefix('{') {
            // Nested braces end the list early, but each entry of it starts before one.
            let mut depth = 1;
            let mut entry = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 || (depth == 1 && c == ',') {
                    modules.push(word(entry.trim()));
                    entry.clear();
                } else if depth >= 1 {
                    entry.push(c);
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            modules.push(word(rest));
        }
    }
    modules
}

#[test]
fn imports_run_downward_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).unwrap();
        let own = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let Some(at) = floor(&own) else { continue };
        for module in imported(&code(&path)) {
            let below = floor(&module).is_some_and(|other| other < at);
            let is_module = floor(&module).is_some();
            if is_module && module != own && !below {
                wrong.push(format!("{} imports {module}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn dialects_ask_the_use_cases_and_never_the_store() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for dialect in ["docker", "gitlab", "openssh"] {
        for path in sources(&root.join(dialect)) {
            assert!(!imported(&code(&path)).contains(&"store".to_owned()), "{} imports store", path.display());
        }
    }
}

#[test]
fn packages_stay_on_their_floors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).unwrap();
        let own = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let code = code(&path);
        for (package, owners) in OWNED {
            let named = code.contains(&format!("{package}::")) || code.contains(&format!("use {package};"));
            if named && !owners.contains(&own.as_str()) {
                wrong.push(format!("{} names {package}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let code = code(&path);
        let without_tests = code.split("#[cfg(test)]\nmod ").next().unwrap();
        let lines = without_tests.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 400, "{} has {lines} lines of code", path.display());
    }
}

#[test]
fn the_reader_of_imports_reads_what_rustfmt_writes() {
    assert_eq!(imported("use crate::domain::{A, B};\ncrate::store::x()"), ["domain", "store"]);
    assert_eq!(imported("use crate::{accounts, docker::{self, x}, store};"), ["accounts", "docker", "store"]);
}
