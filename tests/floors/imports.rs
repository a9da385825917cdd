//! A module imports only modules on lower floors, and a dialect imports neither another dialect nor the store.

use crate::source::{Source, is_word, sources};

/// The top-level modules, from the lowest floor up. Modules on one floor do not import each other.
const FLOORS: &[&[&str]] = &[
    &["domain", "logs"],
    &["store"],
    &["accounts"],
    &["http", "ssh"],
    &["docker", "gitlab", "registry", "openssh", "admin", "web"],
    &["oauth", "stand_in", "replica", "docs"],
    &["app"],
    &["cli"],
    &["lib", "main"],
];

/// The modules with HTTP routes of their own. Most share a floor; these rules also hold for those that do not.
const DIALECTS: &[&str] = &["docker", "gitlab", "registry", "openssh", "admin", "web", "oauth", "stand_in", "docs"];

/// What one dialect may take from another: OAuth's consent page and the reference are pages, and a stand-in signs browsers
/// in.
const SHARED: &[(&str, &str)] = &[("oauth", "web"), ("stand_in", "web"), ("docs", "web")];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The top-level modules that a file names, by `crate::` or by as many `super::` as lead there.
fn imported(source: &Source) -> Vec<String> {
    let depth = source.path.trim_end_matches("/mod.rs").split('/').count();
    let mut modules = after("crate::", &source.code);
    // The module of a file's unit tests is one deeper.
    modules.extend(after(&"super::".repeat(depth), &source.without_tests()));
    modules
}

/// The modules named right after this path, also those in `crate::{a, b}`.
fn after(path: &str, code: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (at, found) in code.match_indices(path) {
        let rest = &code[at + found.len()..];
        match rest.strip_prefix('{') {
            Some(list) => modules.extend(entries(list).into_iter().map(first_word)),
            None => modules.push(first_word(rest)),
        }
    }
    modules
}

/// The entries of a list that ends at its closing brace, each with the braces it has inside.
fn entries(list: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| is_word(*c)).collect()
}

/// Lists each import for which the rule does not hold. The rule gets the importing and the imported module.
fn violations(rule: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let check = |source: Source| {
        let modules = imported(&source).into_iter().filter(|module| !rule(source.module(), module));
        modules.map(|module| format!("{} imports {module}", source.path)).collect::<Vec<_>>()
    };
    sources("src").into_iter().flat_map(check).collect()
}

#[test]
fn every_module_has_a_floor() {
    let lost: Vec<_> = sources("src").into_iter().filter(|source| floor(source.module()).is_none()).collect();
    assert!(lost.is_empty(), "{:?}", lost.iter().map(|source| &source.path).collect::<Vec<_>>());
}

#[test]
fn imports_run_downward_only() {
    let wrong = violations(|module, imported| {
        module == imported || floor(imported).is_none() || floor(imported) < floor(module)
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_dialect_imports_another() {
    let wrong = violations(|module, imported| {
        let dialects = DIALECTS.contains(&module) && DIALECTS.contains(&imported);
        module == imported || !dialects || SHARED.contains(&(module, imported))
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_dialect_imports_the_store() {
    // The readiness check names an error of the store.
    let bound = |module: &str| DIALECTS.contains(&module) && module != "admin";
    let wrong = violations(|module, imported| !bound(module) || imported != "store");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn imports_are_read_as_rustfmt_writes_them() {
    let modules =
        |path: &str, code: &str| imported(&Source { path: path.into(), text: String::new(), code: code.into() });
    assert_eq!(modules("a.rs", "use crate::domain::{A, B};\ncrate::store::x()"), ["domain", "store"]);
    assert_eq!(modules("a.rs", "use crate::{accounts, docker::{self, x}, web};"), ["accounts", "docker", "web"]);
    assert_eq!(modules("a.rs", "use crate::{\n    accounts,\n    web::{a, b::{c}},\n};"), ["accounts", "web", ""]);
    assert_eq!(modules("a/b.rs", "use super::super::web;\nuse super::store;"), ["web"]);
    assert_eq!(modules("a/mod.rs", "use super::{store, web};"), ["store", "web"]);
}
