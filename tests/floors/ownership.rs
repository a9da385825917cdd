//! Packages and names that only some modules may use.

use crate::source::{Source, is_word, sources};

/// Packages, and the modules that may name them.
const PACKAGES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("r2d2", &["store"]),
    ("r2d2_sqlite", &["store"]),
    (
        "warp",
        &[
            "http", "docker", "gitlab", "registry", "openssh", "web", "admin", "oauth", "stand_in", "replica", "docs",
            "app",
        ],
    ),
    ("askama", &["web", "oauth", "docs"]),
    ("tokio_rustls", &["http"]),
    ("argon2", &["domain", "accounts"]),
    ("governor", &["accounts"]),
    ("ipnet", &["http", "app", "cli"]),
    ("prometheus_client", &["http", "admin"]),
    ("clap", &["app", "cli", "gitlab"]),
    ("serde_with", &["accounts"]),
    ("unicase", &["domain"]),
];

/// Whether the code has the text, not as the end of a longer name.
fn names(code: &str, text: &str) -> bool {
    code.match_indices(text).any(|(at, _)| !code[..at].ends_with(is_word))
}

fn uses(code: &str, package: &str) -> bool {
    names(code, &format!("{package}::")) || names(code, &format!("use {package};"))
}

/// Lists the files in which the code of the program, without its tests, has the text.
fn files_with(text: &str, in_module: impl Fn(&str) -> bool) -> Vec<String> {
    let found = |source: &Source| in_module(source.module()) && names(&source.without_tests(), text);
    sources("src").into_iter().filter(found).map(|source| source.path).collect()
}

#[test]
fn packages_are_named_only_in_their_modules() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        for (package, owners) in PACKAGES {
            if uses(&source.code, package) && !owners.contains(&source.module()) {
                wrong.push(format!("{} names {package}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Lists the statements of the program, without its tests, for which the rule holds. It gets the module too.
fn statements(rule: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let find = |source: Source| {
        let code = source.without_tests();
        let found = code.split([';', '{', '}']).filter(|statement| rule(source.module(), statement));
        found.map(|statement| format!("{}: {}", source.path, statement.trim())).collect::<Vec<_>>()
    };
    sources("src").into_iter().flat_map(find).collect()
}

/// The operator may do everything. A request must never become one.
#[test]
fn only_the_command_line_and_the_configuration_act_as_the_operator() {
    let wrong = files_with("Actor::operator(", |module| !["cli", "app"].contains(&module));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A stand-in moves the clock of its accounts, so what belongs to accounts takes the time from there. The machine's clock
/// is for files, for what other programs left, and for logs.
#[test]
fn times_are_from_the_clock_of_the_accounts() {
    let files = |text: &str, owners: &[&str]| {
        let is_owner = |path: &String| owners.iter().any(|owner| path.starts_with(owner));
        files_with(text, |_| true).into_iter().filter(|path| !is_owner(path)).collect::<Vec<_>>()
    };
    for text in ["Timestamp::now", "Zoned::now"] {
        let wrong = files(text, &["domain/clock.rs"]);
        assert!(wrong.is_empty(), "{wrong:#?} call {text}");
    }
    let wrong = files("SystemTime::now", &["admin/listener.rs"]);
    assert!(wrong.is_empty(), "{wrong:#?} read the machine's clock");
    let wrong = files("Clock::MACHINE", &["store/mod.rs", "store/readonly.rs", "ssh/", "cli/", "http/access_log.rs"]);
    assert!(wrong.is_empty(), "{wrong:#?} use the machine's clock");
}

/// Secrets come from one source, which only the image of a database in memory can make repeat itself.
#[test]
fn randomness_has_one_source() {
    assert_eq!(files_with("getrandom::", |_| true), ["domain/random.rs"]);
    assert_eq!(files_with("Random::seeded(", |_| true), ["store/image.rs"]);
}

/// Changes become rows of the audit log. These files write what is no change: times of use and of backups, hashes of the
/// same password, and the removal of what has expired.
#[test]
fn use_cases_write_together_with_their_events() {
    const WITHOUT_EVENTS: &[&str] = &[
        "accounts/authentication/rehash.rs",
        "accounts/authorized_keys.rs",
        "accounts/purge.rs",
        "accounts/stats.rs",
        "accounts/usage.rs",
    ];
    const WITH_EVENTS: &[&str] =
        &["accounts/access/authorization.rs", "accounts/audit/failed_sign_ins.rs", "accounts/audit/mod.rs"];
    let writes = |source: &Source| {
        let code = source.without_tests().replace(char::is_whitespace, "");
        code.contains("store.write(") || code.contains("store.write_reducing(")
    };
    let mut found: Vec<_> = sources("src").into_iter().filter(writes).map(|source| source.path).collect();
    found.sort();
    let mut known = [WITHOUT_EVENTS, WITH_EVENTS].concat();
    known.sort_unstable();
    assert_eq!(found, known);
}

/// A dialect decides what a field is called on the wire.
#[test]
fn the_domain_knows_no_json() {
    for text in ["serde_json::", "serde::", "serde("] {
        let wrong = files_with(text, |module| module == "domain");
        assert!(wrong.is_empty(), "{wrong:#?} name {text}");
    }
}

/// A failed query is not an empty result.
#[test]
fn the_store_never_turns_the_error_of_a_query_into_none() {
    let queries = ["query", "prepare", "execute", "row"];
    let wrong = statements(|module, statement| {
        module == "store" && statement.contains(".ok()") && queries.iter().any(|call| statement.contains(call))
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The server answers an impossible state with an error. A constant that cannot be computed fails to compile.
#[test]
fn only_tests_and_constants_unwrap() {
    let wrong = statements(|_, statement| statement.contains(".unwrap()") && !names(statement, "const "));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn names_are_whole_words() {
    assert!(uses("use r2d2::Pool;", "r2d2") && uses("use warp;", "warp") && uses("a(warp::b())", "warp"));
    assert!(!uses("use our_warp::b;", "warp") && !uses("use warped::b;", "warp"));
}
